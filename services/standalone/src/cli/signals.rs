//! What `xinjian marks` and `xinjian signals` are asked.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::DataArgs;

/// Commands of `marks`.
#[derive(Debug, Subcommand)]
pub enum MarksCommand {
    /// Confirm every proposed mark, each in the name of the office that owns it.
    Confirm {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Arguments of `signals`.
#[derive(Debug, Args)]
pub struct SignalsArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Last day to look at; today without it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
}
