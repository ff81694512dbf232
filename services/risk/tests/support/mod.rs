//! What the tests of risk share: a store, callers, and what is told, computed and decided there.

mod evidence;
mod model;
mod run;

use std::sync::{Arc, LazyLock};

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use db::{Db, on};
use domain::{DivisionCode, MicrosUtc, OfficeCode, RequestId};
use outbox::{Entropy, Origin, Outbox};
use prost::Message;
use risk::domain::engine::Models;
use risk::rules;
use risk::store::{Act, Cut, MIGRATIONS, Store};
use rulebook::Rulebook;
use service::auth::{Caller, Fields};

pub(crate) use evidence::*;
pub(crate) use model::*;
pub(crate) use run::*;

/// A store on a migrated database.
pub(crate) async fn store(db: Db) -> Store {
    // Read once for the hundreds of stores.
    static MODELS: LazyLock<Arc<Models>> =
        LazyLock::new(|| Arc::new(rules::models(&Rulebook::builtin()).unwrap()));
    store_by(db, Rulebook::builtin(), MODELS.clone()).await
}

/// The shipped rules with another line in the table of parameters.
pub(crate) fn book_with(from: &str, to: &str) -> Arc<Rulebook> {
    let changed = |(path, bytes): (String, Vec<u8>)| {
        if path != "parameters.csv" {
            return (path, bytes);
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "`{from}` stands in the table");
        (path, text.replace(from, to).into_bytes())
    };
    Arc::new(Rulebook::from_archive(Rulebook::builtin().archive().into_iter().map(changed)).unwrap())
}

/// A store that judges by other rules.
pub(crate) async fn store_by(db: Db, book: Arc<Rulebook>, models: impl Into<Arc<Models>>) -> Store {
    let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &MIGRATIONS];
    let db = db::testing::migrated(db, &sets).await;
    let origin = Origin { deployment: "test".to_owned(), service: "risk".to_owned() };
    let files = book.clone();
    let store = Store::new(db, Outbox::new(origin, Entropy::system()), book, models.into());
    let store = store.register_models(&rules::model_files(&files), &start()).await.unwrap();
    store.keep_up_with_models().await.unwrap();
    store
}

/// What the service does when it starts.
fn start() -> Act {
    Act::of_system("start", noon(today()), &Rulebook::builtin())
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

/// A request id for a number.
pub(crate) fn request(number: u32) -> RequestId {
    RequestId::parse(&format!("6f1c0a52-0f0e-4b7e-9d57-{number:012}")).unwrap()
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
