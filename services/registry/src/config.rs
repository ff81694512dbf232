//! What the registry reads from its surroundings.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

/// All that the registry reads from its surroundings, read once, in `main`.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "registry", version, about = "Enterprises, licences and marks")]
pub struct Config {
    /// Address, database, keys and bounds of the server.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Deployment, wake-ups and the key for checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of collection, whose permits become licences; without it no permit arrives by itself.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: Option<String>,
    /// Folder from which the publicity system picks up marks; without it marks wait as `PushPending`.
    #[arg(
        long = "registry-publicity-folder",
        env = "XINJIAN_REGISTRY_PUBLICITY_FOLDER",
        value_name = "FOLDER"
    )]
    pub publicity_folder: Option<PathBuf>,
    /// Address of the publicity system where it serves `exchange.v1.Receiver`: marks are pushed there instead of laid down in a
    /// folder.
    #[arg(
        long = "registry-publicity-url",
        env = "XINJIAN_REGISTRY_PUBLICITY_URL",
        value_name = "URL",
        requires = "publicity_token_file",
        conflicts_with = "publicity_folder"
    )]
    pub publicity_url: Option<String>,
    /// File with the token that the publicity system gave us; ours is none of its business.
    #[arg(
        long = "registry-publicity-token-file",
        env = "XINJIAN_REGISTRY_PUBLICITY_TOKEN_FILE",
        value_name = "FILE"
    )]
    pub publicity_token_file: Option<PathBuf>,
    /// Folder of the archive of signed copies; without it, signed letters are refused.
    #[arg(long = "registry-archive-folder", env = "XINJIAN_REGISTRY_ARCHIVE_FOLDER", value_name = "FOLDER")]
    pub archive_folder: Option<PathBuf>,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
}
