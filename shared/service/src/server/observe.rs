//! What every request leaves behind: one span (method, caller, code, duration), one measurement, and, if it panics or
//! overruns its deadline, an answer all the same. What is said in many messages may take long to come over a slow line: the time of
//! the answer then begins when all of it has come.

use std::{
    convert::Infallible,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::FutureExt;
use http::HeaderMap;
use opentelemetry::{
    KeyValue,
    metrics::{Histogram, UpDownCounter},
};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{observed_body::ObservedBody, said_body::SaidBody};
use crate::{deadline, error::Reason, telemetry};

/// Upper bounds of the duration histogram, in seconds: from a fast read to the longest import.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Longest time for a request of many messages, from its first to the answer. Whoever says nothing for a while is ended by who reads it.
const SAYING: Duration = Duration::from_secs(3_600);

/// Observes every request, and bounds it by `timeout` or by the client's own deadline, whichever is shorter.
#[derive(Clone, Debug)]
pub(super) struct ObserveLayer {
    timeout: Duration,
    meters: Arc<Meters>,
}

#[derive(Debug)]
struct Meters {
    duration: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
}

impl ObserveLayer {
    pub(super) fn new(timeout: Duration) -> Self {
        let meter = opentelemetry::global::meter("xinjian");
        let duration = meter
            .f64_histogram("rpc.server.duration")
            .with_unit("s")
            .with_description("Time from the arrival of a request to the end of its answer")
            .with_boundaries(BUCKETS.to_vec())
            .build();
        let in_flight = meter
            .i64_up_down_counter("rpc.server.in_flight")
            .with_description("Requests whose answer has not ended")
            .build();
        Self { timeout, meters: Arc::new(Meters { duration, in_flight }) }
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe { layer: self.clone(), inner }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Observe<S> {
    layer: ObserveLayer,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Observe<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let observation = Observation::begin(&request, &self.layer.meters);
        let span = observation.span.clone();
        let (asked, timeout) = (deadline::asked(request.headers()), self.layer.timeout);
        let (request, said) = match contract::access::is_asked_with_a_stream(request.uri().path()) {
            true => SaidBody::of(request),
            false => (request, None),
        };
        let longest = if said.is_some() { SAYING } else { timeout };
        let end = Instant::now() + asked.map_or(longest, |asked| asked.min(longest));
        let said_long_ago = async move {
            match said {
                // Ended or given up: nothing more is waited for.
                Some(said) => drop(said.await),
                None => std::future::pending().await,
            }
            tokio::time::sleep(timeout).await;
        };
        // The layers inside decide synchronously, within the span; what they call may panic as well.
        let answer =
            span.in_scope(|| std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request))));
        let answer = async move {
            let Ok(answer) = answer else { return panicked() };
            let answer = deadline::within(end, AssertUnwindSafe(answer).catch_unwind());
            let answered = tokio::select! {
                biased;
                answered = tokio::time::timeout_at(end, answer) => answered.ok(),
                () = said_long_ago => None,
            };
            match answered {
                Some(Ok(Ok(answer))) => answer,
                Some(Ok(Err(never))) => match never {},
                Some(Err(_)) => panicked(),
                None => overrun(),
            }
        };
        Box::pin(async move { Ok(observation.watch(answer.instrument(span).await)) })
    }
}

fn panicked() -> http::Response<Body> {
    // The panic hook has printed where; this says which request.
    tracing::error!("a request panicked");
    Reason::new(Code::Internal, "INTERNAL")
        .into_status("the request failed by a fault of the server")
        .into_http()
}

fn overrun() -> http::Response<Body> {
    Reason::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
        .into_status("the deadline passed before the answer was ready")
        .into_http()
}

/// One request under observation. Dropping it ends the observation: with the code that was seen last, or as cancelled.
#[derive(Debug)]
pub(super) struct Observation {
    pub(super) span: Span,
    method: &'static str,
    began: Instant,
    code: Option<Code>,
    meters: Arc<Meters>,
}

impl Observation {
    fn begin(request: &http::Request<Body>, meters: &Arc<Meters>) -> Self {
        // Only names of the contract become labels: a client cannot fill the memory with invented ones.
        let method = contract::access::known_path(request.uri().path()).unwrap_or("other");
        let span = if telemetry::exports_traces() { traced(request, method) } else { printed(method) };
        meters.in_flight.add(1, &[]);
        Self { span, method, began: Instant::now(), code: None, meters: meters.clone() }
    }

    /// Goes on observing the body of the answer, unless the answer is complete already.
    fn watch(mut self, answer: http::Response<Body>) -> http::Response<Body> {
        self.note(answer.headers());
        if self.code.is_some() {
            return answer;
        }
        answer.map(|body| Body::new(ObservedBody::new(body, self)))
    }

    /// Takes the code from headers or trailers, if they carry one.
    pub(super) fn note(&mut self, headers: &HeaderMap) {
        // Not by way of a `Status`, which would copy all of them.
        if let Some(code) = headers.get(Status::GRPC_STATUS) {
            self.code = Some(Code::from_bytes(code.as_bytes()));
        }
    }

    /// The answer broke off with this error.
    pub(super) fn broke(&mut self, status: &Status) {
        self.code = Some(status.code());
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        let took = self.began.elapsed();
        self.meters.in_flight.add(-1, &[]);
        let labels = [
            KeyValue::new("rpc.method", self.method),
            KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)),
        ];
        self.meters.duration.record(took.as_secs_f64(), &labels);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if telemetry::exports_traces() {
            let code = tracing::field::debug(code);
            tracing::record_all!(self.span, rpc.code = code, duration_ms = duration_ms);
        }
        let method = self.method;
        tracing::debug!(parent: &self.span, "answered {method} with {code:?} in {duration_ms} ms");
    }
}

/// The span of a request that a collector is told of, below the span of its caller.
fn traced(request: &http::Request<Body>, method: &'static str) -> Span {
    let span = tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        rpc.method = method,
        caller = tracing::field::Empty,
        office = tracing::field::Empty,
        rpc.code = tracing::field::Empty,
        duration_ms = tracing::field::Empty,
    );
    if !span.is_disabled() {
        // A span that is filtered out has no parent to set, and nothing is lost.
        let _ = span.set_parent(telemetry::extract(request.headers()));
    }
    span
}

/// The span of a request that nobody is told of: what a line of the log shows around it, and nothing that is known only at its end.
fn printed(method: &'static str) -> Span {
    tracing::info_span!(
        "rpc",
        rpc.method = method,
        caller = tracing::field::Empty,
        office = tracing::field::Empty
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{StreamExt, stream};
    use http_body::Frame;
    use http_body_util::{BodyExt, StreamBody};
    use tower::{ServiceExt, service_fn};

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);
    const IN_PARTS: &str = "/xinjian.collection.v1.Imports/CreateImport";
    const AT_ONCE: &str = "/xinjian.collection.v1.Imports/GetImport";

    /// What a handler that reads everything, and works for a time, answers to a body of so many parts with a second between them.
    async fn answered(path: &str, parts: u32, work: Duration) -> Code {
        let parts = stream::iter(0..parts).then(|_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Status>(Frame::data(Bytes::from_static(b"x")))
        });
        let mut request = http::Request::new(Body::new(StreamBody::new(parts)));
        *request.uri_mut() = path.parse().unwrap();
        let reader = service_fn(move |request: http::Request<Body>| async move {
            request.into_body().collect().await.unwrap();
            tokio::time::sleep(work).await;
            Ok::<http::Response<Body>, Infallible>(Status::ok("").into_http())
        });
        let answer = ObserveLayer::new(TIMEOUT).layer(reader).oneshot(request).await.unwrap();
        Status::from_header_map(answer.headers()).unwrap().code()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_sent_in_parts_may_take_long_to_come_and_its_answer_may_not() {
        assert_eq!(answered(IN_PARTS, 600, TIMEOUT / 2).await, Code::Ok);
        assert_eq!(answered(IN_PARTS, 10, TIMEOUT * 2).await, Code::DeadlineExceeded);
        assert_eq!(answered(IN_PARTS, 4_000, Duration::ZERO).await, Code::DeadlineExceeded);
        assert_eq!(answered(AT_ONCE, 60, Duration::ZERO).await, Code::DeadlineExceeded);
    }
}
