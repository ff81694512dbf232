//! What the tests of risk share: a store, callers, and evidence as registry and collection tell it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test uses a part")]

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use contract::collection::v1::{self as collection, record::Content};
use contract::registry::v1 as registry;
use contract::risk::v1 as pb;
use db::{Db, on};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode, RequestId};
use outbox::{Entropy, Origin, Outbox};
use prost::Message;
use risk::domain::engine::{ModelFile, Models};
use risk::domain::known::Feed;
use risk::domain::model_version::{ModelChange, Wanted};
use risk::domain::run::Run;
use risk::domain::sample::{Sample, Verdict};
use risk::machines::sample::Event;
use risk::rules;
use risk::runner::compute_waiting;
use risk::store::{Act, Batch, ClassFilter, Cut, MIGRATIONS, Piece, Said, Store, StoredClass};
use rulebook::Rulebook;
use service::Clock;
use service::auth::{Caller, Fields};
use service::idempotency::Key;

/// A store on a migrated database.
pub(crate) async fn store(db: Db) -> Store {
    let book = Rulebook::builtin();
    let models = rules::models(&book).unwrap();
    store_by(db, book, models).await
}

/// A store that judges by other rules.
pub(crate) async fn store_by(db: Db, book: Arc<Rulebook>, models: Models) -> Store {
    let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &MIGRATIONS];
    let db = db::testing::migrated(db, &sets).await;
    let origin = Origin { deployment: "test".to_owned(), service: "risk".to_owned() };
    let files = book.clone();
    let store = Store::new(db, Outbox::new(origin, Entropy::system()), book, Arc::new(models));
    let store = store.register_models(&rules::model_files(&files), &start()).await.unwrap();
    store.keep_up_with_models().await.unwrap();
    store
}

/// What the service does when it starts.
fn start() -> Act {
    Act::of_system("start", noon(today()), &Rulebook::builtin())
}

/// The same store after a start with one more file of models in its rulebook.
pub(crate) async fn with_file(store: Store, name: &str, text: &str) -> Store {
    let book = Rulebook::builtin();
    let hash = crypto::sm3::digest(text.as_bytes()).to_hex();
    let mut files = rules::model_files(&book);
    files.push(ModelFile { name, text, hash: &hash });
    let models = Models::load(&files, |id| rules::scheme(&book, id)).unwrap();
    let store = store.with_models(Arc::new(models)).register_models(&files, &start()).await.unwrap();
    store.keep_up_with_models().await.unwrap();
    store
}

/// The shipped text of a model, changed.
pub(crate) fn changed(name: &str, changes: &[(&str, &str)]) -> String {
    let book = Rulebook::builtin();
    let mut text = book.models().iter().find(|model| model.name == name).unwrap().text.clone();
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` stands in {name}");
        text = text.replace(from, to);
    }
    text
}

/// A food model that finds every producer riskier.
pub(crate) fn stricter_food() -> String {
    changed(
        "food2016",
        &[("version: \"2\"", "version: \"trial\""), ("base: {points: 0,", "base: {points: 40,")],
    )
}

/// Decides about a version, in the name of `by`, on a day.
pub(crate) async fn change_model(
    store: &Store,
    by: &Caller,
    (number, day): (u32, NaiveDate),
    name: &str,
    change: ModelChange,
) -> Result<pb::Model, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "ChangeModel", request_id: &request_id };
    let body = pb::ApproveModelRequest { name: format!("{name} {change:?}"), ..Default::default() };
    let act = Act::of(by, request_id.as_str(), noon(day).plus_micros(number.into()), store.book());
    store.change_model((&key, &body), by, &act, (name, &change)).await
}

/// What asks for a day.
pub(crate) fn wanted(day: NaiveDate) -> Wanted {
    Wanted {
        day: Some(day),
        reason: "试运行结果良好".to_owned(),
        legal_basis: "国市监信发〔2022〕6号".to_owned(),
    }
}

/// The day of all tests.
pub(crate) fn today() -> NaiveDate {
    "2026-03-31".parse().unwrap()
}

/// Noon of a day in Shanghai.
pub(crate) fn noon(day: NaiveDate) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(day).plus_micros(12 * 3600 * 1_000_000)
}

/// An officer of CREDIT who may see everything in Jinan.
pub(crate) fn credit(person: &str) -> Caller {
    caller(person, "CREDIT", "370100")
}

/// A person of an office, in every field.
pub(crate) fn caller(person: &str, office: &str, division: &str) -> Caller {
    let (office, division) = (OfficeCode::parse(office).unwrap(), DivisionCode::parse(division).unwrap());
    Caller::new(person, person, office, Fields::All, vec![division], "token")
}

/// A valid credit code for a number below a million.
pub(crate) fn uscc(number: u32) -> String {
    let body = format!("MA{number:06}");
    domain::Uscc::compose("91370102", &body).unwrap().to_string()
}

/// The day `days` before today.
pub(crate) fn days_ago(days: u32) -> String {
    (today() - Days::new(days.into())).to_string()
}

/// An enterprise with an ordinary food licence and its mark.
pub(crate) fn producer(batch: &mut Batch, uscc: &str, division: &str) {
    enterprise(batch, uscc, division, 5000);
    let licence = registry::Licence {
        name: format!("licences/SC101{}", &uscc[8..]),
        licence_no: format!("SC101{}", &uscc[8..]),
        uscc: uscc.to_owned(),
        field: "FOOD".to_owned(),
        sub_kinds: vec!["OrdinaryFood".to_owned()],
        valid_from: days_ago(1000),
        valid_to: "2030-01-01".to_owned(),
        state: "Valid".to_owned(),
        ..registry::Licence::default()
    };
    put(batch, &licence.name.clone(), uscc, "licence", &licence);
    batch.mark(uscc, "FOOD", true, 1);
}

/// The register's entry of an enterprise.
pub(crate) fn enterprise(batch: &mut Batch, uscc: &str, division: &str, days: u32) {
    let enterprise = registry::Enterprise {
        name: format!("enterprises/{uscc}"),
        uscc: uscc.to_owned(),
        division: division.to_owned(),
        established_on: days_ago(days),
        registration_state: "InOperation".to_owned(),
        ..registry::Enterprise::default()
    };
    batch.divisions.insert(uscc.to_owned(), division.to_owned());
    batch.tell(Feed::Registry, today(), 1);
    put(batch, &enterprise.name.clone(), uscc, "attribute", &enterprise);
}

/// A record of collection, told by its first event.
pub(crate) fn record(batch: &mut Batch, name: &str, uscc: &str, days: u32, content: Content) {
    record_at(batch, name, uscc, days, content, 1);
}

/// A record of collection, told by the event at a position.
pub(crate) fn record_at(batch: &mut Batch, name: &str, uscc: &str, days: u32, content: Content, seq: i64) {
    let source = match content {
        Content::Penalty(_) => "penalty",
        Content::Inspection(_) => "inspection",
        Content::Sampling(_) => "sampling",
        Content::ListEntry(_) => "list_entry",
        Content::Permit(_) => "permit",
    };
    let record = collection::Record {
        name: format!("records/{name}"),
        uscc: uscc.to_owned(),
        field: "FOOD".to_owned(),
        decided_on: days_ago(days),
        content: Some(content),
        ..collection::Record::default()
    };
    batch.tell(Feed::Collection, today(), seq);
    put_at(batch, &record.name.clone(), uscc, source, &record, seq);
}

/// A heavier penalty with a fine of 100,000 yuan.
pub(crate) fn heavier_penalty() -> Content {
    Content::Penalty(collection::Penalty {
        penalty_kinds: vec!["3".to_owned(), "10".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        fine_fen: 10_000_000,
        ..collection::Penalty::default()
    })
}

/// An inspection that found problems.
pub(crate) fn problem_inspection() -> Content {
    Content::Inspection(collection::Inspection {
        result: "5".to_owned(),
        critical_count: 2,
        serious_count: 3,
        ..collection::Inspection::default()
    })
}

/// An entry of the list of serious violators.
pub(crate) fn serious_listing() -> Content {
    Content::ListEntry(collection::ListEntry {
        list: "SERIOUS".to_owned(),
        status: "Listed".to_owned(),
        ..collection::ListEntry::default()
    })
}

/// Notes a message as evidence.
pub(crate) fn put(batch: &mut Batch, name: &str, uscc: &str, source: &str, message: &impl Message) {
    put_at(batch, name, uscc, source, message, 1);
}

/// Notes a message as evidence, told by the event at a position.
pub(crate) fn put_at(
    batch: &mut Batch,
    name: &str,
    uscc: &str,
    source: &str,
    message: &impl Message,
    known_seq: i64,
) {
    batch.causes.insert(uscc.to_owned(), format!("event of {name}"));
    let piece = Piece {
        uscc: uscc.to_owned(),
        source: source.to_owned(),
        known_seq,
        payload: message.encode_to_vec(),
    };
    batch.piece(name, piece);
}

/// Takes a batch in, as the projection does.
pub(crate) async fn apply(store: &Store, batch: &Batch) {
    let mut tx = store.db().begin_write().await.unwrap();
    store.apply(&mut tx, batch).await.unwrap();
    tx.commit().await.unwrap();
}

/// Scores again whatever is due, on a day; answers how many enterprises.
pub(crate) async fn rescore(store: &Store, day: NaiveDate) -> usize {
    let act = Act::of_system("", noon(day), store.book());
    let mut all = 0;
    loop {
        match store.rescore_due(&act).await.unwrap() {
            0 => return all,
            some => all += some,
        }
    }
}

/// A request id for a number.
pub(crate) fn request(number: u32) -> RequestId {
    RequestId::parse(&format!("6f1c0a52-0f0e-4b7e-9d57-{number:012}")).unwrap()
}

/// Asks for a run in the name of `by`.
pub(crate) async fn create(
    store: &Store,
    by: &Caller,
    number: u32,
    as_of: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    create_on(store, by, number, as_of, as_of).await
}

/// Asks for a run as of a day, on another day.
pub(crate) async fn create_on(
    store: &Store,
    by: &Caller,
    number: u32,
    as_of: NaiveDate,
    day: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "CreateRun", request_id: &request_id };
    let body = pb::CreateRunRequest { as_of: as_of.to_string(), request_id: request_id.to_string() };
    let act = Act::of(by, request_id.as_str(), noon(day).plus_micros(number.into()), store.book());
    store.create_run(&key, &body, by, &act, &format!("run-{number}"), as_of).await
}

/// Computes the run that waits; the line offices agree with their samples of it.
pub(crate) async fn compute(store: &Store, day: NaiveDate) {
    compute_alone(store, day).await;
    for run in store.runs(&cut(10, "")).await.unwrap().rows {
        agree(store, &run.id, day).await;
    }
}

/// Computes the run that waits, and leaves its samples to others.
pub(crate) async fn compute_alone(store: &Store, day: NaiveDate) {
    assert!(compute_waiting(store, Clock::Fixed(noon(day))).await.unwrap(), "a run waits");
}

/// Every line office that has not looked yet agrees with its sample of a run.
pub(crate) async fn agree(store: &Store, run: &str, day: NaiveDate) {
    let samples = store.samples(run).await.unwrap();
    for sample in samples.into_iter().filter(|sample| sample.state.awaits(Event::Agree)) {
        let by = caller("sun", sample.office.as_str(), "370100");
        look_at(store, &by, &sample, None, day).await.unwrap();
    }
}

/// Looks at a sample in the name of `by`: agrees with every result but those of `differs`.
pub(crate) async fn look_at(
    store: &Store,
    by: &Caller,
    sample: &Sample,
    differs: Option<&str>,
    day: NaiveDate,
) -> Result<pb::SampleCheck, risk::Error> {
    let said = sample.results.iter().map(|one| {
        let result = &one.result;
        let verdict = match differs {
            Some(uscc) if result.uscc == uscc => Verdict::Differs("整改尚未完成".to_owned()),
            _ => Verdict::Agrees,
        };
        (format!("enterprises/{}/classes/{}", result.uscc, result.field), verdict)
    });
    say(store, by, sample, said.collect(), day).await
}

/// Says something of a sample in the name of `by`.
pub(crate) async fn say(
    store: &Store,
    by: &Caller,
    sample: &Sample,
    said: Said,
    day: NaiveDate,
) -> Result<pb::SampleCheck, risk::Error> {
    let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
    let key = Key { caller: by.subject(), method: "RecordSampleCheck", request_id: &request_id };
    let body = pb::RecordSampleCheckRequest { name: sample.name(), ..Default::default() };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    let field = FieldCode::parse(&sample.field).unwrap();
    store.record_sample_check(&key, &body, by, &act, (&sample.run, &field, said)).await
}

/// Approves a run in the name of `by`.
pub(crate) async fn approve(
    store: &Store,
    by: &Caller,
    number: u32,
    id: &str,
    day: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    approve_because(store, by, number, (id, None), day).await
}

/// The same, with the reason why although a line office differs.
pub(crate) async fn approve_because(
    store: &Store,
    by: &Caller,
    number: u32,
    (id, reason): (&str, Option<&str>),
    day: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "ApproveRun", request_id: &request_id };
    let body = pb::ApproveRunRequest {
        name: format!("runs/{id}"),
        request_id: request_id.to_string(),
        reason: reason.unwrap_or_default().to_owned(),
    };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    store.approve_run(&key, &body, by, &act, (id, reason)).await
}

/// A run, from its start by wang to its approval by li.
pub(crate) async fn full_run(store: &Store, number: u32, day: NaiveDate) -> Run {
    let id = format!("run-{number}");
    create(store, &credit("wang"), number, day).await.unwrap();
    compute(store, day).await;
    approve(store, &credit("li"), number + 500_000, &id, day).await.unwrap();
    store.run(&id).await.unwrap()
}

/// All classes in effect.
pub(crate) async fn all_classes(store: &Store) -> Vec<StoredClass> {
    let filter = ClassFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: String::new(),
        code: String::new(),
        today: today(),
    };
    store.classes(&filter, &cut(10_000, "")).await.unwrap().rows
}

/// Gives a run up in the name of `by`.
pub(crate) async fn cancel(
    store: &Store,
    by: &Caller,
    number: u32,
    id: &str,
) -> Result<pb::Run, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "CancelRun", request_id: &request_id };
    let reason = "数据有误".to_owned();
    let body = pb::CancelRunRequest {
        name: format!("runs/{id}"),
        reason: reason.clone(),
        request_id: request_id.to_string(),
    };
    let act = Act::of(by, request_id.as_str(), noon(today()), store.book());
    store.cancel_run(&key, &body, by, &act, (id, &reason)).await
}

/// A page after a key.
pub(crate) fn cut(size: i64, after: &str) -> Cut {
    Cut { size, fingerprint: db::Fingerprint::of(&["test"]), after: after.to_owned() }
}

/// Events of a kind, the oldest first: request id and payload.
pub(crate) async fn events(store: &Store, kind: &str) -> Vec<(String, Vec<u8>)> {
    const SQL: &str = "
        SELECT c.request_id, e.payload FROM event e JOIN event_context c ON c.context_id = e.context_id
        WHERE e.kind = $1 ORDER BY e.outbox_id";
    on!(store.db(), |pool| sqlx::query_as(SQL).bind(kind).fetch_all(pool).await).unwrap()
}

/// Classes that were told, the oldest first: code, code before and cause.
pub(crate) async fn told(store: &Store) -> Vec<(String, String, String)> {
    let event = |(cause, payload): (String, Vec<u8>)| {
        let event = pb::ClassEvent::decode(payload.as_slice()).unwrap();
        (event.risk_class.unwrap().code, event.previous_code, cause)
    };
    events(store, "risk.class.changed").await.into_iter().map(event).collect()
}
