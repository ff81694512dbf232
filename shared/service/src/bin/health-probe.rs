//! `health-probe ADDRESS:PORT`: exit code 0 when the server there says that it serves, else 1 with the reason in one line.
//! The images hold it beside each service, because they hold nothing else that could ask.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use service::{config, probe::probe};

/// Asks a server whether it serves.
#[derive(Debug, Parser)]
#[command(name = "health-probe", version)]
struct Config {
    /// Where the server listens.
    #[arg(value_name = "ADDRESS:PORT")]
    address: String,
    /// Longest wait for the answer, in seconds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stderr, reason = "the container runtime shows what a failed check printed")]
async fn main() -> ExitCode {
    let config: Config = config::parse_or_exit();
    match probe(&config.address, Duration::from_secs(config.seconds)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{}: {problem}", config.address);
            ExitCode::FAILURE
        }
    }
}
