//! Collection: credit records and hotline tickets, collected under each enterprise's name (归集, 记于企业名下).
//!
//! It owns what others say about an enterprise: permits, penalties, inspections, sampling results and list entries as
//! records with their provenance (R25 to R27; state machine 2), and 12345 tickets without their callers (R7, X3). A row is
//! checked field by field, known by its natural key, attached to its enterprise when that is registered, and kept for good;
//! what must be published opens its duties. It never decides about a party, classes no risk, corrects no record by itself,
//! and takes no identity of a caller.
//!
//! Start with [`machines`], then `store/take.rs`, the one way by which a row comes in.

mod api;
mod config;
pub mod convert;
pub mod domain;
mod error;
mod follow;
pub mod machines;
pub mod store;

use std::time::Duration;

use contract::collection::v1::records_server::RecordsServer;
use contract::collection::v1::tickets_server::TicketsServer;
use contract::common::v1::work_server::WorkServer;
use db::Db;
use feed::{FeedServer, Wake};
use outbox::{Entropy, Origin, Outbox, Sealer};
use rulebook::Rulebook;
use service::auth::TokenSource;
use service::obligation::{WorkService, fill_awaiting};
use service::{Clock, Server, Shutdown, Tasks, idempotency};
use tokio::net::TcpListener;

pub use config::Config;
pub use error::Error;

use api::{RecordsService, TicketsService};
use follow::{Enterprises, Entries, Hands, Results, follow};
use store::Store;

/// Name of the service in events, logs and health answers.
const NAME: &str = "collection";
/// Pause between two purges of old request ids.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
/// Request ids that one purge forgets at most.
const PURGE_LIMIT: i64 = 10_000;

/// Serves collection on a bound listener until the shutdown begins; follows the peers that are configured.
///
/// # Errors
/// When the database cannot be opened or brought up to date, a key file or an address is wrong, or the server fails.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let (clock, book) = (Clock::System, Rulebook::builtin());
    let db = Db::open(&config.server.database).await?;
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &store::MIGRATIONS]).await?;
    fill_awaiting(&db, &book).await?;
    let origin = Origin { deployment: config.deployment.clone(), service: NAME.to_owned() };
    let store = Store::new(db.clone(), Outbox::new(origin, Entropy::system()), book.clone());

    let mut tasks = Tasks::new(shutdown.clone());
    let sealer = Sealer::new(db.clone());
    let wake = Wake::in_process(sealer.sealed());
    let sealing = tokio::spawn(sealer.run({
        let shutdown = shutdown.clone();
        async move { shutdown.begun().await }
    }));
    purge_requests(&mut tasks, &db, &config, clock);
    follow_peers(&mut tasks, &db, &config, &Hands { store: store.clone(), clock })?;

    let feed = FeedServer::new(db.clone(), NAME, |_, _| true, wake, shutdown.clone());
    let drain = config.server.limits.drain_timeout();
    Server::new(NAME, &config.server, book.clone(), clock)?
        .healthy_with(&db)
        .with(RecordsServer::new(RecordsService::new(store.clone(), book.clone(), clock)))
        .with(TicketsServer::new(TicketsService::new(store, book, clock)))
        .with(WorkServer::new(WorkService::new(db.clone(), clock)))
        .with(feed.into_service())
        .serve(listener, shutdown)
        .await?;
    tasks.drain(drain).await;
    sealing.await?;
    db.close().await;
    Ok(())
}

fn purge_requests(tasks: &mut Tasks, db: &Db, config: &Config, clock: Clock) {
    let (db, kept) = (db.clone(), config.server.limits.request_id_micros());
    tasks.every("purge of request ids", PURGE_INTERVAL, move || {
        let (db, before) = (db.clone(), clock.now().plus_micros(-kept));
        async move { idempotency::purge(&db, before, PURGE_LIMIT).await.map(drop) }
    });
}

fn follow_peers(tasks: &mut Tasks, db: &Db, config: &Config, hands: &Hands) -> anyhow::Result<()> {
    let token = config.server.token_file.as_ref().map(TokenSource::file);
    let token = token.as_ref();
    follow(tasks, db, "registry", config.registry_url.as_deref(), token, Enterprises(hands.clone()))?;
    follow(tasks, db, "inspection", config.inspection_url.as_deref(), token, Results(hands.clone()))?;
    follow(tasks, db, "punishment", config.punishment_url.as_deref(), token, Entries(hands.clone()))?;
    Ok(())
}
