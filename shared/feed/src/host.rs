//! What every service with a database and a feed starts alike: database and migrations, sealer, wake-ups, followers, the feed's
//! server and the list of duties. A service adds its own tables, stores, RPCs and loops.
//!
//! ```ignore
//! let mut host = Host::open("registry", &config.server, &config.host, &[&MIGRATIONS], Rulebook::builtin(), shutdown).await?;
//! let store = Store::new(host.db().clone(), host.outbox(), host.book().clone());
//! host.follow(config.collection_url.as_deref(), "collection", |db, source| {
//!     Follower::reaction(db, source, Permits::new(store.clone()))
//! })?;
//! host.serve(listener, |server| server.with(EnterprisesServer::new(api))).await
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contract::client::{Timeouts, channel_over};
use contract::common::v1::work_server::WorkServer;
use db::{Db, DbError, Migrations};
use domain::MicrosUtc;
use outbox::{Entropy, Origin, Outbox, Sealer};
use rulebook::Rulebook;
use service::access_log::ReadsService;
use service::auth::{Caller, TokenSource};
use service::config::ServerConfig;
use service::figures::FiguresService;
use service::machine::Office;
use service::obligation::{WorkService, fill_awaiting};
use service::peer::Peer;
use service::server::ServeError;
use service::{Clock, Server, Shutdown, Tasks, idempotency};
use tokio::net::TcpListener;

use crate::duties::keep_passing_up;
use crate::{FeedServer, Follower, Source, Wake};

/// Longest wait for the background loops at the end.
const DRAIN: Duration = Duration::from_secs(10);
/// Pause between two removals of old request ids.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
/// Request ids removed in one transaction.
const PURGE_BATCH: i64 = 5_000;

/// What a service with a feed reads from its surroundings, beside what every server reads.
#[derive(Clone, Debug, clap::Args)]
// A service flattens several structs of this name, and itself is one: groups are told apart by their ids.
#[group(id = "host")]
pub struct Config {
    /// Deployment that the events name: one city's installation.
    #[arg(long, env = "XINJIAN_DEPLOYMENT", default_value = "jinan")]
    pub deployment: String,
    /// Redis server that carries wake-ups between processes. None: readers on other machines wait up to a second.
    #[command(flatten)]
    pub redis: service::redis::Config,
    /// SM2 private key (PKCS#8 PEM) that signs checkpoints. None: they carry no signature.
    #[arg(long, env = "XINJIAN_CHECKPOINT_KEY", value_name = "FILE")]
    pub checkpoint_key: Option<PathBuf>,
    /// Pause between two looks for overdue duties that are to pass to the office above, in seconds.
    #[arg(long, env = "XINJIAN_PASS_UP_INTERVAL", value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub pass_up_interval_seconds: u64,
}

/// A service could not start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The duties that wait for a calendar.
    #[error("cannot compute the days of waiting duties")]
    Duties(#[source] service::Error),
    /// The address of Redis, or its authority.
    #[error(transparent)]
    Redis(#[from] service::redis::BadRedis),
    /// The address of another service.
    #[error(transparent)]
    Peer(#[from] contract::client::BadAddress),
    /// The key for checkpoints.
    #[error("the key for checkpoints cannot be used: {0}")]
    Key(#[from] crypto::signer::KeyFileError),
    /// The server.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// A service about to serve.
pub struct Host {
    name: &'static str,
    server: ServerConfig,
    config: Config,
    /// What calls to other services go over.
    tls: Option<tls::Connector>,
    db: Db,
    book: Arc<Rulebook>,
    clock: Clock,
    wake: Wake,
    tasks: Tasks,
    followers: Vec<Follower>,
    shutdown: Shutdown,
}

impl Host {
    /// Opens and migrates the database, starts sealer, wake-ups and the job for overdue duties. `tables` are the service's own.
    ///
    /// # Errors
    /// [`HostError`].
    pub async fn open(
        name: &'static str,
        server: &ServerConfig,
        config: &Config,
        tables: &[&Migrations],
        book: Arc<Rulebook>,
        shutdown: Shutdown,
    ) -> Result<Self, HostError> {
        let tls = server.secured.connector()?;
        let db = Db::open(&server.database).await?;
        let mut sets = vec![&outbox::MIGRATIONS, &service::MIGRATIONS, &crate::MIGRATIONS];
        sets.extend_from_slice(tables);
        db.migrate(&sets).await?;
        fill_awaiting(&db, &book).await.map_err(HostError::Duties)?;
        let mut tasks = Tasks::new(shutdown.clone());
        let wake = start_sealer(name, config, &db, &mut tasks, &shutdown)?;
        keep_purging(&mut tasks, &db, server.limits.request_id_micros());
        let (server, config) = (server.clone(), config.clone());
        let (clock, followers) = (Clock::System, Vec::new());
        let mut host = Self { name, server, config, tls, db, book, clock, wake, tasks, followers, shutdown };
        let (outbox, pause) = (host.outbox(), Duration::from_secs(host.config.pass_up_interval_seconds));
        keep_passing_up(&mut host.tasks, (name, &host.db, outbox), &host.book, clock, pause);
        Ok(host)
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The rules.
    pub fn book(&self) -> &Arc<Rulebook> {
        &self.book
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// An outbox that writes this service's events.
    pub fn outbox(&self) -> Outbox {
        let origin = Origin { deployment: self.config.deployment.clone(), service: self.name.to_owned() };
        Outbox::new(origin, Entropy::system())
    }

    /// The figures of the service for the dispatch, as `statements` count them.
    pub fn figures(&self, statements: &'static [&'static str]) -> FiguresService {
        FiguresService::new(self.name, self.db.clone(), statements, self.book.clone(), self.clock)
    }

    /// What ends the service.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The background loops, to add the service's own.
    pub fn tasks(&mut self) -> &mut Tasks {
        &mut self.tasks
    }

    /// Follows the feed of another service. Without an address, or without a token to call it with, it is not followed, and
    /// the log says so once.
    ///
    /// # Errors
    /// [`HostError::Peer`] when the address is none.
    pub fn follow(
        &mut self,
        url: Option<&str>,
        feed: &'static str,
        follower: impl FnOnce(Db, Source) -> Follower,
    ) -> Result<(), HostError> {
        let (Some(url), Some(token)) = (url, &self.server.token_file) else {
            tracing::warn!(
                feed,
                "`{}` does not follow `{feed}`: its address or the token file is not set",
                self.name
            );
            return Ok(());
        };
        let channel = channel_over(self.tls.as_ref(), url, Timeouts::streaming())?;
        let peer = Peer::as_service(channel, TokenSource::file(token));
        let follower = follower(self.db.clone(), Source::new(feed, peer));
        follower.spawn(&mut self.tasks);
        self.followers.push(follower);
        Ok(())
    }

    /// Serves what `add` adds, the feed, the list of duties and the log of reads, until the shutdown begins; then ends the loops.
    ///
    /// # Errors
    /// [`HostError`].
    pub async fn serve(
        self,
        listener: TcpListener,
        add: impl FnOnce(Server) -> Server,
    ) -> Result<(), HostError> {
        let Self { name, server, config, db, book, clock, wake, tasks, followers, shutdown, tls: _ } = self;
        let mut feed = FeedServer::new(db.clone(), name, services_only, wake, shutdown.clone())
            .with_readers(followers)
            .noting_reads();
        if let Some(key) = &config.checkpoint_key {
            feed = feed.signed_by(Arc::new(crypto::signer::load(key)?));
        }
        let base = Server::new(name, &server, book.clone(), clock)?
            .with(WorkServer::new(WorkService::new(db.clone(), book, clock)))
            .with(ReadsService::new(db.clone(), clock).into_service())
            .with(feed.into_service())
            .healthy_with(&db);
        let served = add(base).serve(listener, shutdown.clone()).await;
        // A server that failed takes its loops with it.
        shutdown.begin();
        tasks.drain(DRAIN).await;
        db.close().await;
        Ok(served?)
    }
}

/// Payloads are for the services; who may read the feed for an audit sees header and digest.
pub fn services_only(caller: &Caller, _kind: &str) -> bool {
    caller.office().as_str() == Office::SYSTEM.code()
}

fn start_sealer(
    name: &'static str,
    config: &Config,
    db: &Db,
    tasks: &mut Tasks,
    shutdown: &Shutdown,
) -> Result<Wake, HostError> {
    let sealer = Sealer::new(db.clone());
    let sealed = sealer.sealed();
    let until = shutdown.clone();
    tasks.run("sealer", async move { sealer.run(until.begun()).await });
    let Some(redis) = config.redis.server()? else { return Ok(Wake::in_process(sealed)) };
    let (wake, bridge) = Wake::shared(redis, name, sealed, shutdown.clone());
    tasks.run("wake-ups", bridge);
    Ok(wake)
}

fn keep_purging(tasks: &mut Tasks, db: &Db, keep_micros: i64) {
    let db = db.clone();
    tasks.every("request ids", PURGE_INTERVAL, move || {
        let db = db.clone();
        async move {
            let before = MicrosUtc::now().plus_micros(-keep_micros);
            while idempotency::purge(&db, before, PURGE_BATCH).await? > 0 {}
            Ok::<_, service::Error>(())
        }
    });
}
