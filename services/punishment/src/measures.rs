//! What this service does about joint measures between requests: carrying them to the systems that take them, noticing what days bring,
//! and deriving what records trigger.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use domain::RequestId;
use exchange::notice::MeasureNotice;
use exchange::{Dispatcher, RetryPolicy, Sink};
use feed::Host;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rulebook::Rulebook;
use tokio::sync::Mutex;

use crate::config::Config;
use crate::error::Error;
use crate::store::{Act, MeasureOwner, Store};

/// Name of the job, in logs and as the cause in events.
const CARE: &str = "measures";
/// Pause between two looks: an overdue report is marked this long after midnight at the latest.
const CARE_INTERVAL: Duration = Duration::from_secs(3600);

/// Name of the job that has measures follow the records, in logs and as the cause in events.
const RECORDS: &str = "measures-of-records";
/// Pause between two looks at what records trigger: one statement over an index of what is left to do.
const RECORDS_INTERVAL: Duration = Duration::from_millis(250);

/// Pause after a look that left something: a record that cannot be read, or a copy that is being made again.
const RECORDS_PAUSE: Duration = Duration::from_secs(5);

/// The licensing and supervision systems, in the rulebook.
const APPROVAL: &str = "approval";
/// The city's credit platform, in the rulebook.
const CREDIT_PLATFORM: &str = "credit-platform";
/// The platform of public resource trading, in the rulebook.
const PROCUREMENT: &str = "procurement";

/// Carries measures and their ends, and looks after them. Without a way to a system, what it is to be told waits, and the log says so.
///
/// # Errors
/// When a folder cannot be made, or an address is none.
pub(crate) fn keep(host: &mut Host, config: &Config, store: &Store) -> anyhow::Result<()> {
    let ways = [
        (APPROVAL, config.approval.sink()?),
        (CREDIT_PLATFORM, config.credit_platform.sink()?),
        (PROCUREMENT, config.procurement.sink()?),
    ];
    for (receiver, sink) in ways {
        match sink {
            Some(sink) => carry(host, store, receiver, sink),
            None => {
                tracing::warn!(receiver, "no way to `{receiver}` is set: measures that it is to take wait")
            }
        }
    }
    for receiver in without_way(host.book(), &[APPROVAL, CREDIT_PLATFORM, PROCUREMENT]) {
        tracing::error!(
            receiver,
            "the city's list names `{receiver}`, and no setting leads there: measures that it is to take wait, and their ends"
        );
    }
    for item in host.book().all_measures().iter().filter(|item| item.by_officer) {
        let (code, trigger) = (&item.code, &item.trigger);
        tracing::info!(
            code,
            trigger,
            "nothing here tells of `{trigger}`: officers apply `{code}`, no check names it"
        );
    }
    care(host, store);
    follow_records(host, store);
    Ok(())
}

/// Systems that the city's list names, in whatever version, and that none of the settings leads to.
fn without_way<'b>(book: &'b Rulebook, ways: &[&str]) -> BTreeSet<&'b str> {
    let named = book.all_measures().iter().flat_map(|item| &item.receivers);
    named.map(String::as_str).filter(|receiver| !ways.contains(receiver)).collect()
}

fn carry(host: &mut Host, store: &Store, receiver: &'static str, sink: Sink) {
    let (db, clock) = (host.db().clone(), host.clock());
    let owner = MeasureOwner::new(store.clone(), clock);
    // Whoever was told of a measure applies it until it is told the end, however long it was away.
    let policy = RetryPolicy { until_taken: Some(MeasureNotice::END), ..RetryPolicy::default() };
    let dispatcher = Dispatcher::new(db, receiver, sink, owner, policy);
    let until = host.shutdown().token();
    host.tasks().run(receiver, async move {
        dispatcher.run(move || clock.now(), StdRng::from_os_rng(), until).await;
    });
}

/// It may run in several replicas: a measure that has moved meanwhile is left alone.
fn care(host: &mut Host, store: &Store) {
    let (store, clock) = (store.clone(), host.clock());
    host.tasks().every(CARE, CARE_INTERVAL, move || {
        let store = store.clone();
        async move {
            let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
            let act = Act::of_system(CARE, &request_id, clock.now());
            while store.care_for_measures(&act).await? > 0 {}
            Ok::<_, Error>(())
        }
    });
}

/// What the job that follows the records knows from one look to the next.
#[derive(Debug, Default)]
struct Followed {
    /// The day whose passing has ended what it ends.
    day: Option<NaiveDate>,
    /// When something is looked at again; at once where nothing was left.
    not_before: Option<Instant>,
}

/// What records trigger, as collection told it. It may run in several replicas: of two that look at one record, the second waits and
/// finds nothing left to do.
fn follow_records(host: &mut Host, store: &Store) {
    let (store, clock) = (store.clone(), host.clock());
    let followed = Arc::new(Mutex::new(Followed::default()));
    host.tasks().every(RECORDS, RECORDS_INTERVAL, move || {
        let (store, followed) = (store.clone(), followed.clone());
        async move {
            let mut followed = followed.lock().await;
            if followed.not_before.is_some_and(|then| Instant::now() < then) {
                return Ok(());
            }
            let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
            let act = Act::of_system(RECORDS, &request_id, clock.now());
            let mut whole = store.measures_follow_records(&act).await?;
            if followed.day != Some(act.today()) {
                let ended = store.measures_end_with_day(&act).await?;
                followed.day = ended.then(|| act.today());
                whole &= ended;
            }
            followed.not_before = (!whole).then(|| Instant::now() + RECORDS_PAUSE);
            Ok::<_, Error>(())
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_of_the_list_has_a_setting_and_one_that_has_none_is_named() {
        let book = Rulebook::builtin();
        assert!(without_way(&book, &[APPROVAL, CREDIT_PLATFORM, PROCUREMENT]).is_empty());
        assert_eq!(without_way(&book, &[APPROVAL, CREDIT_PLATFORM]), BTreeSet::from([PROCUREMENT]));
    }
}
