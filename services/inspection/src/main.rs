//! The process of inspection.

use inspection::Config;
use service::{config, shutdown, telemetry};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::parse_or_exit();
    let _telemetry = telemetry::init("inspection", &config.telemetry)?;
    let listener = TcpListener::bind(config.server.listen).await?;
    inspection::serve(listener, config, shutdown::signal()?).await
}
