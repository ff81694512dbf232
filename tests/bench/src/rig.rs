//! A service on loopback with keys of its own.

use std::path::Path;
use std::time::Duration;

use clap::Parser;
use contract::client::{Timeouts, channel};
use domain::MicrosUtc;
use standalone::clients::Bearer;
use standalone::house::{Officer, ServiceToken};
use tokio::net::TcpListener;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// Keys in a folder, and a caller.
pub(crate) struct Rig {
    flags: Vec<String>,
    issuer: service::auth::Issuer,
}

impl Rig {
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let (issuer, files) = ServiceToken::prepare(folder, MicrosUtc::now())?;
        let flags = vec!["--jwks".to_owned(), files.jwks.display().to_string()];
        Ok(Self { flags, issuer })
    }

    /// The configuration of a service on `database`.
    pub(crate) fn config<C: Parser>(&self, name: &str, database: &str) -> anyhow::Result<C> {
        let own = [name, "--database", database].map(str::to_owned);
        Ok(C::try_parse_from(own.into_iter().chain(self.flags.clone()))?)
    }

    /// A caller of an office.
    pub(crate) fn bearer(&self, office: &str) -> anyhow::Result<Bearer> {
        Ok(Officer::of_city("bench", office).bearer(&self.issuer, MicrosUtc::now())?)
    }
}

/// A listener on a free port, and its address.
pub(crate) async fn listen() -> anyhow::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    Ok((listener, address))
}

/// A channel to a server that answers.
pub(crate) async fn connect(address: &str) -> anyhow::Result<Channel> {
    for _ in 0..2_000 {
        let channel = channel(address, Timeouts::streaming())?;
        let question = HealthCheckRequest { service: String::new() };
        if HealthClient::new(channel.clone()).check(question).await.is_ok() {
            return Ok(channel);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    anyhow::bail!("`{address}` does not answer")
}
