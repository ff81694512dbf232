//! Traces and logs to a collector.

use contract::client::{Timeouts, channel_over};
use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig,
};
use opentelemetry_sdk::{
    Resource,
    logs::{SdkLogger, SdkLoggerProvider},
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tonic::transport::Channel;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Registry;

use super::{Config, TelemetryError};

/// Name under which spans, logs and metrics are emitted.
pub(super) const SCOPE: &str = "xinjian";

/// Where everything is sent.
#[derive(Clone, Debug)]
pub(super) struct Collector {
    endpoint: String,
    /// Over TLS, by our own connector; the exporter opens those in plain text itself.
    secured: Option<Channel>,
}

impl Collector {
    /// The collector of a configuration; `None` where there is none. Nobody is asked yet.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, TelemetryError> {
        let Some(endpoint) = config.otlp_endpoint.clone() else { return Ok(None) };
        // The exporter repeats an address that it refuses.
        if endpoint.contains('@') {
            return Err(TelemetryError::User);
        }
        let secured = if endpoint.starts_with("https://") {
            let trust = tls::Trust::open(config.otlp_ca.clone()).map_err(TelemetryError::Authority)?;
            let channel = channel_over(Some(&trust.into()), &endpoint, Timeouts::default());
            Some(channel.map_err(TelemetryError::Address)?)
        } else {
            None
        };
        Ok(Some(Self { endpoint, secured }))
    }

    /// The exporter, told where to send.
    fn told<E: WithExportConfig + WithTonicConfig>(&self, exporter: E) -> E {
        let exporter = exporter.with_endpoint(self.endpoint.as_str());
        match &self.secured {
            Some(channel) => exporter.with_channel(channel.clone()),
            None => exporter,
        }
    }

    fn bad(&self) -> impl Fn(ExporterBuildError) -> TelemetryError {
        let endpoint = self.endpoint.clone();
        move |source| TelemetryError::Collector { endpoint: endpoint.clone(), source }
    }
}

pub(super) fn traces(
    collector: &Collector,
    resource: &Resource,
) -> Result<(SdkTracerProvider, OpenTelemetryLayer<Registry, SdkTracer>), TelemetryError> {
    let exporter = collector.told(SpanExporter::builder().with_tonic()).build().map_err(collector.bad())?;
    let provider =
        SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SCOPE));
    Ok((provider, layer))
}

pub(super) fn logs(
    collector: &Collector,
    resource: &Resource,
) -> Result<(SdkLoggerProvider, OpenTelemetryTracingBridge<SdkLoggerProvider, SdkLogger>), TelemetryError> {
    let exporter = collector.told(LogExporter::builder().with_tonic()).build().map_err(collector.bad())?;
    let provider =
        SdkLoggerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    let bridge = OpenTelemetryTracingBridge::new(&provider);
    Ok((provider, bridge))
}

pub(super) fn metrics(collector: &Collector) -> Result<MetricExporter, TelemetryError> {
    collector.told(MetricExporter::builder().with_tonic()).build().map_err(collector.bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_user_is_refused_and_not_repeated() {
        for address in ["http://officer:s3cret@collector:4317", "https://officer:s3cret@collector:4317"] {
            let config = Config { otlp_endpoint: Some(address.to_owned()), ..Config::default() };
            let refused = Collector::of(&config).unwrap_err();
            assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused}");
        }
    }
}
