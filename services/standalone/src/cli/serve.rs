//! What the commands are asked that run a city: `xinjian standalone` and `xinjian demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::{DataArgs, truth, whole};

/// Arguments of `standalone`.
#[derive(Debug, Args)]
pub struct StandaloneArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Address of the gateway: REST, gRPC.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Address of the public listener, open to everyone who can reach it.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS:PORT")]
    pub public_listen: SocketAddr,
    /// Take draws by figures that whoever demonstrates chooses, as `xinjian draw run` draws; never for real draws.
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = ArgAction::Set, value_parser = truth)]
    pub demonstrations: bool,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Enterprises to generate.
    #[arg(long, default_value_t = 20_000, value_parser = whole::<u32>(20..=200_000))]
    pub enterprises: u32,
    /// Seed of the city; the same seed on the same day gives the same city.
    #[arg(long, default_value_t = 177)]
    pub seed: u64,
    /// Folder for the city; it must not hold one. Without it, a temporary folder is used and left in place.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Leave the city running afterwards, with ready-made requests to try.
    #[arg(long)]
    pub serve: bool,
    /// Address of the gateway.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Address of the public listener.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub public_listen: SocketAddr,
}
