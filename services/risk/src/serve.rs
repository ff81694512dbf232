//! Puts the parts together and serves until the shutdown begins.

use std::sync::Arc;

use anyhow::Context;
use contract::client::{Timeouts, channel};
use contract::common::v1::work_server::WorkServer;
use contract::risk::v1::{
    classes_server::ClassesServer, models_server::ModelsServer, runs_server::RunsServer,
};
use db::Db;
use feed::{FeedServer, Follower, Source, Wake};
use outbox::{Entropy, Origin, Outbox, Sealer};
use rulebook::Rulebook;
use service::auth::{Caller, TokenSource};
use service::obligation::{self, WorkService};
use service::peer::Peer;
use service::{Clock, Server, Shutdown, Tasks};
use tokio::net::TcpListener;

use crate::Config;
use crate::api::Api;
use crate::follow::Evidence;
use crate::jobs::{self, Bells};
use crate::rules;
use crate::store::{self, Act, Store};

/// Name of the service, of its feed and of its reader.
const NAME: &str = "risk";

/// Serves on a bound listener until the shutdown begins and open requests have ended.
///
/// # Errors
/// When a model, the database, the keys or the listener cannot be used.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let clock = Clock::System;
    let book = match &config.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let store = open(&config, &book).await?;
    prepare(&store, clock).await?;

    let mut tasks = Tasks::new(shutdown.clone());
    let sealer = Sealer::new(store.db().clone());
    let wake = Wake::in_process(sealer.sealed());
    let bells = Bells::default();
    jobs::spawn(&mut tasks, &store, clock, &bells);
    follow(&mut tasks, &config, &store, &bells)?;
    // Not one of the tasks: it seals what the last of them write.
    let stop_sealing = Shutdown::new();
    let sealing = tokio::spawn({
        let stop = stop_sealing.clone();
        async move { sealer.run(stop.begun()).await }
    });

    let feed = FeedServer::new(store.db().clone(), NAME, may_see, wake, shutdown.clone());
    let api = Api::new(store.clone(), clock, bells.runs_wait.clone());
    let server = Server::new(NAME, &config.server, book, clock)?
        .with(ModelsServer::new(api.clone()))
        .with(ClassesServer::new(api.clone()))
        .with(RunsServer::new(api))
        .with(feed.into_service())
        .with(WorkServer::new(WorkService::new(store.db().clone(), clock)))
        .healthy_with(store.db());
    let served = server.serve(listener, shutdown.clone()).await;

    // Also when the server failed: nothing may go on behind a service that is gone.
    shutdown.begin();
    tasks.drain(config.server.limits.drain_timeout()).await;
    stop_sealing.begin();
    sealing.await.context("the sealer ended with a panic")?;
    store.db().close().await;
    Ok(served?)
}

/// Opens and migrates the database, and reads the models.
async fn open(config: &Config, book: &Arc<Rulebook>) -> anyhow::Result<Store> {
    let models = Arc::new(rules::models(book).context("a model cannot be used")?);
    let db = Db::open(&config.server.database).await?;
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &store::MIGRATIONS]).await?;
    let origin = Origin { deployment: config.deployment.clone(), service: NAME.to_owned() };
    Ok(Store::new(db, Outbox::new(origin, Entropy::system()), book.clone(), models))
}

/// What must be done before anything is read or served.
async fn prepare(store: &Store, clock: Clock) -> anyhow::Result<()> {
    let read = store.keep_up_with_models().await.context("evidence cannot be made anew for the models")?;
    if read > 0 {
        tracing::info!(
            evidence = read,
            "the models are others than before: looked at {read} pieces of evidence again"
        );
    }
    let act = Act::of_system("", clock.now(), store.book());
    store.fail_abandoned_runs(true, &act).await.context("interrupted runs cannot be marked")?;
    obligation::fill_awaiting(store.db(), store.book()).await.context("duties cannot be dated")?;
    Ok(())
}

/// Follows registry and collection, as far as their addresses and a token are configured.
fn follow(tasks: &mut Tasks, config: &Config, store: &Store, bells: &Bells) -> anyhow::Result<()> {
    let Some(token_file) = &config.server.token_file else {
        tracing::warn!("no token file: risk follows nobody");
        return Ok(());
    };
    let token = TokenSource::file(token_file);
    let peers = [("registry", &config.registry_url), ("collection", &config.collection_url)];
    for (name, url) in peers {
        let Some(url) = url else {
            tracing::warn!(peer = name, "no address of {name}: its feed is not followed");
            continue;
        };
        let peer = Peer::as_service(channel(url, Timeouts::streaming())?, token.clone());
        let evidence = Evidence::new(store.clone(), bells.evidence_came.clone());
        Follower::projection(store.db().clone(), Source::new(name, peer), evidence).spawn(tasks);
    }
    Ok(())
}

/// Classes are internal: their payload is for offices that may read classes in every field, and for services. Runs hold
/// no class of anybody.
fn may_see(caller: &Caller, kind: &str) -> bool {
    kind == crate::convert::RUN_CHANGED || matches!(caller.office().as_str(), "SYSTEM" | "CREDIT")
}
