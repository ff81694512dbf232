//! Puts the parts together and serves until the shutdown begins.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use contract::inspection::v1::{
    dossiers_server::DossiersServer, evidence_files_server::EvidenceFilesServer,
    inspectors_server::InspectorsServer, items_server::ItemsServer, plans_server::PlansServer,
    rectifications_server::RectificationsServer, replacements_server::ReplacementsServer,
    tasks_server::TasksServer, visits_server::VisitsServer,
};
use feed::{Follower, Host};
use rulebook::Rulebook;
use service::{Clock, Shutdown, Tasks};
use tokio::net::TcpListener;

use crate::api::Api;
use crate::follow::{
    Attention, Cases, Checks, Classes, Measures, Records, Register, Signals, Tickets, Withdrawals,
};
use crate::store::{self, Randomness, Store};
use crate::{Config, Error};

/// Pause between two looks for draws that are due.
const DRAW_INTERVAL: Duration = Duration::from_secs(1);

/// Serves inspection on a bound listener until the shutdown begins and open requests have ended; follows the peers that
/// are configured.
///
/// # Errors
/// When the configuration, the database or the transport cannot be used.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let book = match &config.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let tables = [&store::MIGRATIONS];
    let mut host = Host::open("inspection", &config.server, &config.host, &tables, book, shutdown).await?;
    let clock = host.clock();
    let store = Store::new(host.db().clone(), host.outbox(), host.book().clone(), Randomness::system())
        .demonstrating(config.demonstrations);
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::projection(db, source, Register)
    })?;
    let risk = config.risk_url.as_deref();
    host.follow(risk, "risk", |db, source| Follower::projection(db, source, Classes))?;
    host.follow(risk, "risk", |db, source| Follower::projection(db, source, Attention))?;
    host.follow(risk, "risk", |db, source| Follower::projection(db, source, Signals))?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::projection(db, source, Checks)
    })?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::projection(db, source, Tickets)
    })?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::projection(db, source, Records)
    })?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::reaction(db, source, Withdrawals::new(store.clone(), clock))
    })?;
    host.follow(config.punishment_url.as_deref(), "punishment", |db, source| {
        Follower::projection(db, source, Measures)
    })?;
    host.follow(config.punishment_url.as_deref(), "punishment", |db, source| {
        Follower::projection(db, source, Cases)
    })?;

    draw_when_due(host.tasks(), &store, clock);
    open_old_leads(host.tasks(), &store, clock);
    let archive = config.archive.open().await.context("cannot open the archive of evidence")?;
    let api = Api::new(store, clock, host.shutdown().clone()).archiving(archive);
    let figures = host.figures(store::FIGURES);
    let served = host.serve(listener, |server| {
        server
            .with(TasksServer::new(api.clone()))
            .with(VisitsServer::new(api.clone()))
            .with(DossiersServer::new(api.clone()))
            .with(ItemsServer::new(api.clone()))
            .with(PlansServer::new(api.clone()))
            .with(RectificationsServer::new(api.clone()))
            .with(ReplacementsServer::new(api.clone()))
            .with(EvidenceFilesServer::new(api.clone()))
            .with(InspectorsServer::new(api))
            .with(figures.into_service())
    });
    Ok(served.await?)
}

/// Opens the case leads of before there were any, and is done: it may do so in several replicas.
fn open_old_leads(tasks: &mut Tasks, store: &Store, clock: Clock) {
    let store = store.clone();
    tasks.keep("old leads", move |shutdown| {
        let store = store.clone();
        async move {
            while !shutdown.has_begun() && store.open_old_leads(clock.now()).await? {}
            Ok::<_, Error>(())
        }
    });
}

/// Draws follow from what is on record, so the system runs them. It may do so in several replicas: one of them draws.
fn draw_when_due(tasks: &mut Tasks, store: &Store, clock: Clock) {
    let store = store.clone();
    tasks.every("due draws", DRAW_INTERVAL, move || {
        let store = store.clone();
        async move { store.run_due_draws(clock.now()).await }
    });
}
