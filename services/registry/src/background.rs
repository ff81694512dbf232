//! What the registry does between requests, beside following collection: telling the publicity system, and noticing terms
//! that begin or end.

use std::sync::Arc;
use std::time::Duration;

use exchange::publicity::RECEIVER;
use exchange::{Dispatcher, RetryPolicy};
use feed::Host;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::Config;
use crate::store::{Act, PublicityOwner, Store};

/// Name of the job that looks for terms, in logs and as the cause in events.
const TERMS: &str = "licence-terms";
/// Pause between two looks: a day's terms are seen this long after midnight at the latest.
const TERMS_INTERVAL: Duration = Duration::from_secs(600);

/// Carries marks to the publicity system. Without a way to it they wait, and the log says so once.
///
/// # Errors
/// When the folder cannot be made, or the address is none.
pub(crate) fn publish(host: &mut Host, config: &Config, store: &Arc<Store>) -> anyhow::Result<()> {
    let Some(sink) = config.publicity.sink()? else {
        tracing::warn!("no way to the publicity system is set: confirmed marks wait as `PushPending`");
        return Ok(());
    };
    let (db, clock) = (host.db().clone(), host.clock());
    let owner = PublicityOwner::new(store.clone(), clock);
    let dispatcher = Dispatcher::new(db, RECEIVER, sink, owner, RetryPolicy::default());
    let until = host.shutdown().token();
    host.tasks().run("publicity", async move {
        dispatcher.run(move || clock.now(), StdRng::from_os_rng(), until).await;
    });
    Ok(())
}

/// Reads the names before anybody searches them: the first search finds them there.
pub(crate) fn read_names(host: &mut Host, store: &Arc<Store>) {
    let store = store.clone();
    host.tasks().run("names", async move {
        if let Err(error) = store.read_names().await {
            tracing::warn!(%error, "the names could not be read; the first search reads them");
        }
    });
}

/// Brings marks in line on every day on which terms begin or end.
pub(crate) fn notice_terms(host: &mut Host, store: &Arc<Store>) {
    let (store, clock) = (store.clone(), host.clock());
    host.tasks().every(TERMS, TERMS_INTERVAL, move || {
        let store = store.clone();
        async move {
            let act = Act::of_system(TERMS, clock.now(), store.book());
            let marks = store.run_due(&act).await;
            // After the licences: a letter lapses with the last of them. Where one part fails, the others are done all the same.
            let letters = store.lapse_commitments(&act).await;
            let retention = store.notice_retention(&act).await;
            let limits = store.notice_limits(&act).await;
            [marks, letters, retention, limits].into_iter().try_for_each(|done| done.map(drop))
        }
    });
}
