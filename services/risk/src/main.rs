//! The risk service as a process of its own.

use risk::Config;
use service::{config, shutdown, telemetry};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::parse_or_exit();
    let _telemetry = telemetry::init("risk", &config.telemetry)?;
    let listener = TcpListener::bind(config.server.listen).await?;
    risk::serve(listener, config, shutdown::signal()?).await
}
