//! Metrics to a collector, and as text for Prometheus.

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get, serve::Listener,
};
use futures::{StreamExt, stream::BoxStream};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};
use prometheus::{Encoder, Registry, TextEncoder};
use tonic::transport::server::TcpIncoming;

use super::{
    Config, TelemetryError,
    otlp::{self, Collector},
};
use crate::server::{Connection, greeted};

/// Pause after a connection that could not be accepted, as for want of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts metrics if any reader is configured; without one, instruments cost nothing. They are told by `identity`, if there is one.
pub(super) fn start(
    config: &Config,
    collector: Option<&Collector>,
    resource: Resource,
    identity: Option<tls::Identity>,
) -> Result<Option<SdkMeterProvider>, TelemetryError> {
    if collector.is_none() && config.metrics_listen.is_none() {
        return Ok(None);
    }
    let mut builder = SdkMeterProvider::builder().with_resource(resource);
    if let Some(collector) = collector {
        builder = builder.with_periodic_exporter(otlp::metrics(collector)?);
    }
    if let Some(address) = config.metrics_listen {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .build()
            .map_err(TelemetryError::Prometheus)?;
        builder = builder.with_reader(exporter);
        serve(address, identity, registry).map_err(|source| TelemetryError::Metrics(address, source))?;
    }
    let provider = builder.build();
    opentelemetry::global::set_meter_provider(provider.clone());
    Ok(Some(provider))
}

/// Binds at once, so that a taken port is an error at start; answers until the process ends.
fn serve(address: SocketAddr, identity: Option<tls::Identity>, registry: Registry) -> io::Result<()> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let listener = TcpIncoming::from(tokio::net::TcpListener::from_std(listener)?);
    let incoming = Incoming { address, connections: greeted(listener, identity).boxed() };
    let router = Router::new().route("/metrics", get(text)).with_state(registry);
    tokio::spawn(async move {
        if let Err(problem) = axum::serve(incoming, router).await {
            tracing::error!(error = %problem, "metrics are no longer served: {problem}");
        }
    });
    Ok(())
}

/// Whoever comes to fetch, greeted.
struct Incoming {
    address: SocketAddr,
    connections: BoxStream<'static, io::Result<Connection>>,
}

impl Listener for Incoming {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.connections.next().await {
                Some(Ok(connection)) => return (connection, self.address),
                Some(Err(problem)) => {
                    tracing::warn!(error = %problem, "who fetches metrics could not be accepted: {problem}");
                    tokio::time::sleep(PAUSE).await;
                }
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn text(State(registry): State<Registry>) -> impl IntoResponse {
    let mut text = Vec::new();
    match TextEncoder::new().encode(&registry.gather(), &mut text) {
        Ok(()) => Ok(([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text)),
        Err(problem) => {
            tracing::error!(error = %problem, "metrics cannot be written: {problem}");
            Err(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
