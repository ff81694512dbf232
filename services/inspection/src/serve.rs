//! Puts the parts together and serves until the shutdown begins.

use std::sync::Arc;

use anyhow::Context;
use contract::inspection::v1::{
    inspectors_server::InspectorsServer, items_server::ItemsServer, plans_server::PlansServer,
    rectifications_server::RectificationsServer, tasks_server::TasksServer, visits_server::VisitsServer,
};
use feed::{Follower, Host};
use rulebook::Rulebook;
use service::Shutdown;
use tokio::net::TcpListener;

use crate::Config;
use crate::api::Api;
use crate::follow::{Attention, Checks, Classes, Register};
use crate::store::{self, Randomness, Store};

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
    let store = Store::new(host.db().clone(), host.outbox(), host.book().clone(), Randomness::system());
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::projection(db, source, Register)
    })?;
    let risk = config.risk_url.as_deref();
    host.follow(risk, "risk", |db, source| Follower::projection(db, source, Classes))?;
    host.follow(risk, "risk", |db, source| Follower::projection(db, source, Attention))?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::projection(db, source, Checks)
    })?;

    let api = Api::new(store, host.clock());
    let served = host.serve(listener, |server| {
        server
            .with(TasksServer::new(api.clone()))
            .with(VisitsServer::new(api.clone()))
            .with(ItemsServer::new(api.clone()))
            .with(PlansServer::new(api.clone()))
            .with(RectificationsServer::new(api.clone()))
            .with(InspectorsServer::new(api))
    });
    Ok(served.await?)
}
