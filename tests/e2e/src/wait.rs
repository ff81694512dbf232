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
/// Time between two looks at a whole city, each a dozen statements: seldom enough that who waits does not keep the city from coming to rest.
const BETWEEN_LOOKS: Duration = Duration::from_millis(60);
/// How often in a row nothing may have moved before a city counts as quiet: 1.5 s at least. What a service does by itself begins within
/// that time: telling other systems rests for a second where there was nothing to tell.
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
        let mut question = tokio::time::interval(BETWEEN_LOOKS);
        // Missed ticks are not made up for: looks that follow at once would see nothing begin.
        question.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            question.tick().await;
            let (at_rest, heads, all_read) = look(&stores).await;
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

/// Whether nothing waits anywhere that shows in no feed yet, the heads of the feeds as they are booked, and whether every reader has
/// booked that it came so far. Each store is asked once: a wait asks many times.
async fn look(stores: &[(&'static str, Db)]) -> (bool, Vec<(&'static str, i64)>, bool) {
    let mut at_rest = true;
    let (mut heads, mut cursors) = (Vec::new(), Vec::new());
    for (service, store) in stores {
        at_rest &= *service != "risk" || nobody_is_due(store).await;
        for (what, number) in booked(store).await {
            match what.as_str() {
                WAITING => at_rest &= number == 0,
                HEAD => heads.push((*service, number)),
                _ => cursors.push((what, number)),
            }
        }
    }
    let head_of = |feed: &str| heads.iter().find(|(name, _)| *name == feed).map_or(0, |(_, seq)| *seq);
    let all_read = cursors.iter().all(|(feed, seq)| *seq >= head_of(feed));
    (at_rest, heads, all_read)
}

/// What [`booked`] calls the number of accepted events that are not sealed, and the head of the service's own feed.
const WAITING: &str = "waiting";
const HEAD: &str = "head";

/// Numbers of one moment by what they are: [`WAITING`], [`HEAD`], and for each reader its feed with how far it came.
async fn booked(store: &Db) -> Vec<(String, i64)> {
    const SQL: &str = "
        SELECT CAST('waiting' AS TEXT), COUNT(*) FROM event_pending
        UNION ALL SELECT CAST('head' AS TEXT), seq FROM feed_head
        UNION ALL SELECT CAST(feed AS TEXT), seq FROM feed_cursor";
    let booked: Result<Vec<(String, i64)>, sqlx::Error> =
        db::on!(store, |pool| sqlx::query_as(SQL).fetch_all(pool).await);
    booked.expect("the tables of a running service can be read")
}

/// Whether no enterprise is to be classed anew.
async fn nobody_is_due(risk: &Db) -> bool {
    const SQL: &str = "SELECT COUNT(*) FROM rescore_due";
    let due: Result<i64, sqlx::Error> = db::on!(risk, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await);
    due.expect("the tables of a running service can be counted") == 0
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
