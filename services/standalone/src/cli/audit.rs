//! What `xinjian audit` is asked.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use service::config::unshown;

use super::{DataArgs, day};

/// Commands of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute the chain of every service. Exit code 1 when one is broken.
    Verify {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
        /// Check this database instead of a folder's.
        #[arg(long, value_name = "URL", value_parser = unshown::<db::DatabaseUrl>())]
        database: Option<db::DatabaseUrl>,
    },
    /// Show who read what is confidential: classes, flags and signed letters of an enterprise; callers and texts of tickets, decision documents.
    Reads(ReadsArgs),
}

/// Arguments of `audit reads`.
#[derive(Debug, Args)]
pub struct ReadsArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Unified social credit code; reads of everything when left out, tickets and services that follow events among them.
    pub uscc: Option<String>,
    /// Only reads by this person or service.
    #[arg(long)]
    pub reader: Option<String>,
    /// First day.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
    /// What the log is looked into for; it is written into the log.
    #[arg(long, default_value = "命令行查看读取记录")]
    pub purpose: String,
}
