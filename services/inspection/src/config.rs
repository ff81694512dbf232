//! What inspection reads from its surroundings.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

/// All that inspection reads from its surroundings, read once, in `main`.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "inspection", version, about = "Double-random inspection: draws, visits, results")]
pub struct Config {
    /// Address, database, keys and bounds of the server.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Deployment, wake-ups, checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of registry, whose marks make the pools; without it every pool stays as it was.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: Option<String>,
    /// Address of risk, whose classes cut the strata; without it enterprises stand with the class known last.
    #[arg(long, env = "XINJIAN_RISK_URL", value_name = "URL")]
    pub risk_url: Option<String>,
    /// Address of collection, whose records of checks count for the annual cap; without it only our own visits do.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: Option<String>,
    /// Folder of the archive of evidence; without it files of evidence are refused.
    #[arg(
        long = "inspection-archive-folder",
        env = "XINJIAN_INSPECTION_ARCHIVE_FOLDER",
        value_name = "FOLDER"
    )]
    pub archive_folder: Option<PathBuf>,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
}
