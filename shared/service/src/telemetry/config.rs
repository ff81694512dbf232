//! Settings of telemetry.

use std::{net::SocketAddr, path::PathBuf};

use crate::config::PUBLIC_AUTHORITIES;

/// Where logs, traces and metrics go.
#[derive(Clone, Debug, clap::Args)]
// A service flattens several structs of this name, and itself is one: groups are told apart by their ids.
#[group(id = "telemetry")]
pub struct Config {
    /// Which logs and spans to keep, as `level` or `module=level,…`.
    #[arg(long = "log", env = "XINJIAN_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// Form of the logs on standard error.
    #[arg(long, env = "XINJIAN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Pretty)]
    pub log_format: LogFormat,
    /// Collector for traces, metrics and logs (OTLP over gRPC), such as `https://collector:4317`, or `http://…` in plain text. None:
    /// nothing is sent.
    #[arg(long, env = "XINJIAN_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Certificates of the authority that vouches for the collector (PEM), where its address has `https`.
    #[arg(long, env = "XINJIAN_OTLP_CA", value_name = "FILE", default_value = PUBLIC_AUTHORITIES)]
    pub otlp_ca: PathBuf,
    /// Address and port where Prometheus can fetch `/metrics`, over TLS where this process has a certificate. None: nowhere.
    #[arg(long, env = "XINJIAN_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,
}

/// Form of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line, for machines.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            log_format: LogFormat::Pretty,
            otlp_endpoint: None,
            otlp_ca: PUBLIC_AUTHORITIES.into(),
            metrics_listen: None,
        }
    }
}
