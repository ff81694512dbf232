//! `xinjian risk …`: classes and models looked at closely.

mod backtest;
mod explain;

use std::process::ExitCode;

use crate::cli::RiskCommand;
use crate::output::Output;

pub(super) async fn run(command: &RiskCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        RiskCommand::Explain(args) => explain::run(args, output).await,
        RiskCommand::Backtest(args) => backtest::run(args, output).await,
    }
}
