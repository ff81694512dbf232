//! The process of collection.

use std::process::ExitCode;

use collection::Config;
use service::{config, outcome, server, shutdown, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of("collection", run(config::parse_or_exit()).await)
}

async fn run(config: Config) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("collection", &config.telemetry, Some(&config.server.secured.tls))?;
    let listener = server::bind(config.server.listen).await?;
    collection::serve(listener, config, shutdown::signal()?).await
}
