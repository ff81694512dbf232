//! What `xinjian check` and `xinjian profile` are asked.

use clap::{Args, Subcommand};

use super::CityArgs;

/// Commands of `check`.
#[derive(Debug, Subcommand)]
pub enum CheckCommand {
    /// A unified social credit code (GB 32100-2015). Exit code 1 when it is wrong.
    Uscc {
        /// The code.
        value: String,
    },
    /// A licence number: SC and 14 digits, or TS…. Exit code 1 when it is wrong.
    Licence {
        /// The number.
        value: String,
    },
}

/// Arguments of `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Unified social credit code.
    pub uscc: String,
}
