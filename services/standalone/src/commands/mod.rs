//! What each command does, a file for each.

mod audit;
mod check;
pub(crate) mod classify;
mod commitment;
mod deliveries;
pub(crate) mod draw;
pub(crate) mod import;
mod imports;
pub mod machines;
pub(crate) mod marks;
pub mod model;
mod profile;
mod receipt;
mod risk;
mod signals;
mod simulate;
mod standalone;
mod template;
mod token;

use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::demo;
use crate::output::Output;

/// Runs the command. `Err` is something that went wrong; a refused proof or a wrong code is an answer, with exit code 1.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let output = Output::new(cli.json);
    match cli.command {
        Command::Standalone(args) => standalone::run(&args, &output).await,
        Command::Demo(args) => demo::run(&args, &output).await,
        Command::Import(args) => import::run(&args, &output).await,
        Command::Imports(command) => imports::run(&command, &output).await,
        Command::Template(args) => template::run(&args, &output),
        Command::Marks(command) => marks::run(&command, &output).await,
        Command::Classify(args) => classify::run(&args, &output).await,
        Command::Risk(command) => risk::run(&command, &output).await,
        Command::Signals(args) => signals::run(&args, &output).await,
        Command::Draw(command) => draw::run(&command, &output).await,
        Command::Commitment(command) => commitment::run(&command, &output),
        Command::Receipt(command) => receipt::run(&command, &output),
        Command::Deliveries(command) => deliveries::run(&command, &output).await,
        Command::Audit(command) => audit::run(&command, &output).await,
        Command::Token(args) => token::officer(&args, &output),
        Command::Keys(args) => token::keys(&args, &output),
        Command::Profile(args) => profile::run(&args, &output).await,
        Command::Check(command) => Ok(check::run(&command, &output)),
        Command::Simulate(command) => simulate::run(&command, &output),
        Command::Model(command) => model::run(&command, &output).await,
        Command::Machines => Ok(machines::run(&output)),
        Command::Completions { shell } => {
            // Not straight to standard output: who leaves early (`… | head`) would end it with a panic.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "xinjian", &mut script);
            output.text(String::from_utf8_lossy(&script).trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}
