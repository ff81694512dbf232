//! Before the event: know every enterprise.

use std::time::Instant;

use contract::registry::v1::{ImportEnterprisesRequest, ImportEnterprisesResponse};
use serde_json::json;

use super::id;
use crate::demo::city::City;
use crate::demo::facts::Demo;
use crate::demo::send::{BATCH_ROWS, send};

pub(in crate::demo) async fn run(demo: &mut Demo, city: &City) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut client = demo.office("LEGAL")?.enterprises();
    let batches = city
        .enterprises
        .chunks(BATCH_ROWS)
        .map(|rows| ImportEnterprisesRequest { enterprises: rows.to_vec(), request_id: id() })
        .collect();
    let bar = demo.output.progress("register", Some(city.enterprises.len() as u64));
    let (mut created, mut rejected) = (0, 0);
    let book = |answer: ImportEnterprisesResponse| {
        created += answer.created;
        rejected += answer.rejected.len();
        Ok(())
    };
    let rows = |request: &ImportEnterprisesRequest| request.enterprises.len() as u64;
    send(batches, rows, &bar, |stream| async move { client.import_enterprises(stream).await }, book).await?;
    bar.finish_and_clear();
    anyhow::ensure!(rejected == 0, "{rejected} generated enterprises were refused");
    demo.note("register", started.elapsed(), json!({ "created": created }));
    Ok(())
}
