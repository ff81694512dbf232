//! Our side: the service, as other systems import into it.

use std::time::{Duration, Instant};

use contract::collection::v1::records_client::RecordsClient;
use contract::collection::v1::{ImportRecordsRequest, ImportRecordsResponse};
use db::bulk::{self, Cell};
use db::{DatabaseUrl, Db};
use prost::Message;
use service::config::ServerConfig;
use standalone::clients::Authorised;
use standalone::demo::city::City;
use tokio_stream::StreamExt;

use super::count_records;
use crate::host::{Keys, Running};
use crate::places::Place;

/// Rows of one message, as the program at the command line sends them.
const ROWS_OF_MESSAGE: usize = 5_000;
/// Office that imports.
pub(super) const OFFICE: &str = "ENFORCEMENT";
/// Setting that the place's own address takes the place of.
const PLACEHOLDER: &str = "sqlite:placeholder.db";

/// How long two imports of the same records took, each from the first message to the answer to the last.
pub(super) struct Took {
    pub(super) first: Duration,
    pub(super) again: Duration,
}

/// Imports all records of the city into a service on `place`, twice.
pub(super) async fn import(keys: &Keys, place: &Place, city: &City) -> anyhow::Result<Took> {
    register(&place.url, city).await?;
    let parsed: collection::Config = keys.config("collection", PLACEHOLDER)?;
    let config = collection::Config {
        server: ServerConfig { database: place.url.clone(), ..parsed.server },
        ..parsed
    };
    let service = Running::start(|listener, shutdown| collection::serve(listener, config, shutdown)).await?;
    let mut client = RecordsClient::new(service.connect_as(&keys.officer(OFFICE)?)?);
    let first = send(&mut client, city, |answer| {
        anyhow::ensure!(answer.duplicates == 0 && answer.unmatched == 0, "not attached: {answer:?}");
        Ok(answer.attached)
    })
    .await?;
    let again = send(&mut client, city, |answer| Ok(answer.duplicates)).await?;
    service.stop().await?;
    let db = place.open().await?;
    anyhow::ensure!(count_records(&db).await? == city.records.len(), "not every record is in the table");
    db.close().await;
    Ok(Took { first, again })
}

/// Sends all records and answers how long that took. `counted` are the rows of an answer that became what they should.
pub(super) async fn send(
    client: &mut RecordsClient<Authorised>,
    city: &City,
    counted: impl Fn(&ImportRecordsResponse) -> anyhow::Result<i64>,
) -> anyhow::Result<Duration> {
    let messages = messages(city);
    let begun = Instant::now();
    let mut answers = client.import_records(tokio_stream::iter(messages)).await?.into_inner();
    let mut taken = 0;
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        anyhow::ensure!(answer.rejected.is_empty(), "a row was refused: {:?}", answer.rejected.first());
        taken += counted(&answer)?;
    }
    let took = begun.elapsed();
    let sent = city.records.len();
    anyhow::ensure!(usize::try_from(taken)? == sent, "{taken} of {sent} records came to what they should");
    Ok(took)
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
pub(super) async fn register(url: &DatabaseUrl, city: &City) -> anyhow::Result<()> {
    let db = Db::open(url).await?;
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
