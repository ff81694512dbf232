//! The punishment service as a process of its own.

use punishment::Config;
use service::{config, shutdown, telemetry};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::parse_or_exit();
    let _telemetry = telemetry::init("punishment", &config.telemetry)?;
    let listener = TcpListener::bind(config.server.listen).await?;
    punishment::serve(listener, config, shutdown::signal()?).await
}
