//! `xinjian risk …`: classes and models looked at closely.

mod backtest;
mod explain;
mod provincial;

use std::process::ExitCode;

use crate::cli::{ProvincialCommand, RiskCommand};
use crate::output::Output;

pub(super) async fn run(command: &RiskCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        RiskCommand::Explain(args) => explain::run(args, output).await,
        RiskCommand::Backtest(args) => backtest::run(args, output).await,
        RiskCommand::Provincial(ProvincialCommand::Import { data, file }) => {
            provincial::import(&data.data, file, output).await
        }
        RiskCommand::Provincial(ProvincialCommand::Withdraw { data, name, reason }) => {
            provincial::withdraw(&data.data, name, reason, output).await
        }
    }
}
