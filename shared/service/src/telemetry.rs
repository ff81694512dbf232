//! Logs, traces and metrics of a process: started once, in `main`.
//!
//! Logs go to standard error. With an OTLP endpoint, traces, metrics and logs also go to a collector; with a metrics
//! address, Prometheus can fetch `/metrics` there, over TLS where the process has a certificate. The trace context travels in W3C `traceparent` headers and, as text,
//! in events. Metrics that every server has: `rpc_server_duration_seconds` (histogram by `rpc_method` and
//! `rpc_grpc_status_code`), and by `server` `rpc_server_in_flight`, `rpc_server_most_in_flight` (its bound) and
//! `rpc_server_refused_total`. Who calls by way of a [`Guard`](crate::peer::Guard) has `rpc_client_answers` and `rpc_client_again_total`.

mod asked;
mod config;
mod line;
mod metrics;
mod otlp;
mod propagation;

use std::{
    io::IsTerminal,
    sync::atomic::{AtomicBool, Ordering},
};

use opentelemetry_sdk::{
    Resource, logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::Targets, fmt::MakeWriter, layer::SubscriberExt, registry::LookupSpan,
    util::SubscriberInitExt,
};

use line::Line;

pub use asked::span_here;
pub(crate) use asked::{Asked, is_by};
pub use config::{Config, LogFormat};
pub use propagation::{extract, inject, trace_context};

/// Whether this process sends traces to a collector.
static EXPORTS_TRACES: AtomicBool = AtomicBool::new(false);

/// Whether spans are sent anywhere: what only a trace shows need not be written for the log.
pub(crate) fn exports_traces() -> bool {
    EXPORTS_TRACES.load(Ordering::Relaxed)
}

/// Telemetry could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is not one.
    #[error("the log filter `{filter}` is not valid")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The collector's address is not one.
    #[error("cannot export to the collector at `{endpoint}`")]
    Collector {
        /// The address as given.
        endpoint: String,
        /// What is wrong with it.
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// The collector's address holds a user, and so maybe a password: it is not repeated.
    #[error("the collector's address names a user; expected such as `https://collector:4317`")]
    User,
    /// The collector's address has no port, or is none.
    #[error("the collector cannot be reached: {0}")]
    Address(contract::client::BadAddress),
    /// The authority that vouches for the collector cannot be used.
    #[error(transparent)]
    Authority(tls::TlsError),
    /// The certificate by which metrics are told cannot be used.
    #[error(transparent)]
    Certificate(tls::TlsError),
    /// The address for Prometheus cannot be used.
    #[error("cannot serve metrics at {0}")]
    Metrics(std::net::SocketAddr, #[source] std::io::Error),
    /// The Prometheus exporter refused its settings.
    #[error("cannot start the Prometheus exporter")]
    Prometheus(#[source] opentelemetry_sdk::error::OTelSdkError),
    /// A subscriber was set before.
    #[error("telemetry is already running in this process")]
    Running(#[source] tracing_subscriber::util::TryInitError),
}

/// Keeps telemetry running. Dropping it sends out what is still waiting, which may take up to a few seconds.
#[derive(Debug, Default)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    logs: Option<SdkLoggerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The process is ending: an exporter that cannot send has nobody left to tell but standard error.
        let ended = [
            self.traces.take().map(|provider| provider.shutdown()),
            self.logs.take().map(|provider| provider.shutdown()),
            self.metrics.take().map(|provider| provider.shutdown()),
        ];
        for problem in ended.into_iter().flatten().filter_map(Result::err) {
            tracing::warn!(error = %problem, "the last telemetry was not sent: {problem}");
        }
    }
}

/// Starts telemetry for the process `service_name`. Call it once, within the runtime, and keep the guard until the end. `secured` is
/// the certificate by which metrics are told; without one they are in plain text.
///
/// # Errors
/// [`TelemetryError`] names the setting at fault.
pub fn init(
    service_name: &'static str,
    config: &Config,
    secured: Option<&tls::Files>,
) -> Result<Guard, TelemetryError> {
    let filter = || {
        EnvFilter::try_new(&config.log)
            .map_err(|source| TelemetryError::Filter { filter: config.log.clone(), source })
    };
    let resource = Resource::builder().with_service_name(service_name).build();
    let identity = match secured {
        Some(files) if config.metrics_listen.is_some() => {
            files.identity().map_err(TelemetryError::Certificate)?
        }
        _ => None,
    };
    let mut guard = Guard::default();
    let Some(collector) = otlp::Collector::of(config)? else {
        guard.metrics = metrics::start(config, None, resource, identity)?;
        // One filter before the only layer: a filter of its own would be asked whenever a span is entered or left.
        let all = tracing_subscriber::registry().with(before_all(&config.log, filter()?));
        all.with(printer(config.log_format)).try_init().map_err(TelemetryError::Running)?;
        return Ok(guard);
    };
    let (traces, trace_layer) = otlp::traces(&collector, &resource)?;
    let (logs, log_layer) = otlp::logs(&collector, &resource)?;
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![
        printer::<Registry>(config.log_format).with_filter(filter()?).boxed(),
        trace_layer.with_filter(without_exporter(filter()?)).boxed(),
        log_layer.with_filter(without_exporter(filter()?)).boxed(),
    ];
    guard.traces = Some(traces);
    EXPORTS_TRACES.store(true, Ordering::Relaxed);
    guard.logs = Some(logs);
    guard.metrics = metrics::start(config, Some(&collector), resource, identity)?;
    tracing_subscriber::registry().with(layers).try_init().map_err(TelemetryError::Running)?;
    Ok(guard)
}

/// The filter of everything. One that names levels and modules alone keeps no account of spans, which the general one does whenever a
/// span is entered or left.
fn before_all(text: &str, general: EnvFilter) -> Box<dyn Layer<Registry> + Send + Sync> {
    match levels_of(text) {
        Some(levels) => levels.boxed(),
        None => general.boxed(),
    }
}

/// The filter that names levels and modules alone; `None` for one of spans. Blanks and what is empty between commas mean nothing, as in
/// the general one: here they would be parts of a name, and a level of their own.
fn levels_of(text: &str) -> Option<Targets> {
    let parts: Vec<_> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(",").parse().ok().filter(|_| !text.contains('['))
}

/// Leaves out the libraries that the exporter itself sends with: its sending would be news to send, for ever.
fn without_exporter(filter: EnvFilter) -> EnvFilter {
    [
        "h2",
        "hyper",
        "hyper_util",
        "opentelemetry",
        "opentelemetry_otlp",
        "opentelemetry_sdk",
        "tonic",
        "tower",
    ]
    .iter()
    .filter_map(|library| format!("{library}=off").parse().ok())
    .fold(filter, EnvFilter::add_directive)
}

/// Colours are for people in front of a terminal: in a file they are noise, and painting takes longer than writing.
fn printer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    printer_to(format, std::io::stderr, std::io::stderr().is_terminal())
}

fn printer_to<S, W>(format: LogFormat, writer: W, ansi: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer::<S>().with_writer(writer).with_target(false);
    match format {
        LogFormat::Pretty => {
            let plain = layer.with_ansi(ansi);
            plain.map_event_format(|line| Line { plain: line.with_ansi(ansi), format }).boxed()
        }
        LogFormat::Json => {
            let plain = layer.json().flatten_event(true);
            plain.map_event_format(|line| Line { plain: line, format }).boxed()
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn blanks_and_empty_parts_of_a_filter_mean_nothing_and_spans_are_left_to_the_general_one() {
        let shows =
            |text: &str, module: &str, level: Level| levels_of(text).unwrap().would_enable(module, &level);
        for text in ["info,h2=warn", " info, h2=warn ", "info,,h2=warn,", "h2=warn,info,"] {
            assert!(shows(text, "registry", Level::INFO), "{text:?}");
            assert!(!shows(text, "registry", Level::DEBUG), "{text:?}");
            assert!(!shows(text, "h2::client", Level::INFO), "{text:?}");
        }
        assert!(shows("", "registry", Level::ERROR));
        for text in ["info,[rpc]=debug", "info,[{caller}]=debug"] {
            assert!(levels_of(text).is_none(), "{text:?}");
        }
    }
}
