//! `xinjian signals`: a scan of the complaints, and the signals that wait for review.

use std::process::ExitCode;

use contract::risk::v1::{ListSignalsRequest, RunScanRequest, Scan, Signal};
use serde_json::json;

use super::classify::said;
use crate::cli::SignalsArgs;
use crate::clients::Clients;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;
use crate::wait::knows_records;

/// State of a signal that nobody has taken up.
const RAISED: &str = "SignalRaised";
/// Signals of one page.
const PAGE: i32 = 500;

pub(super) async fn run(args: &SignalsArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let session = Session::open(&args.data.data).await?;
    let outcome = scan(args, &session).await;
    session.close().await;
    let (scan, signals) = outcome?;
    show(&scan, &signals, output)?;
    Ok(ExitCode::SUCCESS)
}

async fn scan(args: &SignalsArgs, session: &Session) -> anyhow::Result<(Scan, Vec<Signal>)> {
    let services = session.clients(&Officer::of_city("command-line", "SYSTEM"))?;
    knows_records(&services, "risk").await?;
    let credit = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let as_of = args.as_of.map(|day| day.to_string()).unwrap_or_default();
    let request = RunScanRequest { as_of, request_id: uuid::Uuid::new_v4().to_string() };
    let scan = credit.signals().run_scan(request).await.map_err(said)?.into_inner();
    Ok((scan, raised(&credit).await?))
}

async fn raised(clients: &Clients) -> anyhow::Result<Vec<Signal>> {
    let (mut signals, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListSignalsRequest {
            state: RAISED.to_owned(),
            purpose: "命令行查看待核查信号".to_owned(),
            page_size: PAGE,
            page_token,
            ..ListSignalsRequest::default()
        };
        let page = clients.signals().list_signals(request).await.map_err(said)?.into_inner();
        signals.extend(page.signals);
        if page.next_page_token.is_empty() {
            return Ok(signals);
        }
        page_token = page.next_page_token;
    }
}

fn show(scan: &Scan, signals: &[Signal], output: &Output) -> anyhow::Result<()> {
    let rows: Vec<_> = signals.iter().map(row).collect();
    output.table(
        &format!("Signals as of {}: {} raised now, {} wait", scan.as_of, scan.raised, signals.len()),
        &["signal", "field", "enterprise", "topic", "events", "weighted", "expected", "p", "q", "peers"],
        &rows,
    );
    let signals = signals.iter().map(contract::json::to_value).collect::<Result<Vec<_>, _>>()?;
    output.object(&json!({ "scan": contract::json::to_value(scan)?, "signals": signals }));
    Ok(())
}

fn row(signal: &Signal) -> Vec<String> {
    let evidence = signal.evidence.clone().unwrap_or_default();
    vec![
        signal.name.clone(),
        signal.field.clone(),
        signal.uscc.clone(),
        signal.topic_label_zh.clone(),
        evidence.events.to_string(),
        evidence.weighted.to_string(),
        format!("{:.1}", evidence.expected),
        format!("{:.1e}", evidence.p_value),
        format!("{:.1e}", evidence.q_value),
        evidence.peers.to_string(),
    ]
}
