//! `xinjian risk provincial`: a table of classes by the province, sent to risk batch by batch, and what was wrong in it taken back.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use collection::sheet::{self, Cell, Line};
use contract::risk::v1::{
    ImportProvincialClassesRequest, ImportProvincialClassesResponse, ProvincialClass,
    WithdrawProvincialClassRequest, WithdrawProvincialClassResponse,
};
use serde_json::json;

use crate::commands::classify::said;
use crate::commands::imports::send::read;
use crate::house::Officer;
use crate::import::columns;
use crate::output::Output;
use crate::session::Session;
use crate::wait::caught_up;

/// Rows of one message, as the contract bounds it.
const AT_ONCE: usize = 5_000;
/// Columns that the table must have, in any order; others are passed over.
const COLUMNS: [&str; 5] = ["uscc", "scheme", "code", "classified_on", "source_document"];

/// A row of the table.
#[derive(Debug)]
struct Row {
    /// Number of its line, as the program of the officer shows it.
    line: u32,
    class: ProvincialClass,
}

pub(super) async fn import(data: &Path, file: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let rows = rows(&read(file)?).map_err(|problem| anyhow::anyhow!("`{}`: {problem}", file.display()))?;
    let session = Session::open(data).await?;
    let sent = send(&session, &rows).await;
    session.close().await;
    let answers = sent?;
    let sum = |of: fn(&ImportProvincialClassesResponse) -> i64| answers.iter().map(of).sum::<i64>();
    let counts = [sum(|one| one.taken), sum(|one| one.corrected), sum(|one| one.duplicates)];
    let refused = refused(&rows, &answers);
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

/// Takes back a class that was imported wrongly.
pub(super) async fn withdraw(
    data: &Path,
    name: &str,
    reason: &str,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let session = Session::open(data).await?;
    let withdrawn = take_back(&session, name, reason).await;
    session.close().await;
    let withdrawn = withdrawn?;
    output.line(format!("{} taken back", withdrawn.name));
    output.object(&json!({ "withdrawn": withdrawn.name }));
    Ok(ExitCode::SUCCESS)
}

async fn take_back(
    session: &Session,
    name: &str,
    reason: &str,
) -> anyhow::Result<WithdrawProvincialClassResponse> {
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let request = WithdrawProvincialClassRequest {
        name: name.to_owned(),
        reason: reason.to_owned(),
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    let answer = clients.provincial_classes().withdraw_provincial_class(request).await.map_err(said)?;
    Ok(answer.into_inner())
}

/// The rows of a workbook or of delimited text, by the names in its first line.
fn rows(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let mut places: Option<Result<[usize; 5], String>> = None;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    sheet::read(bytes, |line| {
        match &places {
            None => places = Some(places_of(&line)),
            Some(Err(_)) => return ControlFlow::Break(()),
            Some(Ok(places)) => match row(&line, places) {
                Ok(row) => rows.push(row),
                Err(fault) => faults.push(fault),
            },
        }
        ControlFlow::Continue(())
    })
    .map_err(|problem| problem.to_string())?;
    places.ok_or_else(|| format!("it is empty: its first line must name {}", COLUMNS.join(", ")))??;
    if faults.is_empty() { Ok(rows) } else { Err(faults.join("; ")) }
}

/// Where each of [`COLUMNS`] stands, or all that are missing.
fn places_of(header: &Line) -> Result<[usize; 5], String> {
    let names: Vec<String> = header.cells.iter().map(Cell::shown).collect();
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    columns::positions(&names, COLUMNS)
}

/// A row as it is sent: what is wrong with its values, risk says.
fn row(line: &Line, places: &[usize; 5]) -> Result<Row, String> {
    let cells = places.map(|place| line.cells.get(place).unwrap_or(&Cell::Empty));
    // What is shown of a formula or of an error is no value.
    let valueless = |cell: &Cell| matches!(cell, Cell::Formula | Cell::Broken(_) | Cell::NumberSince1904(_));
    if let Some((column, cell)) = COLUMNS.iter().zip(cells).find(|(_, cell)| valueless(cell)) {
        let (number, shown) = (line.number, cell.shown());
        return Err(format!("line {number} has `{shown}` as `{column}`: write the value itself as text"));
    }
    let [uscc, scheme, code, classified_on, source_document] =
        cells.map(|cell| cell.shown().trim().to_owned());
    let class =
        ProvincialClass { uscc, scheme, code, classified_on, source_document, ..ProvincialClass::default() };
    Ok(Row { line: line.number, class })
}

async fn send(session: &Session, rows: &[Row]) -> anyhow::Result<Vec<ImportProvincialClassesResponse>> {
    // An enterprise that risk has not heard of yet would be refused.
    caught_up(&session.clients(&Officer::of_city("command-line", "SYSTEM"))?, "risk", "registry").await?;
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let message = |rows: &[Row]| ImportProvincialClassesRequest {
        classes: rows.iter().map(|row| row.class.clone()).collect(),
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
fn refused(rows: &[Row], answers: &[ImportProvincialClassesResponse]) -> Vec<Vec<String>> {
    let of_message = |(sent, answer): (&[Row], &ImportProvincialClassesResponse)| {
        let line =
            |index: i32| usize::try_from(index).ok().and_then(|index| sent.get(index)).map(|row| row.line);
        let rejected = answer.rejected.iter();
        rejected
            .map(|fault| {
                let line = line(fault.index).unwrap_or_default().to_string();
                vec![line, fault.field.clone(), fault.problem.clone()]
            })
            .collect::<Vec<_>>()
    };
    rows.chunks(AT_ONCE).zip(answers).flat_map(of_message).collect()
}

#[cfg(test)]
mod tests {
    use contract::risk::v1::RejectedClass;

    use super::*;

    #[test]
    fn a_table_is_read_by_its_header_whatever_the_order_of_its_columns() {
        let head = "code,uscc,scheme,备注,source_document,classified_on\n";
        let table = format!("{head}D, 91370102MA3C00011F ,shandong2020,无,2026年第一批,2026-03-01\n");
        let read = rows(table.as_bytes()).unwrap();
        let class = &read[0].class;
        assert_eq!((read.len(), class.uscc.as_str(), class.code.as_str()), (1, "91370102MA3C00011F", "D"));
        assert_eq!((class.classified_on.as_str(), read[0].line), ("2026-03-01", 2));
    }

    #[test]
    fn every_column_that_is_missing_is_told_with_those_that_are_there() {
        let told = |table: &str| rows(table.as_bytes()).unwrap_err();
        let expected = "the file has no column `scheme` (did you mean `schema`?), no column `classified_on`; \
                        it has uscc, schema, code, source_document";
        assert_eq!(told("uscc,schema,code,source_document\n91370102MA3C00011F,a,D,b\n"), expected);
        assert!(
            told("uscc,uscc,scheme,code,source_document,classified_on\n").contains("2 columns called `uscc`")
        );
    }

    #[test]
    fn a_day_of_a_workbook_is_taken_as_a_day_and_a_formula_is_told_by_its_line() {
        let line = |number, cells: [Cell; 5]| Line { number, cells: cells.into() };
        let text = |text: &str| Cell::Text(text.to_owned());
        let header = line(1, COLUMNS.map(text));
        let places = places_of(&header).unwrap();
        let of_day = |day: Cell| {
            line(3, [text("91370102MA3C00011F"), text("shandong2020"), text("D"), day, text("2026年第一批")])
        };
        let read = row(&of_day(Cell::Date { year: 2026, month: 3, day: 1 }), &places).unwrap();
        assert_eq!((read.class.classified_on.as_str(), read.line), ("2026-03-01", 3));
        let told = row(&of_day(Cell::Formula), &places).unwrap_err();
        assert!(told.starts_with("line 3 has `") && told.contains("as `classified_on`"), "{told}");
    }

    #[test]
    fn a_refused_row_is_told_by_its_line() {
        let row = |line| Row { line, class: ProvincialClass::default() };
        let fault = |index| RejectedClass { index, field: "code".into(), problem: "none".into() };
        let answer = |rejected| ImportProvincialClassesResponse { rejected, ..Default::default() };
        // Line 4 is blank: the rows below it have other numbers than their places say.
        let rows: Vec<Row> = [2, 3].into_iter().chain(5..5_010).map(row).collect();
        let lines = refused(&rows, &[answer(vec![fault(0), fault(2)]), answer(vec![fault(4)])]);
        assert_eq!(lines.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["2", "5", "5007"]);
    }
}
