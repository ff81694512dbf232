//! What `xinjian model` is asked.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::{CityArgs, day};

/// Commands of `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Check a file as a service that starts would: form, names, values, parameters. Exit code 1 when it is wrong; every fault is
    /// told with line, column, path and what was expected. A slip in the form is told alone: what stands behind it cannot be read.
    Check {
        /// The model (YAML). A file whose name begins with `combine` is a combination of general and professional model.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Day whose parameters are taken, `YYYY-MM-DD`; without it the first day on which the file is in force.
        #[arg(long, value_name = "DATE", value_parser = day)]
        on: Option<NaiveDate>,
        /// Folder of a rulebook that takes the place of the built-in one.
        #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
        rulebook: Option<PathBuf>,
    },
    /// List the versions of models of a city: which are drafts, on trial, in force, retired, and who proposed what.
    List(ModelListArgs),
    /// Print the JSON Schema, for editors that complete and check while one writes.
    Schema {
        /// The form of which file.
        #[arg(value_enum, default_value = "model")]
        of: SchemaOf,
    },
}

/// Arguments of `model list`.
#[derive(Debug, Args)]
pub struct ModelListArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Only versions in force on this day.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
}

/// Which form.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// A model.
    Model,
    /// How general and professional model become one class.
    Combination,
}
