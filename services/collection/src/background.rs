//! What collection does between requests, beside importing files and following others: handing records over for publication,
//! carrying them to the publicity system and to Credit China, and ending what has been shown for its term.

use std::time::Duration;

use exchange::{Dispatcher, RetryPolicy, Sink, credit_china, publicity};
use feed::Host;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::Config;
use crate::store::{Act, PublicationOwner, Store};

/// Names of the jobs, in logs and as the cause in events.
const SUBMIT: &str = "record-publication";
const TERMS: &str = "publication-terms";
/// Pause between two looks for records to hand over.
const SUBMIT_INTERVAL: Duration = Duration::from_secs(2);
/// Batches of one look: with the pause between, imports get the database most of the time.
const SUBMIT_BATCHES: usize = 5;
/// Pause between two looks for terms: an end is told this long after midnight at the latest, and read at once.
const TERMS_INTERVAL: Duration = Duration::from_secs(600);

/// Publishes records. Without a way to any receiver nothing is handed over, and the log says so once.
///
/// # Errors
/// When a folder cannot be made, or an address is none.
pub(crate) fn publish(host: &mut Host, config: &Config, store: &Store) -> anyhow::Result<()> {
    let ways = [
        (publicity::RECEIVER, config.publicity.sink()?),
        (credit_china::RECEIVER, config.credit_china.sink()?),
    ];
    end_terms(host, store);
    if ways.iter().all(|(_, sink)| sink.is_none()) {
        tracing::warn!("no way to a receiver is set: records to be published wait as `Attached`");
        return Ok(());
    }
    for (receiver, sink) in ways {
        match sink {
            Some(sink) => carry(host, store, receiver, sink),
            None => tracing::warn!(receiver, "no way to `{receiver}` is set: what it is told waits"),
        }
    }
    submit(host, store);
    Ok(())
}

fn carry(host: &mut Host, store: &Store, receiver: &'static str, sink: Sink) {
    let (db, clock) = (host.db().clone(), host.clock());
    let owner = PublicationOwner::new(store.clone(), clock);
    let dispatcher = Dispatcher::new(db, receiver, sink, owner, RetryPolicy::default());
    let until = host.shutdown().token();
    host.tasks().run(receiver, async move {
        dispatcher.run(move || clock.now(), StdRng::from_os_rng(), until).await;
    });
}

fn submit(host: &mut Host, store: &Store) {
    let (store, clock) = (store.clone(), host.clock());
    host.tasks().every(SUBMIT, SUBMIT_INTERVAL, move || {
        let store = store.clone();
        async move {
            for _ in 0..SUBMIT_BATCHES {
                let act = Act::of_system(SUBMIT, clock.now(), store.book());
                if store.submit_due(&act).await? == 0 {
                    break;
                }
            }
            Ok::<(), service::Error>(())
        }
    });
}

fn end_terms(host: &mut Host, store: &Store) {
    let (store, clock) = (store.clone(), host.clock());
    host.tasks().every(TERMS, TERMS_INTERVAL, move || {
        let store = store.clone();
        async move {
            let act = Act::of_system(TERMS, clock.now(), store.book());
            // What ends is ended, whatever becomes of the laws.
            let followed = store.follow_confirmed_laws(&act).await;
            store.expire_publications(&act).await?;
            followed.map(drop)
        }
    });
}
