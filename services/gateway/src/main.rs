//! The gateway as a process of its own.

use gateway::Config;
use service::{config, shutdown, telemetry};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::parse_or_exit();
    let _telemetry = telemetry::init("gateway", &config.telemetry)?;
    let listener = TcpListener::bind(config.listen).await?;
    let public_listener = TcpListener::bind(config.public_listen).await?;
    gateway::serve(listener, public_listener, config, shutdown::signal()?).await
}
