//! `xinjian risk backtest`: past inspections in the order of a model's scores, as a table, as JSON and as a picture.

mod picture;
mod svg;
mod table;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use contract::risk::v1::{ReplayHistoryRequest, ReplayHistoryResponse};
use serde_json::{Value, json};

use crate::cli::BacktestArgs;
use crate::commands::classify::said;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;
use crate::wait::knows_records;

pub(super) async fn run(args: &BacktestArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let request = request(args)?;
    let session = Session::open(&args.data.data).await?;
    let answer = replay(&session, request).await;
    session.close().await;
    let answer = answer?;
    table::show(args, &answer, *output);
    if let Some(path) = &args.svg {
        let picture = picture::of(args, &answer);
        std::fs::write(path, picture).with_context(|| format!("cannot write `{}`", path.display()))?;
        output.line(format!("\nPicture: {}", path.display()));
    }
    output.object(&contract::json::to_value(&answer)?);
    Ok(ExitCode::SUCCESS)
}

async fn replay(session: &Session, request: ReplayHistoryRequest) -> anyhow::Result<ReplayHistoryResponse> {
    let services = session.clients(&Officer::of_city("command-line", "SYSTEM"))?;
    knows_records(&services, "risk").await?;
    let officer = session.clients(&Officer::of_city("credit-analyst", "CREDIT"))?;
    let mut answers = officer.backtests().replay_history(request).await.map_err(said)?.into_inner();
    answers.message().await.map_err(said)?.context("risk ended the trial without an answer")
}

fn request(args: &BacktestArgs) -> anyhow::Result<ReplayHistoryRequest> {
    Ok(ReplayHistoryRequest {
        model: read(&args.model)?,
        outcome: args.outcome.clone(),
        visits: visits(args)?,
        first_day: args.from.to_string(),
        last_day: args.to.to_string(),
        as_received: args.as_received,
        seed: args.seed,
        resamples: args.resamples,
        shuffles: args.shuffles,
    })
}

/// The condition for visits: that of `--visits`, and, with `--only`, that the document number is one of the file's.
fn visits(args: &BacktestArgs) -> anyhow::Result<String> {
    let condition = args.visits.clone().unwrap_or_default();
    let Some(path) = &args.only else { return Ok(condition) };
    let text = read(path)?;
    let numbers: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    anyhow::ensure!(!numbers.is_empty(), "`--only`: `{}` holds no document number", path.display());
    let listed = json!({ "field": "document_no", "op": "in", "value": numbers });
    let mut all = vec![listed];
    if !condition.is_empty() {
        all.push(serde_norway::from_str::<Value>(&condition).context("`--visits` is no condition")?);
    }
    Ok(json!({ "all": all }).to_string())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}
