//! Puts the parts together and serves until the shutdown begins.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use contract::client::{Timeouts, channel};
use contract::common::v1::work_server::WorkServer;
use contract::inspection::v1::{
    inspectors_server::InspectorsServer, tasks_server::TasksServer, visits_server::VisitsServer,
};
use db::Db;
use feed::{FeedServer, Follower, Projection, Source, Wake};
use outbox::{Entropy, Origin, Outbox, Sealer};
use rulebook::Rulebook;
use service::auth::{Caller, TokenSource};
use service::obligation::{WorkService, fill_awaiting};
use service::peer::Peer;
use service::{Clock, Server, Shutdown, Tasks, idempotency};
use tokio::net::TcpListener;

use crate::Config;
use crate::api::Api;
use crate::follow::{Classes, Register};
use crate::store::{self, Randomness, Store};

/// Name of the service in events, logs and health answers.
const NAME: &str = "inspection";
/// Pause between two purges of old request ids.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
/// Request ids that one purge forgets at most.
const PURGE_LIMIT: i64 = 10_000;

/// Serves inspection on a bound listener until the shutdown begins and open requests have ended; follows the peers that
/// are configured.
///
/// # Errors
/// When the configuration, the database or the transport cannot be used.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let clock = Clock::System;
    let book = match &config.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let db = open(&config, &book).await?;
    let origin = Origin { deployment: config.deployment.clone(), service: NAME.to_owned() };
    let outbox = Outbox::new(origin, Entropy::system());
    let store = Store::new(db.clone(), outbox, book.clone(), Randomness::system());

    let mut tasks = Tasks::new(shutdown.clone());
    let sealer = Sealer::new(db.clone());
    let wake = wake(&config, &sealer, &shutdown)?;
    purge_requests(&mut tasks, &db, &config, clock);
    follow(&mut tasks, &db, &config)?;
    // Not one of the tasks: it seals what the last requests write.
    let stop_sealing = Shutdown::new();
    let sealing = tokio::spawn({
        let stop = stop_sealing.clone();
        async move { sealer.run(stop.begun()).await }
    });

    let api = Api::new(store, clock);
    let feed = FeedServer::new(db.clone(), NAME, may_see, wake, shutdown.clone());
    let served = Server::new(NAME, &config.server, book, clock)?
        .healthy_with(&db)
        .with(TasksServer::new(api.clone()))
        .with(VisitsServer::new(api.clone()))
        .with(InspectorsServer::new(api))
        .with(feed.into_service())
        .with(WorkServer::new(WorkService::new(db.clone(), clock)))
        .serve(listener, shutdown.clone())
        .await;
    // Also when the server failed: nothing may go on behind a service that is gone.
    shutdown.begin();
    tasks.drain(config.server.limits.drain_timeout()).await;
    stop_sealing.begin();
    sealing.await.context("the sealer ended with a panic")?;
    db.close().await;
    Ok(served?)
}

/// The database, up to date, with every duty dated that the loaded calendar reaches.
async fn open(config: &Config, book: &Rulebook) -> anyhow::Result<Db> {
    let db = Db::open(&config.server.database).await?;
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &store::MIGRATIONS]).await?;
    fill_awaiting(&db, book).await?;
    Ok(db)
}

/// What rings when events are sealed: in this process, or in all that share a Redis server.
fn wake(config: &Config, sealer: &Sealer, shutdown: &Shutdown) -> anyhow::Result<Wake> {
    let Some(url) = &config.redis_url else { return Ok(Wake::in_process(sealer.sealed())) };
    let (wake, bridge) = Wake::shared(url, NAME, sealer.sealed(), shutdown.clone())?;
    tokio::spawn(bridge);
    Ok(wake)
}

fn purge_requests(tasks: &mut Tasks, db: &Db, config: &Config, clock: Clock) {
    let (db, kept) = (db.clone(), config.server.limits.request_id_micros());
    tasks.every("purge of request ids", PURGE_INTERVAL, move || {
        let (db, before) = (db.clone(), clock.now().plus_micros(-kept));
        async move { idempotency::purge(&db, before, PURGE_LIMIT).await.map(drop) }
    });
}

fn follow(tasks: &mut Tasks, db: &Db, config: &Config) -> anyhow::Result<()> {
    let token = config.server.token_file.as_ref().map(TokenSource::file);
    follow_one(tasks, db, ("registry", config.registry_url.as_deref()), token.as_ref(), Register)?;
    follow_one(tasks, db, ("risk", config.risk_url.as_deref()), token.as_ref(), Classes)
}

/// Follows the feed of a peer, or says that it is not followed.
fn follow_one<P: Projection>(
    tasks: &mut Tasks,
    db: &Db,
    (name, url): (&'static str, Option<&str>),
    token: Option<&TokenSource>,
    projection: P,
) -> anyhow::Result<()> {
    let (Some(url), Some(token)) = (url, token) else {
        let missing = if url.is_none() { "its address" } else { "a token file" };
        tracing::warn!(peer = name, "`{name}` is not followed: {missing} is not configured");
        return Ok(());
    };
    let peer = Peer::as_service(channel(url, Timeouts::streaming())?, token.clone());
    Follower::projection(db.clone(), Source::new(name, peer), projection).spawn(tasks);
    Ok(())
}

/// Inspection's events hold what is public at their time, and results that the entitled services collect; no class, no
/// stratum, no secret.
fn may_see(_: &Caller, _: &str) -> bool {
    true
}
