//! What risk reads from its surroundings.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

/// All that risk reads from its surroundings, read once, in `main`.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "risk", version, about = "Classes enterprises of the key fields by their credit risk")]
pub struct Config {
    /// Address, database, keys and bounds of the server.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Deployment, wake-ups and the key for checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of registry, which tells enterprises, licences and marks; without it nobody is classed.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: Option<String>,
    /// Address of collection, which tells records and tickets; without it classes rest on the register alone.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: Option<String>,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
}
