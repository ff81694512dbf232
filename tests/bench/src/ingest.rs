//! Streaming import through the real service, against the engine's own bulk load of the same rows into a table with the same
//! columns and indexes, in one transaction. Ours validates, de-duplicates, opens duties, writes events and answers durably message
//! by message; the sealer runs beside it.

use std::time::Instant;

use contract::collection::v1::records_client::RecordsClient;
use contract::collection::v1::{ImportRecordsRequest, Record};
use db::bulk::{self, Cell};
use db::{Db, on};
use service::Shutdown;
use standalone::demo::city::City;
use tokio_stream::StreamExt;

use crate::figure::{Better, Figure, Figures};
use crate::rig::{Rig, connect, listen};

/// Enterprises of the city whose records are imported: about 88,000 records.
const ENTERPRISES: usize = 20_000;
/// Rows of one message.
const ROWS: usize = 5_000;

/// A row of `record`, as stored.
#[derive(Clone, sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    uscc: Option<String>,
    party_name: String,
    field: String,
    division: String,
    producer: String,
    document_no: String,
    decided_on: chrono::NaiveDate,
    state: String,
    origin: String,
    revision: i64,
    received_us: i64,
    content: Vec<u8>,
}

const COLUMNS: [&str; 14] = [
    "id",
    "kind",
    "uscc",
    "party_name",
    "field",
    "division",
    "producer",
    "document_no",
    "decided_on",
    "state",
    "origin",
    "revision",
    "received_us",
    "content",
];

pub(crate) async fn run(figures: &mut Figures, postgres: Option<&str>) -> anyhow::Result<()> {
    let today = domain::shanghai_date(domain::MicrosUtc::now());
    let records = City::generate(177, ENTERPRISES, today).records;
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("collection.db").display());
    figures
        .add(measure("sqlite", "prepared inserts of many rows, one transaction", &sqlite, &records).await?);
    match postgres {
        None => figures.skip("postgres", "name a server with --postgres or TEST_POSTGRES_URL"),
        Some(url) => {
            let schema = format!("bench_{}", std::process::id());
            let joint = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{joint}schema={schema}");
            let figure =
                measure("postgres", "bulk insert from arrays, one transaction", &url, &records).await;
            drop_schema(&url, &schema).await?;
            figures.add(figure?);
        }
    }
    Ok(())
}

async fn measure(
    engine: &'static str,
    baseline_name: &'static str,
    database: &str,
    records: &[Record],
) -> anyhow::Result<Figure> {
    let ours = import(database, records).await?;
    let baseline = load(database).await?;
    let figure = Figure {
        bench: "ingest",
        figure: engine,
        unit: "records/s",
        ours,
        baseline,
        baseline_name,
        target: 0.3,
        better: Better::Higher,
    };
    Ok(figure)
}

/// Records a second through the service.
async fn import(database: &str, records: &[Record]) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let rig = Rig::new(folder.path())?;
    let shutdown = Shutdown::new();
    let (listener, address) = listen().await?;
    let config: collection::Config = rig.config("collection", database)?;
    let running = tokio::spawn(collection::serve(listener, config, shutdown.clone()));
    let channel = connect(&address).await?;
    let mut client = RecordsClient::with_interceptor(channel, rig.bearer("LEGAL")?);
    let messages: Vec<_> = records
        .chunks(ROWS)
        .map(|rows| ImportRecordsRequest {
            records: rows.to_vec(),
            request_id: uuid::Uuid::new_v4().to_string(),
        })
        .collect();
    let began = Instant::now();
    let stream = tokio_stream::iter(messages);
    let mut answers = client.import_records(stream).await?.into_inner();
    let mut taken = 0;
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        anyhow::ensure!(answer.rejected.is_empty(), "rows were refused: {:?}", answer.rejected.first());
        taken += answer.attached + answer.unmatched;
    }
    let seconds = began.elapsed().as_secs_f64();
    anyhow::ensure!(taken == i64::try_from(records.len())?, "{taken} of {} rows were taken", records.len());
    shutdown.begin();
    running.await??;
    Ok(records.len() as f64 / seconds)
}

/// Records a second by bulk load of the rows that the import stored.
async fn load(database: &str) -> anyhow::Result<f64> {
    const READ: &str = "
        SELECT id, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
            received_us, content
        FROM record ORDER BY received_us, id";
    const EMPTY: &str = "DELETE FROM record";
    let db = Db::open(&database.parse()?).await?;
    let rows: Vec<Row> = on!(&db, |pool| sqlx::query_as(READ).fetch_all(pool).await)?;
    let mut tx = db.begin_write().await?;
    on!(tx, |conn| sqlx::query(EMPTY).execute(conn).await.map(drop))?;
    tx.commit().await?;
    let began = Instant::now();
    let mut tx = db.begin_write().await?;
    bulk::insert(&mut tx, "record", COLUMNS, rows.iter().map(cells)).await?;
    tx.commit().await?;
    let seconds = began.elapsed().as_secs_f64();
    db.close().await;
    Ok(rows.len() as f64 / seconds)
}

fn cells(row: &Row) -> [Cell<'_>; 14] {
    [
        Cell::Text(&row.id),
        Cell::Text(&row.kind),
        row.uscc.as_deref().into(),
        Cell::Text(&row.party_name),
        Cell::Text(&row.field),
        Cell::Text(&row.division),
        Cell::Text(&row.producer),
        Cell::Text(&row.document_no),
        Cell::Date(row.decided_on),
        Cell::Text(&row.state),
        Cell::Text(&row.origin),
        Cell::Int(row.revision),
        Cell::Int(row.received_us),
        Cell::Bytes(&row.content),
    ]
}

async fn drop_schema(url: &str, schema: &str) -> anyhow::Result<()> {
    let db = Db::open(&url.parse()?).await?;
    let drop = sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
    on!(&db, |pool| sqlx::query(drop).execute(pool).await.map(std::mem::drop))?;
    db.close().await;
    Ok(())
}
