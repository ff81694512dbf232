//! What this service reads from its surroundings, once, in `main`.

use std::path::PathBuf;

use clap::Parser;
use service::config::ServerConfig;
use service::telemetry;

/// Configuration of the punishment service.
#[derive(Clone, Debug, Parser)]
#[command(name = "punishment", version, about = "Lists, joint measures and check at use")]
pub struct Config {
    /// What every server reads.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
    /// Deployment, wake-ups, checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of the inspection service, whose results may open suspicions; not followed when unset.
    #[arg(long, env = "XINJIAN_INSPECTION_URL", value_name = "URL")]
    pub inspection_url: Option<String>,
    /// Address of the registry, whose names parties can be asked for by; not followed when unset.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: Option<String>,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
}
