//! Connections to others.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tower::Service;

use crate::{Identity, Trust};

/// A connection as hyper and tonic take it.
pub type Stream = TokioIo<TlsStream<TcpStream>>;

/// Opens connections to `https` addresses, each by what the files hold when it is opened. A peer whose certificate is not from
/// the authority, or names another host, is refused.
#[derive(Clone, Debug)]
pub struct Connector {
    who: As,
    /// Whether HTTP/1.1 is spoken there, and not what the configuration says.
    http1: bool,
}

#[derive(Clone, Debug)]
enum As {
    Somebody(Identity),
    Nobody(Trust),
}

impl From<Identity> for Connector {
    /// Connections show the certificate.
    fn from(identity: Identity) -> Self {
        Self { who: As::Somebody(identity), http1: false }
    }
}

impl From<Trust> for Connector {
    /// Connections show no certificate.
    fn from(trust: Trust) -> Self {
        Self { who: As::Nobody(trust), http1: false }
    }
}

impl Connector {
    /// The same for whoever speaks HTTP/1.1 over the connections; without it, gRPC is what is spoken.
    #[must_use]
    pub fn speaking_http1(self) -> Self {
        Self { http1: true, ..self }
    }

    fn config(&self) -> Arc<ClientConfig> {
        let config = match &self.who {
            As::Somebody(identity) => identity.client(),
            As::Nobody(trust) => trust.client(),
        };
        if !self.http1 {
            return config;
        }
        let mut config = ClientConfig::clone(&config);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let config = self.config();
        Box::pin(async move {
            let bad = |problem: &str| io::Error::new(io::ErrorKind::InvalidInput, problem.to_owned());
            let host = address.host().ok_or_else(|| bad("the address has no host"))?;
            let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            let port = address.port_u16().unwrap_or(443);
            let name = ServerName::try_from(host.clone()).map_err(|_| bad("the host has no valid name"))?;
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(TlsConnector::from(config).connect(name, stream).await?))
        })
    }
}
