//! What `xinjian draw` is asked.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{DataArgs, whole};

/// Commands of `draw`.
#[derive(Debug, Subcommand)]
pub enum DrawCommand {
    /// Create a task, announce, take entropy and draw; writes the proof.
    Run(DrawRunArgs),
    /// Check a proof offline. Exit code 1 when it is refused.
    Verify {
        /// The proof file.
        #[arg(value_name = "PROOF")]
        file: PathBuf,
    },
}

/// How chances differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stratify {
    /// By risk class; the disclosure is restricted.
    Class,
    /// One chance for all; the disclosure is public.
    Uniform,
}

/// Arguments of `draw run`.
#[derive(Debug, Args)]
pub struct DrawRunArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Key field.
    #[arg(long, default_value = "FOOD")]
    pub field: String,
    /// How chances differ.
    #[arg(long, value_enum, default_value_t = Stratify::Class)]
    pub stratify: Stratify,
    /// Ratio in percent, for `uniform`.
    #[arg(long, default_value_t = 5, value_parser = whole::<i32>(1..=100))]
    pub percent: i32,
    /// Office that leads.
    #[arg(long, default_value = "FOOD_PROD")]
    pub lead_office: String,
    /// Published figures that the entropy is taken from; figures of this machine when left out (for trying only).
    #[arg(long)]
    pub figures: Option<String>,
    /// Where to write the proof; into the city's folder when left out.
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
}
