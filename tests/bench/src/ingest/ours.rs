//! Our side: the service, as other systems import into it.

use std::time::{Duration, Instant};

use contract::collection::v1::records_client::RecordsClient;
use contract::collection::v1::{ImportRecordsRequest, ImportRecordsResponse};
use db::bulk::{self, Cell};
use prost::Message;
use service::config::ServerConfig;
use standalone::demo::city::City;
use tokio_stream::StreamExt;

use super::count_records;
use crate::host::{Keys, Running};
use crate::places::Place;

/// Rows of one message, as the program at the command line sends them.
const ROWS_OF_MESSAGE: usize = 5_000;
/// Office that imports.
const OFFICE: &str = "ENFORCEMENT";
/// Setting that the place's own address takes the place of.
const PLACEHOLDER: &str = "sqlite:placeholder.db";

/// Imports all records of the city into a service on `place` and answers how long that took, from the first message to the
/// answer to the last.
pub(super) async fn import(keys: &Keys, place: &Place, city: &City) -> anyhow::Result<Duration> {
    register(place, city).await?;
    let parsed: collection::Config = keys.config("collection", PLACEHOLDER)?;
    let config = collection::Config {
        server: ServerConfig { database: place.url.clone(), ..parsed.server },
        ..parsed
    };
    let service = Running::start(|listener, shutdown| collection::serve(listener, config, shutdown)).await?;
    let mut client = RecordsClient::new(service.connect_as(&keys.officer(OFFICE)?)?);
    let messages = messages(city);

    let begun = Instant::now();
    let mut answers = client.import_records(tokio_stream::iter(messages)).await?.into_inner();
    let mut taken = 0;
    while let Some(answer) = answers.next().await {
        taken += attached(&answer?)?;
    }
    let took = begun.elapsed();

    anyhow::ensure!(
        taken == city.records.len() as i64,
        "{taken} of {} records were taken",
        city.records.len()
    );
    service.stop().await?;
    let db = place.open().await?;
    anyhow::ensure!(count_records(&db).await? == city.records.len(), "not every record is in the table");
    db.close().await;
    Ok(took)
}

fn attached(answer: &ImportRecordsResponse) -> anyhow::Result<i64> {
    anyhow::ensure!(answer.rejected.is_empty(), "a row was refused: {:?}", answer.rejected.first());
    anyhow::ensure!(answer.duplicates == 0 && answer.unmatched == 0, "a row was not attached: {answer:?}");
    Ok(answer.attached)
}

fn messages(city: &City) -> Vec<ImportRecordsRequest> {
    let message = |rows: &[_]| ImportRecordsRequest {
        records: rows.to_vec(),
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    let messages: Vec<_> = city.records.chunks(ROWS_OF_MESSAGE).map(message).collect();
    debug_assert!(messages.iter().all(|message| message.encoded_len() < contract::client::MAX_MESSAGE_BYTES));
    messages
}

/// The enterprises are there before their records are, as collection's copy of the register would hold them.
async fn register(place: &Place, city: &City) -> anyhow::Result<()> {
    let db = place.open().await?;
    db.migrate(&[
        &outbox::MIGRATIONS,
        &service::MIGRATIONS,
        &feed::MIGRATIONS,
        &collection::store::MIGRATIONS,
    ])
    .await?;
    let rows = city.enterprises.iter().map(|enterprise| {
        [
            Cell::Text(&enterprise.uscc),
            Cell::Text(&enterprise.legal_name),
            Cell::Text(&enterprise.division),
            Cell::Bool(true),
        ]
    });
    let mut tx = db.begin_write().await?;
    bulk::insert(&mut tx, "party", ["uscc", "legal_name", "division", "registered"], rows).await?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}
