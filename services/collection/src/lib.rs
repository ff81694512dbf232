//! Collection: credit records and hotline tickets, collected under each enterprise's name (归集, 记于企业名下).
//!
//! It owns what others say about an enterprise: permits, penalties, inspections, sampling results and list entries as
//! records with their provenance (R25 to R27; state machine 2), and 12345 tickets, their callers and what they said sealed (R7,
//! X3). A row is checked field by field, known by its natural key, attached to its enterprise when that is registered, and kept for good;
//! what must be published opens its duties, is handed to the publicity system and to Credit China, each by its own clock, and is
//! taken back from them when its term is over or its basis void; so is the text of a decision, whose original is kept in an archive
//! and read by officers alone. What is contested is answered by two officers, and what a body
//! above decides about the decision behind a record is entered; the record follows in the same transaction (X4). It never
//! decides about a party, classes no risk, corrects no record by itself, and shows the caller of a ticket to nobody but the one
//! office that may ask, and what was said to nobody but who handles the ticket, each time on the log.
//!
//! Start with [`machines`], then `store/take.rs`, the one way by which a row comes in.

mod api;
mod background;
mod config;
pub mod convert;
pub mod domain;
mod error;
mod follow;
pub mod imports;
pub mod machines;
pub mod seal;
pub mod sheet;
pub mod store;
pub mod template;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use contract::collection::v1::catalogue_server::CatalogueServer;
use contract::collection::v1::decision_documents_server::DecisionDocumentsServer;
use contract::collection::v1::dossiers_server::DossiersServer;
use contract::collection::v1::imports_server::ImportsServer;
use contract::collection::v1::matches_server::MatchesServer;
use contract::collection::v1::objections_server::ObjectionsServer;
use contract::collection::v1::records_server::RecordsServer;
use contract::collection::v1::remedies_server::RemediesServer;
use contract::collection::v1::tickets_server::TicketsServer;
use exchange::DeliveryService;
use feed::{Follower, Host};
use outbox::Entropy;
use rulebook::Rulebook;
use service::Shutdown;
use service::config::BadConfig;
use tokio::net::TcpListener;
use tokio::sync::Notify;

pub use config::{ArchiveOptions, Config};
pub use error::Error;

use api::{
    CatalogueService, DecisionsService, DossiersService, ImportsService, MatchesService, ObjectionsService,
    RecordsService, RemediesService, TicketsService,
};
use follow::{Breaches, Enterprises, Entries, Erasures, Hands, Repairs, Results};
use seal::Seal;
use store::Store;

/// Serves collection on a bound listener until the shutdown begins; follows the peers that are configured.
///
/// # Errors
/// When the database cannot be opened or brought up to date, the rulebook, a key file or an address is wrong, or the server
/// fails.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let book = match &config.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let tables = [&exchange::MIGRATIONS, &store::MIGRATIONS];
    let mut host = Host::open("collection", &config.server, &config.host, &tables, book, shutdown).await?;
    let seal = config.caller_key.as_deref().map(|file| Seal::load(file, Entropy::system())).transpose();
    let seal = seal.map_err(|problem| BadConfig::new(&problem))?;
    let store = Store::new(host.db().clone(), host.outbox(), host.book().clone(), seal);
    store.keep_to_one_key().await?;
    follow_peers(&mut host, &config, &store)?;
    background::publish(&mut host, &config, &store)?;
    let deliveries =
        DeliveryService::new(host.db().clone(), host.outbox(), host.book().clone(), host.clock());
    let figures = host.figures(store::FIGURES);

    let (book, clock) = (host.book().clone(), host.clock());
    let records = RecordsService::new(store.clone(), book.clone(), clock);
    let catalogue = CatalogueService::new(book.clone(), clock);
    let tickets = TicketsService::new(store.clone(), book.clone(), clock);
    let matches = MatchesService::new(store.clone(), clock);
    let objections = ObjectionsService::new(store.clone(), clock);
    let remedies = RemediesService::new(store.clone(), clock);
    let archive = config.archive.open().await.context("cannot open the archive of decision documents")?;
    let decisions = DecisionsService::new(store.clone(), archive, clock);
    let dossiers = DossiersService {
        records: records.clone(),
        tickets: tickets.clone(),
        objections: objections.clone(),
        remedies: remedies.clone(),
        store: store.clone(),
        book,
        clock,
    };
    let received = Arc::new(Notify::new());
    keep_importing(&mut host, &store, &received);
    let idle = Duration::from_secs(config.import_idle_seconds);
    let imports = ImportsService::new(store, clock, received, idle);
    let add = |server: service::Server| {
        server
            .with(RecordsServer::new(records))
            .with(TicketsServer::new(tickets))
            .with(MatchesServer::new(matches))
            .with(ObjectionsServer::new(objections))
            .with(RemediesServer::new(remedies))
            .with(DossiersServer::new(dossiers))
            .with(ImportsServer::new(imports))
            .with(CatalogueServer::new(catalogue))
            .with(DecisionDocumentsServer::new(decisions))
            .with(figures.into_service())
            .with(deliveries.into_service())
    };
    host.serve(listener, add).await?;
    Ok(())
}

/// Works off the files that are received, on this process as on any other of the service.
fn keep_importing(host: &mut Host, store: &Store, received: &Arc<Notify>) {
    let (store, clock, received) = (store.clone(), host.clock(), received.clone());
    host.tasks().keep("imports", move |shutdown| {
        imports::keep_working(store.clone(), clock, received.clone(), shutdown)
    });
}

fn follow_peers(host: &mut Host, config: &Config, store: &Store) -> anyhow::Result<()> {
    let hands = Hands { store: store.clone(), clock: host.clock() };
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::reaction(db, source, Enterprises(hands.clone()))
    })?;
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::reaction(db, source, Breaches(hands.clone()))
    })?;
    host.follow(config.registry_url.as_deref(), "registry", |db, source| {
        Follower::reaction(db, source, Erasures(hands.clone()))
    })?;
    host.follow(config.inspection_url.as_deref(), "inspection", |db, source| {
        Follower::reaction(db, source, Results(hands.clone()))
    })?;
    host.follow(config.punishment_url.as_deref(), "punishment", |db, source| {
        Follower::reaction(db, source, Entries(hands.clone()))
    })?;
    host.follow(config.punishment_url.as_deref(), "punishment", |db, source| {
        Follower::reaction(db, source, Repairs(hands.clone()))
    })?;
    Ok(())
}
