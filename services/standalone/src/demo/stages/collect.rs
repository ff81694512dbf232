//! During: collect permits, penalties, inspections and samples under each enterprise's name, and the hotline's tickets.

use std::time::Instant;

use contract::collection::v1::{
    ImportRecordsRequest, ImportRecordsResponse, ImportTicketsRequest, ImportTicketsResponse,
    ListRecordsRequest,
};
use serde_json::json;

use super::{id, said};
use crate::demo::city::City;
use crate::demo::facts::Demo;
use crate::demo::send::{BATCH_ROWS, send};
use crate::wait::until;

pub(in crate::demo) async fn run(demo: &mut Demo, city: &City) -> anyhow::Result<()> {
    let started = Instant::now();
    let records = import_records(demo, city).await?;
    let tickets = import_tickets(demo, city).await?;
    attached(demo).await?;
    demo.note(
        "collect",
        started.elapsed(),
        json!({ "records": records, "tickets": tickets.0, "tickets without a party": tickets.1 }),
    );
    Ok(())
}

async fn import_records(demo: &Demo, city: &City) -> anyhow::Result<i64> {
    let mut client = demo.office("LEGAL")?.records();
    let batches = city
        .records
        .chunks(BATCH_ROWS)
        .map(|rows| ImportRecordsRequest { records: rows.to_vec(), request_id: id() })
        .collect();
    let bar = demo.output.progress("records", Some(city.records.len() as u64));
    let mut taken = 0;
    let book = |answer: ImportRecordsResponse| {
        taken += answer.attached + answer.unmatched;
        match answer.rejected.first() {
            Some(row) => anyhow::bail!("a generated record was refused: {}: {}", row.field, row.problem),
            None => Ok(()),
        }
    };
    let rows = |request: &ImportRecordsRequest| request.records.len() as u64;
    send(batches, rows, &bar, |stream| async move { client.import_records(stream).await }, book).await?;
    bar.finish_and_clear();
    Ok(taken)
}

async fn import_tickets(demo: &Demo, city: &City) -> anyhow::Result<(i64, i64)> {
    let mut client = demo.office("CREDIT")?.tickets();
    let batches = city
        .tickets
        .chunks(BATCH_ROWS)
        .map(|rows| ImportTicketsRequest { tickets: rows.to_vec(), request_id: id() })
        .collect();
    let bar = demo.output.progress("tickets", Some(city.tickets.len() as u64));
    let (mut taken, mut nameless) = (0, 0);
    let book = |answer: ImportTicketsResponse| {
        taken += answer.attached + answer.unmatched;
        nameless += answer.unmatched;
        match answer.rejected.first() {
            Some(row) => anyhow::bail!("a generated ticket was refused: {}: {}", row.field, row.problem),
            None => Ok(()),
        }
    };
    let rows = |request: &ImportTicketsRequest| request.tickets.len() as u64;
    send(batches, rows, &bar, |stream| async move { client.import_tickets(stream).await }, book).await?;
    bar.finish_and_clear();
    Ok((taken, nameless))
}

/// Records that came before collection had read of their enterprise are attached by its reaction.
async fn attached(demo: &Demo) -> anyhow::Result<()> {
    let client = demo.office("CREDIT")?.records();
    until("records attached to their enterprises", || {
        let mut client = client.clone();
        async move {
            let request = ListRecordsRequest {
                state: "Unmatched".to_owned(),
                page_size: 1,
                ..ListRecordsRequest::default()
            };
            let page = client.list_records(request).await.map_err(said)?.into_inner();
            Ok(page.records.is_empty().then_some(()))
        }
    })
    .await
}
