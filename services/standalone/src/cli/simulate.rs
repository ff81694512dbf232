//! Arguments of `xinjian simulate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Commands of `simulate`.
#[derive(Debug, Subcommand)]
pub enum SimulateCommand {
    /// What would follow from a penalty decided on a day: list, terms, first day of repair, measures. Offline; names nobody.
    Penalty(PenaltyArgs),
}

/// Arguments of `simulate penalty`, as texts: what is wrong in them is told all at once, which the parser of the line cannot.
#[derive(Debug, Args)]
pub struct PenaltyArgs {
    /// Day of the decision.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub on: String,
    /// Kind of the penalty, a code such as `3` (fine) or `10` (ordered suspension); may be given several times.
    #[arg(long = "kind", required = true, value_name = "CODE")]
    pub kinds: Vec<String>,
    /// Fine in yuan.
    #[arg(long, value_name = "YUAN", default_value = "0")]
    pub fine: String,
    /// Grade under the discretion benchmark, such as `Heavier`.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub grade: String,
    /// Ground of the list of serious violators that the breach may be, such as `F1`.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub ground: String,
    /// Key field of the breach, such as `FOOD`.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub field: String,
    /// Day of publication on the publicity system; that of the decision when left out.
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "")]
    pub published: String,
    /// Last day of what the penalty imposes, such as a ban from trade.
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "")]
    pub valid_to: String,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
}
