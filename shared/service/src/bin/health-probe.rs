//! `health-probe ADDRESS:PORT`, or `health-probe https://ADDRESS:PORT --ca FILE`: exit code 0 when the server there says that it serves, else 1 with the reason in one line.
//! The images hold it beside each service, because they hold nothing else that could ask.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use contract::client::shown;
use service::{config, probe::probe_over};

/// Asks a server whether it serves.
#[derive(Debug, Parser)]
#[command(name = "health-probe", version)]
struct Config {
    /// Where the server listens.
    #[arg(value_name = "ADDRESS:PORT")]
    address: String,
    /// Certificates of the authority that vouches for the server (PEM); the address then begins with `https://`.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Longest wait for the answer, in seconds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stderr, reason = "the container runtime shows what a failed check printed")]
async fn main() -> ExitCode {
    let config: Config = config::parse_or_exit();
    match ask(&config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{}: {problem}", shown(&config.address));
            ExitCode::FAILURE
        }
    }
}

async fn ask(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    let tls = config.ca.clone().map(tls::Trust::open).transpose()?.map(tls::Connector::from);
    Ok(probe_over(tls.as_ref(), &config.address, Duration::from_secs(config.seconds)).await?)
}
