//! The process of inspection.

use std::process::ExitCode;

use inspection::Config;
use service::{config, outcome, server, shutdown, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of("inspection", run(config::parse_or_exit()).await)
}

async fn run(config: Config) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("inspection", &config.telemetry, Some(&config.server.secured.tls))?;
    let listener = server::bind(config.server.listen).await?;
    inspection::serve(listener, config, shutdown::signal()?).await
}
