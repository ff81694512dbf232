//! `xinjian audit reads`: who read what is confidential, from the logs of all services.

use std::process::ExitCode;

use chrono::NaiveDate;
use contract::common::v1::reads_client::ReadsClient;
use contract::common::v1::{ConfidentialRead, ListReadsRequest};
use domain::{MicrosUtc, Uscc};
use serde_json::json;

use crate::cli::ReadsArgs;
use crate::clients::Authorised;
use crate::commands::classify::said;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

/// Rows of one page.
const PAGE: i32 = 500;

pub(super) async fn run(args: &ReadsArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let uscc = args.uscc.as_deref().map(Uscc::parse).transpose()?;
    let session = Session::open(&args.data.data).await?;
    let read = all(args, uscc.as_ref(), &session).await;
    session.close().await;
    let reads = read?;
    let rows: Vec<_> = reads.iter().map(|(service, read)| row(service, read)).collect();
    output.table("Reads", &["service", "when", "reader", "office", "what", "by", "purpose"], &rows);
    let objects = reads.iter().map(|(service, read)| {
        Ok::<_, anyhow::Error>(json!({ "service": service, "read": contract::json::to_value(read)? }))
    });
    output.object(&json!({ "reads": objects.collect::<Result<Vec<_>, _>>()? }));
    Ok(ExitCode::SUCCESS)
}

/// The reads that every service has noted, the latest first.
async fn all(
    args: &ReadsArgs,
    uscc: Option<&Uscc>,
    session: &Session,
) -> anyhow::Result<Vec<(&'static str, ConfidentialRead)>> {
    let clients = session.clients(&Officer::of_city("command-line", "LEGAL"))?;
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let asked = ListReadsRequest {
        subject: uscc.map(|uscc| format!("enterprises/{uscc}")).unwrap_or_default(),
        reader: args.reader.clone().unwrap_or_default(),
        first_on: day(args.from),
        last_on: day(args.to),
        purpose: args.purpose.clone(),
        page_size: PAGE,
        page_token: String::new(),
    };
    let mut reads = Vec::new();
    for (service, client) in clients.reads() {
        reads.extend(of_service(client, asked.clone()).await?.into_iter().map(|read| (service, read)));
    }
    reads.sort_by_key(|(_, read)| std::cmp::Reverse(micros(read)));
    Ok(reads)
}

async fn of_service(
    mut client: ReadsClient<Authorised>,
    mut asked: ListReadsRequest,
) -> anyhow::Result<Vec<ConfidentialRead>> {
    let mut reads = Vec::new();
    loop {
        let page = client.list_reads(asked.clone()).await.map_err(said)?.into_inner();
        reads.extend(page.reads);
        if page.next_page_token.is_empty() {
            return Ok(reads);
        }
        asked.page_token = page.next_page_token;
    }
}

fn micros(read: &ConfidentialRead) -> i64 {
    read.read_time.as_ref().map_or(0, |time| time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000)
}

fn row(service: &str, read: &ConfidentialRead) -> Vec<String> {
    let when = MicrosUtc(micros(read)).to_datetime().map(|time| time.to_rfc3339()).unwrap_or_default();
    vec![
        service.to_owned(),
        when,
        read.reader.clone(),
        read.office.clone(),
        read.subject.clone(),
        read.method.rsplit('/').next().unwrap_or_default().to_owned(),
        read.purpose.clone(),
    ]
}
