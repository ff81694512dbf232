//! The gateway as a process of its own.

use std::process::ExitCode;

use gateway::Config;
use service::{config, outcome, server, shutdown, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of("gateway", run(config::parse_or_exit()).await)
}

async fn run(config: Config) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("gateway", &config.telemetry, Some(&config.secured.tls))?;
    let listener = server::bind(config.listen).await?;
    let public_listener = server::bind(config.public_listen).await?;
    gateway::serve(listener, public_listener, config, shutdown::signal()?).await
}
