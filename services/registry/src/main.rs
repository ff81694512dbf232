//! The registry as a process of its own.

use registry::Config;
use service::{config, shutdown, telemetry};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::parse_or_exit();
    let _telemetry = telemetry::init("registry", &config.telemetry)?;
    let listener = TcpListener::bind(config.server.listen).await?;
    registry::serve(listener, config, shutdown::signal()?).await
}
