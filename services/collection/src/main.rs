//! The process of collection.

use collection::Config;
use service::{config, shutdown, telemetry};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::parse_or_exit();
    let _telemetry = telemetry::init("collection", &config.telemetry)?;
    let listener = TcpListener::bind(config.server.listen).await?;
    collection::serve(listener, config, shutdown::signal()?).await
}
