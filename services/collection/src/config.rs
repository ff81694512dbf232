//! All that collection reads from its surroundings, read once, in `main`.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

exchange::receiver_options! {
    /// How the publicity system is reached.
    PublicityOptions, "collection-publicity", "XINJIAN_COLLECTION_PUBLICITY"
}

exchange::receiver_options! {
    /// How Credit China is reached.
    CreditChinaOptions, "collection-credit-china", "XINJIAN_COLLECTION_CREDIT_CHINA"
}

files::archive_options! {
    /// Where the archive of decision documents lies; without one, they are refused.
    ArchiveOptions, "collection-archive", "XINJIAN_COLLECTION_ARCHIVE"
}

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
    /// File with the key that seals the callers of tickets and what they said: 64 hexadecimal digits. Without it, tickets that name a
    /// caller, or bring what was said, are refused. It is never in the database, and a database keeps to the key that it was first used
    /// with.
    #[arg(long, env = "XINJIAN_CALLER_KEY", value_name = "FILE")]
    pub caller_key: Option<PathBuf>,
    /// Longest time in which a client that sends a file to import may send nothing, in seconds.
    #[arg(long, env = "XINJIAN_IMPORT_IDLE", value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub import_idle_seconds: u64,
    /// How the publicity system is told of records.
    #[command(flatten)]
    pub publicity: PublicityOptions,
    /// How Credit China is told of records.
    #[command(flatten)]
    pub credit_china: CreditChinaOptions,
    /// Where the archive of decision documents lies.
    #[command(flatten)]
    pub archive: ArchiveOptions,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
}
