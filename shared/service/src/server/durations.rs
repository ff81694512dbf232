//! How long answers took, by method and code.

use std::{sync::OnceLock, time::Duration};

use contract::access::{self, Rpc};
use opentelemetry::{
    KeyValue,
    metrics::{BoundHistogram, Histogram, Meter},
};
use tonic::Code;

/// Upper bounds of the histogram, in seconds: from a fast read to the longest import.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// A histogram. Nearly all answers are good: what these are counted in is looked up once for each method, and not by its labels each time.
#[derive(Debug)]
pub(super) struct Durations {
    all: Histogram<f64>,
    /// Those of good answers, by the number of the RPC.
    good: Vec<OnceLock<BoundHistogram<f64>>>,
}

impl Durations {
    /// None so far, told by `meter`.
    pub(super) fn of(meter: &Meter) -> Self {
        let all = meter
            .f64_histogram("rpc.server.duration")
            .with_unit("s")
            .with_description("Time from the arrival of a request to the end of its answer")
            .with_boundaries(BUCKETS.to_vec())
            .build();
        Self { all, good: (0..access::count()).map(|_| OnceLock::new()).collect() }
    }

    /// An answer took so long.
    pub(super) fn record(&self, rpc: Option<&'static Rpc>, code: Code, took: Duration) {
        let labels = || {
            let code = i64::from(code as i32);
            [KeyValue::new("rpc.method", method_of(rpc)), KeyValue::new("rpc.grpc.status_code", code)]
        };
        let seconds = took.as_secs_f64();
        match rpc {
            Some(rpc) if code == Code::Ok => {
                self.good[rpc.number].get_or_init(|| self.all.bind(&labels())).record(seconds);
            }
            _ => self.all.record(seconds, &labels()),
        }
    }
}

/// The label of a method. Only names of the contract become labels: a client cannot fill the memory with invented ones.
pub(super) fn method_of(rpc: Option<&'static Rpc>) -> &'static str {
    rpc.map_or("other", |rpc| rpc.path)
}

#[cfg(test)]
mod tests {
    use opentelemetry::metrics::MeterProvider;
    use opentelemetry_sdk::metrics::SdkMeterProvider;
    use prometheus::{Encoder, Registry, TextEncoder};

    use super::*;

    const LIST_WORK: &str = "/xinjian.common.v1.Work/ListWork";
    const COUNT_WORK: &str = "/xinjian.common.v1.Work/CountWork";

    #[test]
    fn every_answer_is_counted_once_by_its_method_and_code() {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build().unwrap();
        let provider = SdkMeterProvider::builder().with_reader(exporter).build();
        let durations = Durations::of(&provider.meter("test"));
        let (list, count) = (access::rpc_of(LIST_WORK), access::rpc_of(COUNT_WORK));
        for (rpc, code) in [
            (list, Code::Ok),
            (list, Code::NotFound),
            (list, Code::Ok),
            (count, Code::Ok),
            (None, Code::Ok),
            (list, Code::Ok),
        ] {
            durations.record(rpc, code, Duration::from_millis(3));
        }

        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let counted = |method: &str, code: &str| {
            let (method, code) =
                (format!("rpc_method=\"{method}\""), format!("rpc_grpc_status_code=\"{code}\""));
            let mut counts = text.lines().filter(|line| {
                line.starts_with("rpc_server_duration_seconds_count")
                    && line.contains(&method)
                    && line.contains(&code)
            });
            let count = counts.next().and_then(|line| line.rsplit(' ').next());
            assert!(counts.next().is_none(), "{text}");
            count.map(str::to_owned)
        };
        assert_eq!(counted(LIST_WORK, "0").as_deref(), Some("3"), "{text}");
        assert_eq!(counted(LIST_WORK, "5").as_deref(), Some("1"), "{text}");
        assert_eq!(counted(COUNT_WORK, "0").as_deref(), Some("1"), "{text}");
        assert_eq!(counted("other", "0").as_deref(), Some("1"), "{text}");
    }
}
