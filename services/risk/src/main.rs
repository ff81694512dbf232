//! The risk service as a process of its own.

use std::process::ExitCode;

use risk::Config;
use service::{config, outcome, server, shutdown, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of("risk", run(config::parse_or_exit()).await)
}

async fn run(config: Config) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("risk", &config.telemetry, Some(&config.server.secured.tls))?;
    let listener = server::bind(config.server.listen).await?;
    risk::serve(listener, config, shutdown::signal()?).await
}
