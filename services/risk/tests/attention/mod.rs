//! Complaints, scans, signals and flags on both engines.

mod flags;
mod scans;

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use db::on;
use risk::Error;
use risk::domain::attention::Signal;
use risk::domain::signal::Finding;
use risk::machines::attention::State;
use risk::store::{
    Act, ComplaintBatch, ComplaintFact, Decision, Ended, MarkFact, PartyFact, SignalFilter, Store,
};
use service::auth::Caller;
use service::idempotency::Key;

use crate::support::{caller, credit, cut, noon, request, today, uscc};

/// Producers of the town; those from [`LOUD`] on are complained of.
const TOWN: u32 = 40;
/// The enterprise that people complain of.
const LOUD: u32 = 7;

/// A town of producers where hardly anybody complains.
fn town() -> ComplaintBatch {
    let mut batch = ComplaintBatch::default();
    for number in 0..TOWN {
        let party = PartyFact { division: "370102".to_owned(), capital_fen: 0 };
        batch.parties.insert(uscc(number), party);
        let mark = MarkFact { carried: true, category: "OrdinaryFood".to_owned() };
        batch.marks.insert((uscc(number), "FOOD".to_owned()), mark);
    }
    for number in 20..26 {
        complain(&mut batch, number, &format!("quiet{number}"), 40);
    }
    batch
}

/// One complaint about expired food, so many days ago.
fn complain(batch: &mut ComplaintBatch, number: u32, event: &str, days: u64) {
    let fact = ComplaintFact {
        uscc: uscc(number),
        field: "FOOD".to_owned(),
        event: format!("12345/{event}"),
        accepted_on: today() - Days::new(days),
        topic: "食品过期".to_owned(),
        finding: Finding::Open,
    };
    batch.tickets.insert(format!("tickets/{event}"), Some(fact));
}

/// A town in which ten people complain of one enterprise.
fn loud_town() -> ComplaintBatch {
    let mut batch = town();
    for caller in 0..10 {
        complain(&mut batch, LOUD, &format!("loud{caller}"), 5 + caller);
    }
    batch
}

async fn take_in(store: &Store, batch: &ComplaintBatch) {
    let mut tx = store.db().begin_write().await.unwrap();
    store.apply_complaints(&mut tx, batch).await.unwrap();
    tx.commit().await.unwrap();
}

async fn scan(store: &Store, number: u32, day: NaiveDate) -> pb::Scan {
    let by = credit("wang");
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "RunScan", request_id: &request_id };
    let body = pb::RunScanRequest { as_of: day.to_string(), request_id: request_id.to_string() };
    let act = Act::of(&by, request_id.as_str(), noon(day).plus_micros(number.into()), store.book());
    store.run_scan(&key, &body, &act, &format!("scan-{number}"), day).await.unwrap()
}

/// Decides in the name of `by` on a day.
async fn decide(
    store: &Store,
    by: &Caller,
    number: u32,
    day: NaiveDate,
    (id, decision): (&str, Decision),
) -> Result<pb::Flag, Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "Decide", request_id: &request_id };
    let body = pb::TakeSignalRequest { name: format!("signals/{id}"), request_id: request_id.to_string() };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    let shown = |signal: &Signal| pb::Flag { state: signal.state.as_str().to_owned(), ..pb::Flag::default() };
    store.decide((&key, &body), by, &act, (id, &decision), shown).await
}

fn officer() -> Caller {
    caller("zhao", "FOOD_PROD", "370100")
}

async fn all(store: &Store, states: &[State], ended: Ended) -> Vec<Signal> {
    let filter = SignalFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: String::new(),
        states: states.to_vec(),
        ended,
    };
    store.signals(&filter, &cut(100, "")).await.unwrap().rows
}

async fn everything(store: &Store) -> Vec<Signal> {
    all(store, &State::all().collect::<Vec<_>>(), Ended::Listed).await
}

/// A town with one signal.
async fn raised(store: &Store) -> Signal {
    take_in(store, &loud_town()).await;
    assert_eq!(scan(store, 1, today()).await.raised, 1);
    everything(store).await.pop().unwrap()
}

/// A town with one flag, confirmed today.
async fn flagged(store: &Store) -> Signal {
    let signal = raised(store).await;
    decide(store, &officer(), 101, today(), (&signal.id, Decision::Take)).await.unwrap();
    let confirm = Decision::Confirm("多人投诉同一问题".to_owned());
    decide(store, &officer(), 102, today(), (&signal.id, confirm)).await.unwrap();
    store.signal(&signal.id).await.unwrap()
}

async fn open_duties(store: &Store, kind: &str) -> Vec<(String, Option<String>)> {
    const SQL: &str =
        "SELECT office, due_on FROM obligation WHERE kind = $1 AND done_on IS NULL ORDER BY subject";
    on!(store.db(), |pool| sqlx::query_as(SQL).bind(kind).fetch_all(pool).await).unwrap()
}
