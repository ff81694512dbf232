//! `xinjian risk provincial import`: a table of classes by the province, sent to risk batch by batch.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use contract::risk::v1::{ImportProvincialClassesRequest, ImportProvincialClassesResponse, ProvincialClass};
use serde::Deserialize;
use serde_json::json;

use crate::commands::classify::said;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;
use crate::wait::caught_up;

/// Rows of one message, as the contract bounds it.
const AT_ONCE: usize = 5_000;
/// Line of the first row: the header stands on the first.
const FIRST_LINE: usize = 2;

/// A row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    uscc: String,
    scheme: String,
    code: String,
    classified_on: String,
    source_document: String,
}

pub(super) async fn import(data: &Path, file: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let table = std::fs::File::open(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let rows = rows(table).with_context(|| format!("`{}` is no such table", file.display()))?;
    let session = Session::open(data).await?;
    let sent = send(&session, rows).await;
    session.close().await;
    let answers = sent?;
    let sum = |of: fn(&ImportProvincialClassesResponse) -> i64| answers.iter().map(of).sum::<i64>();
    let counts = [sum(|one| one.taken), sum(|one| one.corrected), sum(|one| one.duplicates)];
    let refused = refused(&answers);
    output.line(format!("{} taken, {} corrected, {} there already", counts[0], counts[1], counts[2]));
    if !refused.is_empty() {
        output.table("Refused", &["line", "column", "problem"], &refused);
    }
    output.object(&json!({
        "taken": counts[0], "corrected": counts[1], "duplicates": counts[2],
        "rejected": refused.iter().map(|row| json!({ "line": row[0], "field": row[1], "problem": row[2] })).collect::<Vec<_>>(),
    }));
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rows(table: impl Read) -> Result<Vec<ProvincialClass>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
    let read = reader.deserialize().map(|row| {
        let Row { uscc, scheme, code, classified_on, source_document } = row?;
        Ok(ProvincialClass {
            uscc,
            scheme,
            code,
            classified_on,
            source_document,
            ..ProvincialClass::default()
        })
    });
    read.collect()
}

async fn send(
    session: &Session,
    rows: Vec<ProvincialClass>,
) -> anyhow::Result<Vec<ImportProvincialClassesResponse>> {
    // An enterprise that risk has not heard of yet would be refused.
    caught_up(&session.clients(&Officer::of_city("command-line", "SYSTEM"))?, "risk", "registry").await?;
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let message = |rows: &[ProvincialClass]| ImportProvincialClassesRequest {
        classes: rows.to_vec(),
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    let messages: Vec<_> = rows.chunks(AT_ONCE).map(message).collect();
    let stream = futures::stream::iter(messages);
    let mut answered =
        clients.provincial_classes().import_provincial_classes(stream).await.map_err(said)?.into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = answered.message().await.map_err(said)? {
        answers.push(answer);
    }
    Ok(answers)
}

/// The rows that were refused, by their lines; answers come in the order of the messages.
fn refused(answers: &[ImportProvincialClassesResponse]) -> Vec<Vec<String>> {
    let of_message = |(at, answer): (usize, &ImportProvincialClassesResponse)| {
        let line = move |index: i32| FIRST_LINE + at * AT_ONCE + usize::try_from(index).unwrap_or_default();
        let rejected = answer.rejected.iter();
        rejected
            .map(|fault| vec![line(fault.index).to_string(), fault.field.clone(), fault.problem.clone()])
            .collect::<Vec<_>>()
    };
    answers.iter().enumerate().flat_map(of_message).collect()
}

#[cfg(test)]
mod tests {
    use contract::risk::v1::RejectedClass;

    use super::*;

    #[test]
    fn a_table_is_read_by_its_header_and_another_one_is_refused() {
        let head = "code,uscc,scheme,source_document,classified_on\n";
        let table = format!("{head}D, 91370102MA3C00011F ,shandong2020,2026年第一批,2026-03-01\n");
        let read = rows(table.as_bytes()).unwrap();
        assert_eq!(
            (read.len(), read[0].uscc.as_str(), read[0].code.as_str()),
            (1, "91370102MA3C00011F", "D")
        );
        let told = rows("uscc,class\n91370102MA3C00011F,D\n".as_bytes()).unwrap_err().to_string();
        assert!(told.contains("class"), "{told}");
    }

    #[test]
    fn a_refused_row_is_told_by_its_line() {
        let fault = |index| RejectedClass { index, field: "code".into(), problem: "none".into() };
        let answer = |rejected| ImportProvincialClassesResponse { rejected, ..Default::default() };
        let lines = refused(&[answer(vec![fault(0)]), answer(vec![fault(4)])]);
        assert_eq!(lines.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["2", "5006"]);
    }
}
