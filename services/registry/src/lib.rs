//! Registry: who is under supervision in this city, by which licences, and which mark each enterprise carries in public.
//!
//! It owns enterprises with their history (R2, R14), parties without a code (X5), the licences of the key fields (R15, R24) and
//! the marks that follow from them (R22, R23; state machine 1). Permits reach it by collection's feed ([`follow`]); a mark is
//! proposed by the system, confirmed by the office of its sub-kinds, and handed to the publicity system in the transaction
//! that decides it.
//!
//! It also owns the letters of commitment that the enterprises of a field sign (R19, R20; state machine 3): texts in versions,
//! one letter in force for each enterprise and field, signed copies in an archive, attested by the service's key; and what
//! follows when a letter is broken (R21): the hearing, the order to correct, the proposal to the licensing authority.
//!
//! It advises whoever reviews an application (R10 to R12): a strict review for what stands against the party, with the risk class as
//! information.
//!
//! It never decides about a licence, revokes nothing, never classes or lists anybody, and never derives a division from a
//! credit code. The key fields are data: a third one needs rows of the rulebook, and no code.
//!
//! Start reading at [`machines`], the tables of the mark and of the letter; then `store/settle.rs`, which keeps marks in line with licences.

mod api;
mod background;
mod config;
mod convert;
pub mod domain;
mod error;
mod follow;
pub mod machines;
mod seal;
pub mod store;

use std::sync::Arc;

use contract::registry::v1::commitment_breaches_server::CommitmentBreachesServer;
use contract::registry::v1::commitment_templates_server::CommitmentTemplatesServer;
use contract::registry::v1::commitments_server::CommitmentsServer;
use contract::registry::v1::divisions_server::DivisionsServer;
use contract::registry::v1::dossiers_server::DossiersServer;
use contract::registry::v1::enterprises_server::EnterprisesServer;
use contract::registry::v1::licences_server::LicencesServer;
use contract::registry::v1::marks_server::MarksServer;
use contract::registry::v1::parties_server::PartiesServer;
use contract::registry::v1::reviews_server::ReviewsServer;
use exchange::DeliveryService;
use feed::{Follower, Host};
use rulebook::Rulebook;
use service::Shutdown;
use tokio::net::TcpListener;

pub use config::{ArchiveOptions, Config};
pub use error::{CommitmentError, Error};
pub use seal::Attested;

use crate::api::{Api, CommitmentsApi};
use crate::follow::{Attention, Classes, Erasures, Findings, Records};
use crate::seal::Seal;
use crate::store::Store;

/// Serves the registry on a bound listener until the shutdown begins and open requests have ended.
///
/// # Errors
/// When the configuration, the database or the transport cannot be used.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let tables = [&exchange::MIGRATIONS, &store::MIGRATIONS];
    let book = rulebook(&config)?;
    let mut host = Host::open("registry", &config.server, &config.host, &tables, book, shutdown).await?;
    let store = Arc::new(Store::new(host.db().clone(), host.outbox(), host.book().clone()));
    let clock = host.clock();

    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::reaction(db, source, Records::new(store.clone(), clock))
    })?;
    host.follow(config.collection_url.as_deref(), "collection", |db, source| {
        Follower::reaction(db, source, Erasures::new(store.clone(), clock))
    })?;
    host.follow(config.risk_url.as_deref(), "risk", |db, source| {
        Follower::projection(db, source, Attention::new(store.clone()))
    })?;
    host.follow(config.risk_url.as_deref(), "risk", |db, source| {
        Follower::projection(db, source, Classes::new(store.clone()))
    })?;
    host.follow(config.inspection_url.as_deref(), "inspection", |db, source| {
        Follower::reaction(db, source, Findings::new(store.clone()))
    })?;
    background::publish(&mut host, &config, &store)?;
    background::notice_terms(&mut host, &store);
    background::read_names(&mut host, &store);

    let deliveries = DeliveryService::new(host.db().clone(), host.outbox(), host.book().clone(), clock);
    let figures = host.figures(store::FIGURES);
    let seal = Seal::open(&config).await?;
    let api = Api::new(store, clock);
    let served = host.serve(listener, |server| {
        server
            .with(EnterprisesServer::new(api.clone()))
            .with(DivisionsServer::new(api.clone()))
            .with(DossiersServer::new(api.clone()))
            .with(LicencesServer::new(api.clone()))
            .with(MarksServer::new(api.clone()))
            .with(PartiesServer::new(api.clone()))
            .with(ReviewsServer::new(api.clone()))
            .with(CommitmentTemplatesServer::new(api.clone()))
            .with(CommitmentBreachesServer::new(api.clone()))
            .with(CommitmentsServer::new(CommitmentsApi::new(api, seal)))
            .with(figures.into_service())
            .with(deliveries.into_service())
    });
    Ok(served.await?)
}

fn rulebook(config: &Config) -> anyhow::Result<Arc<Rulebook>> {
    match &config.rulebook {
        Some(folder) => Ok(Arc::new(Rulebook::from_dir(folder)?)),
        None => Ok(Rulebook::builtin()),
    }
}
