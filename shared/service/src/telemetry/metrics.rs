//! Metrics to a collector, and as text for Prometheus.

use std::net::SocketAddr;

use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};
use prometheus::{Encoder, Registry, TextEncoder};

use super::{
    Config, TelemetryError,
    otlp::{self, Collector},
};

/// Starts metrics if any reader is configured; without one, instruments cost nothing.
pub(super) fn start(
    config: &Config,
    collector: Option<&Collector>,
    resource: Resource,
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
        serve(address, registry).map_err(|source| TelemetryError::Metrics(address, source))?;
    }
    let provider = builder.build();
    opentelemetry::global::set_meter_provider(provider.clone());
    Ok(Some(provider))
}

/// Binds at once, so that a taken port is an error at start; answers until the process ends.
fn serve(address: SocketAddr, registry: Registry) -> std::io::Result<()> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new().route("/metrics", get(text)).with_state(registry);
    tokio::spawn(async move {
        if let Err(problem) = axum::serve(listener, router).await {
            tracing::error!(error = %problem, "metrics are no longer served: {problem}");
        }
    });
    Ok(())
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
