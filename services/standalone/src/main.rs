//! The command line of Xinjian.

use std::process::ExitCode;

use standalone::cli::Cli;
use standalone::commands;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
#[allow(clippy::print_stderr, reason = "the command line tells its user what went wrong")]
async fn main() -> ExitCode {
    let cli: Cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistakes; everything else is a wrong command line.
            let code = if error.use_stderr() { service::config::EXIT_USAGE } else { 0 };
            let _ = error.print();
            std::process::exit(code);
        }
    };
    let telemetry = service::telemetry::Config { log: cli.log_filter().to_owned(), ..Default::default() };
    let _telemetry = match service::telemetry::init("xinjian", &telemetry, None) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("xinjian: {}", service::outcome::one_line(&error));
            return ExitCode::from(64);
        }
    };
    match commands::run(cli).await {
        Ok(code) => code,
        Err(error) => service::outcome::of("xinjian", Err(error)),
    }
}
