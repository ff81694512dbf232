//! Waiting for conditions, with a bound. A test asks until the answer is there; it never guesses a time.

use std::time::Duration;

use contract::feed::v1::{GetCheckpointRequest, GetReadersRequest, Reader};
use standalone::clients::Clients;

use crate::people::People;

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest wait for anything.
const WITHIN: Duration = Duration::from_secs(120);
/// How often in a row nothing may have moved before a city counts as quiet. The sealer looks five times a second: an accepted
/// event that is not sealed yet shows within this many pauses.
const QUIET_ROUNDS: usize = 25;

/// Asks until the answer is there, and says what it waited for when it never comes.
pub async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(WITHIN, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("{what}: did not come within {} s", WITHIN.as_secs()),
    }
}

/// Waits until every service has read all that the others have told, and nothing moves any more.
pub async fn quiet(people: &People) {
    let system = people.officer("waiting", "SYSTEM");
    let mut before = Vec::new();
    let mut rounds = 0;
    let what = "every service has read what the others told";
    let asking = async {
        loop {
            let (heads, all_read) = positions(&system).await;
            rounds = if all_read && heads == before { rounds + 1 } else { 0 };
            if rounds >= QUIET_ROUNDS {
                return;
            }
            before = heads;
            tokio::time::sleep(PAUSE).await;
        }
    };
    if tokio::time::timeout(WITHIN, asking).await.is_err() {
        let (heads, _) = positions(&system).await;
        panic!(
            "{what}: not within {} s; heads {heads:?}, readers {:?}",
            WITHIN.as_secs(),
            readers(&system).await
        );
    }
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
