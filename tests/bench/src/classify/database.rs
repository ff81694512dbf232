//! From the database into memory, and back: what a full run reads before it scores, and what it writes afterwards.
//!
//! Evidence stands in the database in the order in which it arrived, not in that of its enterprises. A run's changes are written by
//! the store, chunk by chunk, each durable with the cursor of the run; the baseline puts the same rows into the same table of
//! another database in one transaction.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::NaiveDate;
use contract::risk::v1::{ApproveModelRequest, CreateRunRequest};
use db::bulk::{self, Cell};
use db::{Db, Engine, on};
use domain::{DivisionCode, MicrosUtc, OfficeCode, RequestId};
use outbox::{Entropy, Origin, Outbox};
use risk::domain::class::Class;
use risk::domain::evidence::pack;
use risk::domain::general::General;
use risk::domain::model_version::{ModelChange, Wanted};
use risk::domain::run::Run;
use risk::runner::CHUNK;
use risk::store::{Act, Change, Findings, Snapshot, Store, Subject};
use service::auth::{Caller, Fields};
use service::idempotency::Key;
use uuid::Uuid;

use super::Bench;
use super::town::{files, points};
use crate::copied;
use crate::places::{Place, Places};
use crate::report::{Better, Figure, Measure, median};

/// Enterprises whose evidence is loaded, and whose classes are written.
const ENTERPRISES: usize = 100_000;
/// What was asked for, in records a second.
const TO_LOAD: f64 = 1_000_000.0;
/// The field in which everybody is classed.
const FIELD: &str = "FOOD";
const DIVISION: &str = "370102";
/// Rows that the test data are written in at once.
const ROWS_AT_ONCE: usize = 20_000;

const LOAD: Measure = Measure {
    bench: "classify",
    figure: "load",
    unit: "records/s",
    baseline_name: "what was asked for: 1,000,000 records/s",
    target: Some(1.0),
    better: Better::Higher,
};
const WRITE: Measure = Measure {
    figure: "write",
    unit: "classes/s",
    baseline_name: "bulk load of the same rows into the same table, one transaction",
    target: Some(0.5),
    ..LOAD
};

/// Measures on the databases of `places`; `names` are those of the two figures.
pub(super) async fn measure(
    bench: &Bench,
    places: &Places,
    names: [&'static str; 2],
) -> anyhow::Result<Vec<Figure>> {
    let place = places.fresh("evidence").await?;
    let store = open(bench, &place).await?;
    let records = fill(bench, store.db()).await?;
    let run = frozen_run(bench, &store).await?;
    let mut loads = Vec::new();
    let mut snapshot = None;
    for round in 0..=bench.rounds {
        let begun = Instant::now();
        snapshot = Some(store.snapshot(&run).await?);
        // The first round warms up.
        if round > 0 {
            loads.push(records as f64 / begun.elapsed().as_secs_f64());
        }
    }
    store.db().close().await;
    place.remove().await?;
    let Some(snapshot) = snapshot else { return Ok(Vec::new()) };
    holds_what_was_written(bench, &snapshot)?;
    let changes = changes(bench, &snapshot);
    let (mut ours, mut bulk) = (Vec::new(), Vec::new());
    let per_second = |took: Duration| changes.len() as f64 / took.as_secs_f64();
    for round in 0..bench.rounds {
        let (written, other) =
            (places.fresh(&format!("written_{round}")).await?, places.fresh(&format!("bulk_{round}")).await?);
        ours.push(per_second(write(bench, &written, &changes).await?));
        bulk.push(per_second(baseline(bench, &written, &other).await?));
        written.remove().await?;
        other.remove().await?;
    }
    let [load, write] = names;
    Ok(vec![
        Measure { figure: load, ..LOAD }.figure(median(loads), TO_LOAD),
        Measure { figure: write, ..WRITE }.figure(median(ours), median(bulk)),
    ])
}

/// Risk's store on an empty database, with the rules of the bench.
async fn open(bench: &Bench, place: &Place) -> anyhow::Result<Store> {
    let db = place.open().await?;
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &risk::store::MIGRATIONS])
        .await?;
    let origin = Origin { deployment: "bench".to_owned(), service: "risk".to_owned() };
    let (book, models) = (bench.rules.book.clone(), bench.rules.models.clone());
    let store = Store::new(db, Outbox::new(origin, Entropy::system()), book, models);
    let store = in_force(bench, store).await?;
    store.keep_up_with_models().await?;
    Ok(store)
}

/// The store with the model of the bench in force on its day: registered the day before, proposed by one officer, approved by another.
async fn in_force(bench: &Bench, store: Store) -> anyhow::Result<Store> {
    const MODEL: &str = "bench@1";
    let eve = noon(bench.as_of.pred_opt().context("a day before")?);
    let book = bench.rules.book.clone();
    let store = store.register_models(&files(&book)?, &Act::of_system("start", eve, &book)).await?;
    let wanted = Wanted {
        day: Some(bench.as_of),
        reason: "bench".to_owned(),
        legal_basis: "local parameter".to_owned(),
    };
    for (officer, change) in [("one", ModelChange::Propose(wanted)), ("another", ModelChange::Approve)] {
        let caller = officer_of_credit(officer)?;
        let request_id = RequestId::parse(&Uuid::new_v4().to_string())?;
        let key = Key { caller: caller.subject(), method: "ChangeModel", request_id: &request_id };
        let body = ApproveModelRequest { name: MODEL.to_owned(), ..ApproveModelRequest::default() };
        let act = Act::of(&caller, request_id.as_str(), eve, &book);
        store.change_model((&key, &body), &caller, &act, (MODEL, &change)).await?;
    }
    Ok(store)
}

fn officer_of_credit(person: &str) -> anyhow::Result<Caller> {
    let (office, division) = (OfficeCode::parse("CREDIT")?, DivisionCode::parse("370100")?);
    Ok(Caller::new(person, person, office, Fields::All, vec![division], ""))
}

fn noon(day: NaiveDate) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(day).plus_micros(12 * 3_600 * 1_000_000)
}

fn uscc(enterprise: usize) -> String {
    format!("91370102{enterprise:010}")
}

/// Writes everybody's mark and evidence as their arrival leaves them; answers the number of records.
async fn fill(bench: &Bench, db: &Db) -> anyhow::Result<usize> {
    let enterprises = ENTERPRISES.min(bench.columns.enterprises());
    let codes: Vec<_> = (0..enterprises).map(uscc).collect();
    let mut tx = db.begin_write().await?;
    for codes in codes.chunks(ROWS_AT_ONCE) {
        let rows = codes.iter().map(|uscc| [Cell::Text(uscc), Cell::Text(DIVISION)]);
        bulk::insert(&mut tx, "enterprise", ["uscc", "division"], rows).await?;
        let rows =
            codes.iter().map(|uscc| [Cell::Text(uscc), Cell::Text(FIELD), Cell::Bool(true), Cell::Int(1)]);
        bulk::insert(&mut tx, "mark", ["uscc", "field", "carried", "known_seq"], rows).await?;
    }
    let mut arrived: Vec<_> = (0..bench.columns.begin[enterprises]).collect();
    arrived.sort_by_key(|at| bench.columns.day[*at]);
    for records in arrived.chunks(ROWS_AT_ONCE) {
        let kept = records.iter().map(|at| Ok((*at, pack(&bench.rules.project(&bench.columns, *at)?))));
        let kept: Vec<(usize, Vec<u8>)> = kept.collect::<anyhow::Result<_>>()?;
        let names: Vec<_> =
            kept.iter().map(|(at, _)| format!("records/{:032x}", *at as u128 * 0x9e37_79b9)).collect();
        let rows = kept.iter().zip(&names).filter(|((_, items), _)| !items.is_empty());
        let rows = rows.map(|((at, items), name)| {
            let uscc = &codes[bench.columns.enterprise[*at] as usize];
            [Cell::Text(uscc), Cell::Text(name), Cell::Bytes(items)]
        });
        bulk::insert(&mut tx, "projected", ["uscc", "record", "items"], rows).await?;
    }
    tx.commit().await?;
    if let Engine::Postgres(pool) = db.engine() {
        // As the server does by itself before long.
        sqlx::query("VACUUM ANALYZE projected").execute(pool).await?;
        sqlx::query("VACUUM ANALYZE mark").execute(pool).await?;
        sqlx::query("VACUUM ANALYZE enterprise").execute(pool).await?;
    }
    Ok(arrived.len())
}

/// A run that has begun, as of the day of the bench.
async fn frozen_run(bench: &Bench, store: &Store) -> anyhow::Result<Run> {
    let caller = officer_of_credit("bench")?;
    let request_id = RequestId::parse(&Uuid::new_v4().to_string())?;
    let key = Key { caller: caller.subject(), method: "CreateRun", request_id: &request_id };
    let body = CreateRunRequest { as_of: bench.as_of.to_string(), request_id: request_id.to_string() };
    let noon = noon(bench.as_of);
    let act = Act::of(&caller, request_id.as_str(), noon, store.book());
    store.create_run(&key, &body, &caller, &act, "bench", bench.as_of).await?;
    Ok(store.freeze_run("bench", &Act::of_system("bench", noon, store.book())).await?)
}

/// Holds the points of what was loaded against those of what lies in memory.
fn holds_what_was_written(bench: &Bench, snapshot: &Snapshot) -> anyhow::Result<()> {
    let scorer = bench.engine.general();
    for (loaded, own) in snapshot.subjects.iter().zip(&bench.town.subjects) {
        let (loaded, own) = (scorer.score(snapshot.items(loaded)), scorer.score(bench.town.of_one(own)));
        ensure!(points(scorer, &loaded) == points(scorer, &own), "other evidence was loaded than written");
    }
    Ok(())
}

/// The classes of a first run: everybody's changes.
fn changes(bench: &Bench, snapshot: &Snapshot) -> Vec<Change> {
    let engine = &bench.engine;
    let scores = engine.score_general_of_all(&snapshot.subjects, |subject| snapshot.items(subject));
    let change = |(subject, score): (&Subject, General)| {
        let given = engine.combine(FIELD, score, None);
        let now = Class::new(engine, &subject.uscc, FIELD, &subject.division, &given);
        Change { now, previous: Default::default(), moved: true }
    };
    snapshot.subjects.iter().zip(scores).map(change).collect()
}

/// How long the store takes to write all changes.
async fn write(bench: &Bench, place: &Place, changes: &[Change]) -> anyhow::Result<Duration> {
    let store = open(bench, place).await?;
    let run = frozen_run(bench, &store).await?;
    let found = changes.chunks(CHUNK).map(|changes| Findings {
        changes: changes.to_vec(),
        done: changes.len() as i64,
        written_to: changes.last().map(|last| last.now.uscc.clone()).unwrap_or_default(),
        ..Findings::default()
    });
    let found: Vec<_> = found.collect();
    let begun = Instant::now();
    for found in &found {
        ensure!(store.add_findings(&run, found, MicrosUtc::now()).await?, "the run was given up");
    }
    let took = begun.elapsed();
    store.db().close().await;
    Ok(took)
}

/// How long the engine takes to load the rows that lie in `from` into the same table in `place`.
async fn baseline(bench: &Bench, from: &Place, place: &Place) -> anyhow::Result<Duration> {
    let (source, target) = (from.open().await?, open(bench, place).await?);
    frozen_run(bench, &target).await?;
    let took = match (source.engine(), target.db().engine()) {
        (Engine::Postgres(source), Engine::Postgres(target)) => {
            copied::copy(source, target, "run_class").await?
        }
        _ => insert(&source, target.db()).await?,
    };
    ensure!(count(&source).await? == count(target.db()).await?, "the baseline has loaded other rows");
    source.close().await;
    target.db().close().await;
    Ok(took)
}

async fn insert(source: &Db, target: &Db) -> anyhow::Result<Duration> {
    let rows: Vec<Row> = on!(source, |pool| sqlx::query_as("SELECT * FROM run_class").fetch_all(pool).await)?;
    let mut tx = target.begin_write().await?;
    // Values are bound before the clock starts; then statements run, and the transaction becomes durable.
    let load = bulk::insert(&mut tx, "run_class", COLUMNS, rows.iter().map(Row::cells));
    let begun = Instant::now();
    load.await?;
    tx.commit().await?;
    Ok(begun.elapsed())
}

async fn count(db: &Db) -> anyhow::Result<i64> {
    Ok(on!(db, |pool| sqlx::query_scalar("SELECT COUNT(*) FROM run_class").fetch_one(pool).await)?)
}

const COLUMNS: [&str; 17] = [
    "run",
    "uscc",
    "field",
    "division",
    "scheme",
    "code",
    "general_code",
    "professional_code",
    "general_points_e2",
    "professional_points_e2",
    "floor_code",
    "as_of",
    "detail",
    "previous_code",
    "previous_general_code",
    "previous_professional_code",
    "moved",
];

/// A row of the table.
#[derive(sqlx::FromRow)]
struct Row {
    run: String,
    uscc: String,
    field: String,
    division: String,
    scheme: String,
    code: String,
    general_code: String,
    professional_code: String,
    general_points_e2: i64,
    professional_points_e2: i64,
    floor_code: String,
    as_of: NaiveDate,
    detail: String,
    previous_code: String,
    previous_general_code: String,
    previous_professional_code: String,
    moved: bool,
}

impl Row {
    fn cells(&self) -> [Cell<'_>; COLUMNS.len()] {
        [
            Cell::Text(&self.run),
            Cell::Text(&self.uscc),
            Cell::Text(&self.field),
            Cell::Text(&self.division),
            Cell::Text(&self.scheme),
            Cell::Text(&self.code),
            Cell::Text(&self.general_code),
            Cell::Text(&self.professional_code),
            Cell::Int(self.general_points_e2),
            Cell::Int(self.professional_points_e2),
            Cell::Text(&self.floor_code),
            Cell::Date(self.as_of),
            Cell::Text(&self.detail),
            Cell::Text(&self.previous_code),
            Cell::Text(&self.previous_general_code),
            Cell::Text(&self.previous_professional_code),
            Cell::Bool(self.moved),
        ]
    }
}
