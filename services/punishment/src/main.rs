//! The punishment service as a process of its own.

use std::process::ExitCode;

use punishment::Config;
use service::{config, outcome, server, shutdown, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of("punishment", run(config::parse_or_exit()).await)
}

async fn run(config: Config) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("punishment", &config.telemetry, Some(&config.server.secured.tls))?;
    let listener = server::bind(config.server.listen).await?;
    punishment::serve(listener, config, shutdown::signal()?).await
}
