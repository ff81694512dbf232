//! Traces and logs to a collector.

use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    logs::{SdkLogger, SdkLoggerProvider},
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Registry;

use super::TelemetryError;

/// Name under which spans, logs and metrics are emitted.
pub(super) const SCOPE: &str = "xinjian";

pub(super) fn traces(
    endpoint: &str,
    resource: &Resource,
) -> Result<(SdkTracerProvider, OpenTelemetryLayer<Registry, SdkTracer>), TelemetryError> {
    let exporter =
        SpanExporter::builder().with_tonic().with_endpoint(endpoint).build().map_err(bad(endpoint))?;
    let provider =
        SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SCOPE));
    Ok((provider, layer))
}

pub(super) fn logs(
    endpoint: &str,
    resource: &Resource,
) -> Result<(SdkLoggerProvider, OpenTelemetryTracingBridge<SdkLoggerProvider, SdkLogger>), TelemetryError> {
    let exporter =
        LogExporter::builder().with_tonic().with_endpoint(endpoint).build().map_err(bad(endpoint))?;
    let provider =
        SdkLoggerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    let bridge = OpenTelemetryTracingBridge::new(&provider);
    Ok((provider, bridge))
}

pub(super) fn metrics(endpoint: &str) -> Result<MetricExporter, TelemetryError> {
    MetricExporter::builder().with_tonic().with_endpoint(endpoint).build().map_err(bad(endpoint))
}

fn bad(endpoint: &str) -> impl Fn(opentelemetry_otlp::ExporterBuildError) -> TelemetryError {
    move |source| TelemetryError::Collector { endpoint: endpoint.to_owned(), source }
}
