//! Telemetry of a whole process, to a collector in plain text: one test, because a process starts telemetry once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod observed;

use service::{telemetry::Config, testing::listener};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_leaves_a_trace_a_log_and_a_measurement() {
    let incoming = listener().await;
    let otlp_endpoint = Some(format!("http://{}", incoming.local_addr().unwrap()));
    observed::one_request(incoming, Config { otlp_endpoint, ..Config::default() }, None).await;
}
