//! All that collection reads from its surroundings, read once, in `main`.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

/// Configuration of a process of collection.
#[derive(Clone, Debug, clap::Parser)]
#[command(
    name = "collection",
    version,
    about = "Collects credit records and hotline tickets under each enterprise's name"
)]
pub struct Config {
    /// What every server reads.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
    /// Deployment, wake-ups and the key for checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of registry; without it, records and tickets wait for their enterprises.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: Option<String>,
    /// Address of inspection; without it, results of drawn inspections do not become records.
    #[arg(long, env = "XINJIAN_INSPECTION_URL", value_name = "URL")]
    pub inspection_url: Option<String>,
    /// Address of punishment; without it, entries of the lists do not become records.
    #[arg(long, env = "XINJIAN_PUNISHMENT_URL", value_name = "URL")]
    pub punishment_url: Option<String>,
    /// File with the key that seals the callers of tickets: 64 hexadecimal digits. Without it, tickets that name a caller are
    /// refused. It is never in the database, and a database keeps to the key that it was first used with.
    #[arg(long, env = "XINJIAN_CALLER_KEY", value_name = "FILE")]
    pub caller_key: Option<PathBuf>,
    /// Folder from which the publicity system picks records up.
    #[arg(
        long = "collection-publicity-folder",
        env = "XINJIAN_COLLECTION_PUBLICITY_FOLDER",
        value_name = "FOLDER"
    )]
    pub publicity_folder: Option<PathBuf>,
    /// Address of the publicity system where it serves `exchange.v1.Receiver`: records are pushed there instead of laid down in a folder.
    #[arg(
        long = "collection-publicity-url",
        env = "XINJIAN_COLLECTION_PUBLICITY_URL",
        value_name = "URL",
        requires = "publicity_token_file",
        conflicts_with = "publicity_folder"
    )]
    pub publicity_url: Option<String>,
    /// File with the token that the publicity system gave us; ours is none of its business.
    #[arg(
        long = "collection-publicity-token-file",
        env = "XINJIAN_COLLECTION_PUBLICITY_TOKEN_FILE",
        value_name = "FILE"
    )]
    pub publicity_token_file: Option<PathBuf>,
    /// Folder from which Credit China picks records up.
    #[arg(
        long = "collection-credit-china-folder",
        env = "XINJIAN_COLLECTION_CREDIT_CHINA_FOLDER",
        value_name = "FOLDER"
    )]
    pub credit_china_folder: Option<PathBuf>,
    /// Address of Credit China where it serves `exchange.v1.Receiver`: records are pushed there instead of laid down in a folder.
    #[arg(
        long = "collection-credit-china-url",
        env = "XINJIAN_COLLECTION_CREDIT_CHINA_URL",
        value_name = "URL",
        requires = "credit_china_token_file",
        conflicts_with = "credit_china_folder"
    )]
    pub credit_china_url: Option<String>,
    /// File with the token that Credit China gave us; ours is none of its business.
    #[arg(
        long = "collection-credit-china-token-file",
        env = "XINJIAN_COLLECTION_CREDIT_CHINA_TOKEN_FILE",
        value_name = "FILE"
    )]
    pub credit_china_token_file: Option<PathBuf>,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
}
