//! Putting the service together: records, copy in memory, loops, server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::domain::RequestId;
use anyhow::Context;
use exchange::publicity::RECEIVER;
use exchange::{DeliveryService, Dispatcher, RetryPolicy};
use feed::{Follower, Host};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rulebook::Rulebook;
use service::{Clock, Shutdown, Tasks};
use tokio::net::TcpListener;

use crate::api;
use crate::config::Config;
use crate::error::Error;
use crate::follow::{BasisFell, Flags, Names, PartyEnded, Penalties, SuspectByResult};
use crate::index::{PartyIndex, REFRESH_INTERVAL};
use crate::receipts::Receipts;
use crate::store::{Act, Shown, Store};

/// Pause between two looks for grants that every chain has carried out.
const REPAIR_INTERVAL: Duration = Duration::from_secs(60);
/// Pause between two looks for terms that are over. Reads compute the end from dates, so this only books it.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(3600);

/// Serves on a bound listener until the shutdown begins.
///
/// # Errors
/// When the service cannot start, or its server fails.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let book = match &config.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let tables = [&exchange::MIGRATIONS, &crate::MIGRATIONS];
    let mut host = Host::open("punishment", &config.server, &config.host, &tables, book, shutdown).await?;
    let clock = host.clock();
    let store = Store::new(host.db().clone(), host.outbox(), host.book().clone());
    let index = Arc::new(PartyIndex::default());
    index.refresh(&store, clock.now()).await?;
    keep_index_fresh(host.tasks(), &index, &store, clock);
    end_terms(host.tasks(), &store, clock);
    look_daily(host.tasks(), &store, clock);
    publish(&mut host, &config)?;
    book_repairs(host.tasks(), &store, clock);
    crate::measures::keep(&mut host, &config, &store)?;
    host.follow(config.inspection_url.as_deref(), "inspection", |db, source| {
        Follower::reaction(db, source, SuspectByResult::new(store.clone(), clock))
    })?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::reaction(db, source, BasisFell::new(store.clone(), clock))
    })?;
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::reaction(db, source, PartyEnded::new(store.clone(), clock))
    })?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::projection(db, source, Penalties::new(store.clone()))
    })?;
    let deliveries = DeliveryService::new(host.db().clone(), host.outbox(), host.book().clone(), clock);
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::projection(db, source, Names)
    })?;
    host.follow(config.risk_url.as_deref(), "risk", |db, source| Follower::projection(db, source, Flags))?;
    let receipts = receipts(host.tasks(), config.host.checkpoint_key.as_deref(), &store, clock)?;
    let figures = host.figures(crate::store::FIGURES);
    let served = host.serve(listener, |server| {
        let server = server.with(deliveries.into_service()).with(figures.into_service());
        api::add_all(server, &store, &index, receipts, clock)
    });
    Ok(served.await?)
}

fn keep_index_fresh(tasks: &mut Tasks, index: &Arc<PartyIndex>, store: &Store, clock: Clock) {
    let (index, store) = (index.clone(), store.clone());
    tasks.keep("party index", move |shutdown| {
        let (index, store) = (index.clone(), store.clone());
        async move { index.follow(&store, clock, REFRESH_INTERVAL, shutdown).await }
    });
}

/// Receipts signed with the service's key, if it has one.
fn receipts(tasks: &mut Tasks, key: Option<&Path>, store: &Store, clock: Clock) -> anyhow::Result<Receipts> {
    let Some(key) = key else {
        tracing::info!("no key is set: checks of parties are answered without receipts");
        return Ok(Receipts::unsigned());
    };
    let signer = Arc::new(crypto::signer::load(key)?);
    let (receipts, making) = Receipts::signed_by(signer, store.clone(), clock);
    tasks.run("receipts", making);
    Ok(receipts)
}

/// A step that the system takes alone. It may run in several replicas: a case that is no longer published is left alone.
fn end_terms(tasks: &mut Tasks, store: &Store, clock: Clock) {
    let store = store.clone();
    tasks.every("end of terms", EXPIRY_INTERVAL, move || {
        let store = store.clone();
        async move {
            let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
            let act = Act::of_system("end-of-terms", &request_id, clock.now());
            while store.expire_cases(&act).await? > 0 {}
            Ok::<_, Error>(())
        }
    });
}

/// Looks for what a day brings to the directory: reports that were not published in time, and entries that have stood for long. The
/// system suspects, tells and reminds; officers decide. What was entered against a party behind its end, it ends.
fn look_daily(tasks: &mut Tasks, store: &Store, clock: Clock) {
    let store = store.clone();
    tasks.every("directory", EXPIRY_INTERVAL, move || {
        let store = store.clone();
        async move {
            let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
            let act = Act::of_system("directory", &request_id, clock.now());
            while store.suspect_missing_reports(&act).await? > 0 {}
            store.tell_long_stays(&act).await?;
            store.ask_for_revocations(&act).await?;
            while store.end_entries_of_the_ended(&act).await? > 0 {}
            Ok::<_, Error>(())
        }
    });
}

/// Carries entries to the publicity system. Without a way to it they wait, and the log says so once.
fn publish(host: &mut Host, config: &Config) -> anyhow::Result<()> {
    let Some(sink) = config.publicity.sink()? else {
        tracing::warn!("no way to the publicity system is set: entries wait to be shown there");
        return Ok(());
    };
    let dispatcher = Dispatcher::new(host.db().clone(), RECEIVER, sink, Shown, RetryPolicy::default());
    let (clock, until) = (host.clock(), host.shutdown().token());
    host.tasks().run("publicity", async move {
        dispatcher.run(move || clock.now(), StdRng::from_os_rng(), until).await;
    });
    Ok(())
}

/// Books what the chains have carried out, as collection told; in several replicas too.
fn book_repairs(tasks: &mut Tasks, store: &Store, clock: Clock) {
    let store = store.clone();
    tasks.every("grants carried out", REPAIR_INTERVAL, move || {
        let store = store.clone();
        async move {
            let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
            let act = Act::of_system("book-repairs", &request_id, clock.now());
            store.execute_repairs(&act).await.map(drop)
        }
    });
}
