//! A service in this process as it runs in one of its own: its configuration is parsed, its port is real, and callers need
//! a token.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use contract::client::{Timeouts, channel};
use db::DatabaseUrl;
use domain::MicrosUtc;
use service::{Shutdown, auth::Issuer, probe::probe};
use standalone::clients::{Authorised, Bearer};
use standalone::house::{Officer, ServiceToken, SigningKey};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use crate::poll::until;

/// Longest wait until a service serves.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Keys for one benchmark, in a folder that goes with it.
pub(crate) struct Keys {
    folder: TempDir,
    issuer: Issuer,
}

impl Keys {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (issuer, _files) = ServiceToken::prepare(folder.path(), MicrosUtc::now())?;
        Ok(Self { folder, issuer })
    }

    /// The folder; a benchmark may keep its files there.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration of a service on this database, following nobody.
    pub(crate) fn config<C: Parser>(&self, name: &str, database: &str) -> anyhow::Result<C> {
        let jwks = self.folder.path().join("jwks.json").display().to_string();
        Ok(service::config::parse_from([name, "--database", database, "--jwks", &jwks])?)
    }

    /// What an officer of the whole city shows with each request.
    pub(crate) fn officer(&self, office: &str) -> anyhow::Result<Bearer> {
        self.person("bench", office)
    }

    /// The same for one of several officers, where one may not do both.
    pub(crate) fn person(&self, person: &str, office: &str) -> anyhow::Result<Bearer> {
        Ok(Officer::of_city(person, office).bearer(&self.issuer, MicrosUtc::now())?)
    }

    /// A key to sign with, made for the benchmark.
    pub(crate) fn signing_key(&self, service: &str) -> anyhow::Result<PathBuf> {
        Ok(SigningKey::prepare(self.folder.path(), service)?.private)
    }
}

/// A running service.
pub(crate) struct Running {
    address: String,
    shutdown: Shutdown,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// Starts a service by its `serve` and waits until it serves.
    pub(crate) async fn start<F>(serve: impl FnOnce(TcpListener, Shutdown) -> F) -> anyhow::Result<Self>
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let shutdown = Shutdown::new();
        let serving = tokio::spawn(serve(listener, shutdown.clone()));
        let running = Self { address, shutdown, serving };
        until("the service serves", READY_WITHIN, async || {
            anyhow::ensure!(!running.serving.is_finished(), "the service ended at its start");
            Ok(probe(&running.address, READY_WITHIN).await.ok())
        })
        .await?;
        Ok(running)
    }

    /// A connection of its own.
    pub(crate) fn connect(&self) -> anyhow::Result<Channel> {
        Ok(channel(&self.address, Timeouts::streaming())?)
    }

    /// A connection of its own in an officer's name.
    pub(crate) fn connect_as(&self, bearer: &Bearer) -> anyhow::Result<Authorised> {
        Ok(InterceptedService::new(self.connect()?, bearer.clone()))
    }

    /// Stops it and waits until it has ended.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.begin();
        self.serving.await?
    }
}

/// The SQLite file `name` in `folder`, as a setting and as an address.
pub(crate) fn sqlite(folder: &Path, name: &str) -> (String, DatabaseUrl) {
    let path = folder.join(name);
    (format!("sqlite:{}", path.display()), DatabaseUrl::sqlite(path))
}
