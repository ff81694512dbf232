//! What `xinjian classify` and `xinjian risk` are asked.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::{BacktestArgs, CityArgs, DataArgs, day};

/// Arguments of `classify`.
#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Day as of which to class; today when left out.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
    /// Stop after the run, so that others can look at its samples and approve it.
    #[arg(long)]
    pub no_approve: bool,
}

/// Commands of `risk`.
#[derive(Debug, Subcommand)]
pub enum RiskCommand {
    /// Explain the class of an enterprise, from record to points to class.
    Explain(ExplainArgs),
    /// Play past inspections again in the order of a model's scores: would it have found problems sooner?
    Backtest(BacktestArgs),
    /// Import the general classes that the province has given, or take one back.
    #[command(subcommand)]
    Provincial(ProvincialCommand),
}

/// Commands of `risk provincial`.
#[derive(Debug, Subcommand)]
pub enum ProvincialCommand {
    /// Import a table; what is there already changes nothing. Exit code 1 when a row was refused.
    Import {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
        /// The table (`.xlsx`, or delimited text in UTF-8 or GB18030) with the columns `uscc`, `scheme`, `code`, `classified_on` and `source_document`.
        file: PathBuf,
    },
    /// Take back a class that was imported wrongly; what follows waits for the next approved run.
    Withdraw {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
        /// The class: `enterprises/{uscc}/provincialClasses/{scheme}-{classified_on}`.
        name: String,
        /// Why; it stays with the event.
        #[arg(long)]
        reason: String,
    },
}

/// Arguments of `risk explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Unified social credit code.
    pub uscc: String,
    /// Key field; every field that the enterprise is classed in when left out.
    #[arg(long)]
    pub field: Option<String>,
    /// What the class would have been on this day: by the law and models of that day, with what was known at its end. The
    /// class in effect when left out.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
}
