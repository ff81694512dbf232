//! What `xinjian risk backtest` is asked.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::{DataArgs, day, whole};

/// Parts of the inspections that a backtest tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Division of the enterprise.
    Division,
    /// Mode of inspection.
    Kind,
    /// Band of each indicator: what points can be taken from.
    Indicator,
}

/// Arguments of `risk backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// The model (YAML).
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// When an inspection found what is looked for: a condition of the model language over inspection records.
    #[arg(
        long,
        value_name = "CONDITION",
        default_value = "{field: inspection.critical_count, op: ge, value: 1}"
    )]
    pub outcome: String,
    /// Which inspections of the model's field to put in order: a condition; without it, all of the window.
    #[arg(long, value_name = "CONDITION")]
    pub visits: Option<String>,
    /// Of these, only the inspections whose document numbers stand in this file, one on each line.
    #[arg(long, value_name = "FILE")]
    pub only: Option<PathBuf>,
    /// First day of the window.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub from: NaiveDate,
    /// Last day of the window.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub to: NaiveDate,
    /// Count only records that were also received before the inspection; for a city whose records came in as they arose.
    #[arg(long)]
    pub as_received: bool,
    /// Tell the figures of each part, too.
    #[arg(long, value_enum, value_name = "PART")]
    pub by: Vec<By>,
    /// Seed of samples and shuffles.
    #[arg(long, default_value_t = 177)]
    pub seed: i64,
    /// Samples behind each interval.
    #[arg(long, default_value_t = 1_000, value_parser = whole::<i32>(1..=10_000))]
    pub resamples: i32,
    /// How often the leak check shuffles outcomes.
    #[arg(long, default_value_t = 100, value_parser = whole::<i32>(1..=1_000))]
    pub shuffles: i32,
    /// Write a picture of the figures to this file.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}
