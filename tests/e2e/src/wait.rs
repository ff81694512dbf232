//! Waiting for conditions, with a bound. A test asks until the answer is there; it never guesses a time.

use std::time::Duration;

use contract::feed::v1::{GetCheckpointRequest, GetReadersRequest, Reader};
use db::Db;
use standalone::clients::Clients;
use tokio::time::MissedTickBehavior;

use crate::people::People;

/// Time between two questions.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(20);
/// Longest wait for anything.
const WITHIN: Duration = Duration::from_secs(300);
/// How often in a row nothing may have moved before a city counts as quiet: what a service does by itself, such as telling other
/// systems, begins within this many looks.
const QUIET_ROUNDS: usize = 25;

/// Asks until the answer is there, and says what it waited for when it never comes.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut question = tokio::time::interval(BETWEEN_QUESTIONS);
        loop {
            question.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    match tokio::time::timeout(WITHIN, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("{what}: did not come within {} s", WITHIN.as_secs()),
    }
}

/// Waits until everything accepted is sealed, every service has read all that the others have told, and nothing moves any more.
pub async fn quiet(people: &People) {
    let stores = people.open_stores().await;
    let system = people.officer("waiting", "SYSTEM");
    let mut before = Vec::new();
    let mut rounds = 0;
    let what = "every service has read what the others told";
    let asking = async {
        let mut question = tokio::time::interval(BETWEEN_QUESTIONS);
        // Missed ticks are not made up for: looks that follow at once would see nothing begin.
        question.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            question.tick().await;
            // In this order: what is sealed after the first look is in the heads of the second.
            let at_rest = at_rest(&stores).await;
            let (heads, all_read) = booked(&stores).await;
            rounds = if at_rest && all_read && heads == before { rounds + 1 } else { 0 };
            before = heads;
            // The services are asked last, for readers that have booked nothing yet and for what was set aside.
            if rounds >= QUIET_ROUNDS && positions(&system).await.1 {
                return;
            }
        }
    };
    let waited = tokio::time::timeout(WITHIN, asking).await;
    for (_, store) in stores {
        store.close().await;
    }
    if waited.is_err() {
        let (heads, _) = positions(&system).await;
        panic!(
            "{what}: not within {} s; heads {heads:?}, readers {:?}",
            WITHIN.as_secs(),
            readers(&system).await
        );
    }
}

/// Whether no service has an accepted event that is not sealed, nor an enterprise to class anew. Neither shows in a feed yet.
async fn at_rest(stores: &[(&'static str, Db)]) -> bool {
    for (service, store) in stores {
        let mut waiting = count(store, "SELECT COUNT(*) FROM event_pending").await;
        if *service == "risk" {
            waiting += count(store, "SELECT COUNT(*) FROM rescore_due").await;
        }
        if waiting > 0 {
            return false;
        }
    }
    true
}

/// The heads of the feeds as they are booked, and whether every reader has booked that it came so far.
async fn booked(stores: &[(&'static str, Db)]) -> (Vec<(&'static str, i64)>, bool) {
    let mut heads = Vec::new();
    for (service, store) in stores {
        heads.push((*service, count(store, "SELECT seq FROM feed_head").await));
    }
    let head_of = |feed: &str| heads.iter().find(|(name, _)| *name == feed).map_or(0, |(_, seq)| *seq);
    let mut all_read = true;
    for (_, store) in stores {
        let cursors: Result<Vec<(String, i64)>, sqlx::Error> =
            db::on!(store, |pool| sqlx::query_as("SELECT feed, seq FROM feed_cursor").fetch_all(pool).await);
        let cursors = cursors.expect("the tables of a running service can be read");
        all_read &= cursors.iter().all(|(feed, seq)| *seq >= head_of(feed));
    }
    (heads, all_read)
}

async fn count(store: &Db, sql: &'static str) -> i64 {
    let counted: Result<i64, sqlx::Error> =
        db::on!(store, |pool| sqlx::query_scalar(sql).fetch_one(pool).await);
    counted.expect("the tables of a running service can be counted")
}

/// The head of every feed, and whether all readers have come to the heads.
async fn positions(system: &Clients) -> (Vec<(&'static str, i64)>, bool) {
    let heads = heads(system).await;
    let readers = readers(system).await;
    if let Some((service, parked)) = readers.iter().find(|(_, reader)| reader.parked > 0) {
        panic!("{service}: `{}` has set an event aside: {}", parked.name, parked.first_problem);
    }
    let head_of = |feed: &str| heads.iter().find(|(name, _)| *name == feed).map_or(0, |(_, seq)| *seq);
    let all_read = readers.iter().all(|(_, reader)| reader.seq >= head_of(&reader.feed));
    (heads, all_read)
}

/// The last sealed position of every feed.
pub async fn heads(system: &Clients) -> Vec<(&'static str, i64)> {
    let mut heads = Vec::new();
    for (service, mut feed) in system.feeds() {
        let head =
            feed.get_checkpoint(GetCheckpointRequest {}).await.expect("a feed tells its head").into_inner();
        heads.push((service, head.seq));
    }
    heads
}

/// All readers of all services.
async fn readers(system: &Clients) -> Vec<(&'static str, Reader)> {
    let mut all = Vec::new();
    for (service, mut feed) in system.feeds() {
        let of_service =
            feed.get_readers(GetReadersRequest {}).await.expect("a service tells its readers").into_inner();
        all.extend(of_service.readers.into_iter().map(|reader| (service, reader)));
    }
    all
}
