//! Who has just changed something through this replica of the gateway, and must see it here.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
    time::Duration,
};

use contract::{access::path_of, descriptors};
use tokio::time::Instant;

/// How long whoever has changed something is shown nothing that is kept: longer than an event takes from a service to here.
const GRACE: Duration = Duration::from_secs(5);
/// Callers that are remembered.
const MOST: usize = 10_000;
/// Paths of the RPCs that change something: their messages carry a `request_id`.
static CHANGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rpcs = descriptors().services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let mut paths: Vec<String> = rpcs
        .filter(|rpc| rpc.input().get_field_by_name("request_id").is_some())
        .map(|rpc| path_of(&rpc))
        .collect();
    paths.sort();
    paths
});

/// Whether the RPC of this path (`/package.Service/Method`) changes something.
pub(crate) fn changes(path: &str) -> bool {
    CHANGES.binary_search_by(|known| known.as_str().cmp(path)).is_ok()
}

/// Callers by when they changed something last.
#[derive(Debug, Default)]
pub(super) struct Writers(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    callers: HashMap<String, Instant>,
    /// When somebody changed something who found no place.
    others: Option<Instant>,
}

impl Writers {
    /// A caller changes something.
    pub(super) fn note(&self, caller: &str, now: Instant) {
        let mut remembered = self.0.lock().expect("nothing panics while it holds the callers");
        if let Some(last) = remembered.callers.get_mut(caller) {
            *last = now;
            return;
        }
        if remembered.callers.len() >= MOST {
            remembered.callers.retain(|_, last| within(*last, now));
        }
        if remembered.callers.len() >= MOST {
            remembered.others = Some(now);
        } else {
            remembered.callers.insert(caller.to_owned(), now);
        }
    }

    /// Whether a caller has just changed something, or may have.
    pub(super) fn wrote(&self, caller: &str, now: Instant) -> bool {
        let remembered = self.0.lock().expect("nothing panics while it holds the callers");
        let last = remembered.callers.get(caller);
        last.is_some_and(|last| within(*last, now)) || remembered.others.is_some_and(|last| within(last, now))
    }
}

fn within(last: Instant, now: Instant) -> bool {
    now.saturating_duration_since(last) < GRACE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpc_that_carries_a_request_id_changes_something_and_others_do_not() {
        assert!(changes("/xinjian.registry.v1.Marks/ConfirmMarks"), "{:?}", *CHANGES);
        assert!(changes("/xinjian.registry.v1.Enterprises/ImportEnterprises"));
        assert!(!changes("/xinjian.registry.v1.Enterprises/GetEnterprise"));
        assert!(!changes("/xinjian.feed.v1.Feed/Subscribe"));
        assert!(!changes(""));
    }

    #[test]
    fn a_caller_counts_as_a_writer_for_a_while_and_others_do_not() {
        let (writers, now) = (Writers::default(), Instant::now());
        writers.note("wang", now);
        assert!(writers.wrote("wang", now));
        assert!(!writers.wrote("li", now));
        assert!(!writers.wrote("wang", now + GRACE));
    }

    #[test]
    fn when_there_are_too_many_to_remember_everybody_counts_as_one() {
        let (writers, now) = (Writers::default(), Instant::now());
        for caller in 0..=MOST {
            writers.note(&caller.to_string(), now);
        }
        assert!(writers.wrote("li", now));
        assert!(!writers.wrote("li", now + GRACE));
        writers.note("li", now + GRACE);
        assert_eq!(writers.0.lock().unwrap().callers.len(), 1);
    }
}
