//! Every figure of Xinjian, as a ratio to a baseline measured in the same run: `cargo run --release -p bench -- NAME`.

mod check;
mod figure;
mod ingest;
mod rig;
mod startup;

use clap::{Parser, ValueEnum};

use figure::Figures;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures against a baseline in the same run. Build with `--release`.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    /// What to measure.
    #[arg(value_enum)]
    name: Name,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// PostgreSQL for the figures that need it; without it they are left out, and it is said so.
    #[arg(long, env = "TEST_POSTGRES_URL", value_name = "URL")]
    postgres: Option<String>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// Streaming import with validation, de-duplication and events, against the engine's own bulk load.
    Ingest,
    /// `CheckParty` over loopback, against a bare tonic echo.
    Check,
    /// Time to serving and resident memory of `xinjian standalone`.
    Startup,
}

#[tokio::main]
#[allow(clippy::print_stderr, reason = "the tool tells its user what went wrong")]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if cfg!(debug_assertions) {
        eprintln!("bench: this is a debug build; figures of it mean nothing");
    }
    let mut figures = Figures::new(cli.json);
    match cli.name {
        Name::Ingest => ingest::run(&mut figures, cli.postgres.as_deref()).await?,
        Name::Check => check::run(&mut figures).await?,
        Name::Startup => startup::run(&mut figures).await?,
    }
    figures.print();
    Ok(())
}
