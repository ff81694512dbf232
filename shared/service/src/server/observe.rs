//! What every request leaves behind: one span for a collector (method, caller, code, duration), its name around the lines of the log, one
//! measurement, and, if it panics or overruns its deadline, an answer all the same. What is said in many messages may take long to come
//! over a slow line: the time of the answer then begins when all of it has come.

use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use contract::access::Rpc;
use http::HeaderMap;
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{
    durations::{Durations, method_of},
    observed_body::ObservedBody,
    places::{Begun, Places},
    said_body::SaidBody,
    until::Until,
};
use crate::{
    deadline,
    error::Reason,
    telemetry::{self, Asked},
};

/// Longest time for a request of many messages, from its first to the answer. Whoever says nothing for a while is ended by who reads it.
const SAYING: Duration = Duration::from_secs(3_600);

/// From when on an answer of one message leaves a line that says how long it took. It is as long as sqlx takes for slow, and the line
/// behind those of slow statements: SQLite runs them in threads of its own, where nobody knows whose they are.
const SLOW: Duration = Duration::from_secs(1);

/// Observes every request, and bounds it by `timeout` or by the client's own deadline, whichever is shorter.
#[derive(Clone, Debug)]
pub(super) struct ObserveLayer {
    timeout: Duration,
    meters: Arc<Meters>,
}

#[derive(Debug)]
struct Meters {
    durations: Durations,
    places: Arc<Places>,
}

impl ObserveLayer {
    pub(super) fn new(timeout: Duration, places: Arc<Places>) -> Self {
        let durations = Durations::of(&opentelemetry::global::meter("xinjian"));
        Self { timeout, meters: Arc::new(Meters { durations, places }) }
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
{
    type Response = http::Response<ObservedBody>;
    type Error = Infallible;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Observed<S::Future> {
        let rpc = contract::access::rpc_of(request.uri().path());
        let observation = Observation::begin(&request, rpc, &self.layer.meters);
        let (asked, timeout) = (deadline::asked(request.headers()), self.layer.timeout);
        let (request, said) = match rpc.is_some_and(|rpc| rpc.is_asked_with_a_stream) {
            true => SaidBody::of(request),
            false => (request, None),
        };
        let longest = if said.is_some() { SAYING } else { timeout };
        let end = observation.began + asked.map_or(longest, |asked| asked.min(longest));
        // The layers inside decide synchronously, within the span; what they call may panic as well.
        let inner = AssertUnwindSafe(|| self.inner.call(request));
        let answer = observation.within(|| catch_unwind(inner)).ok();
        Observed { answer, until: Until::new(end, said, timeout), observation: Some(observation) }
    }
}

pin_project! {
    /// An answer on its way, until it begins.
    pub(super) struct Observed<F> {
        // None: it panicked.
        #[pin]
        answer: Option<F>,
        until: Until,
        // None: it has begun.
        observation: Option<Observation>,
    }

    impl<F> PinnedDrop for Observed<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(observation) = this.observation.as_ref() {
                // Whoever asked went away: what the answer says as it ends is about this request, too.
                observation.within(|| this.answer.set(None));
            }
        }
    }
}

impl<F> Future for Observed<F>
where
    F: Future<Output = Result<http::Response<Body>, Infallible>>,
{
    type Output = Result<http::Response<ObservedBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let observation = this.observation.as_ref().expect("it is polled until its answer begins");
        let answer = observation.within(|| {
            let answer = begun(this.answer.as_mut(), this.until, cx);
            if answer.is_ready() {
                // What was given up ends here, and its lines are still about this request.
                this.answer.set(None);
            }
            answer
        });
        let answer = ready!(answer);
        let observation = this.observation.take().expect("it was there before");
        Poll::Ready(Ok(observation.watch(answer)))
    }
}

/// The answer, when it begins: that of the RPC, or one in its place.
fn begun<F>(
    answer: Pin<&mut Option<F>>,
    until: &mut Until,
    cx: &mut Context<'_>,
) -> Poll<http::Response<Body>>
where
    F: Future<Output = Result<http::Response<Body>, Infallible>>,
{
    let Some(answer) = answer.as_pin_mut() else { return Poll::Ready(panicked()) };
    let polled = deadline::known(until.end(), || catch_unwind(AssertUnwindSafe(|| answer.poll(cx))));
    match polled {
        Ok(Poll::Ready(Ok(answer))) => Poll::Ready(answer),
        Ok(Poll::Ready(Err(never))) => match never {},
        Ok(Poll::Pending) => until.poll_passed(cx).map(|()| overrun()),
        Err(_) => Poll::Ready(panicked()),
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
    /// None where the log alone is told, of an answer of one message.
    span: Span,
    /// The request in that case.
    asked: Option<Arc<Asked>>,
    /// None: none of the contract.
    rpc: Option<&'static Rpc>,
    began: Instant,
    code: Option<Code>,
    /// Whether something may be said while the answer is sent: a single message is only sent.
    says_more: bool,
    /// A stream that has begun.
    begun: Option<Begun>,
    meters: Arc<Meters>,
}

impl Observation {
    fn begin(request: &http::Request<Body>, rpc: Option<&'static Rpc>, meters: &Arc<Meters>) -> Self {
        let method = method_of(rpc);
        let is_stream = rpc.is_none_or(|rpc| rpc.is_asked_with_a_stream || rpc.answers_with_a_stream);
        let (span, asked) = match (telemetry::exports_traces(), is_stream) {
            (true, _) => (traced(request, method), None),
            (false, true) => (printed(method), None),
            (false, false) => (Span::none(), Some(Asked::of(method))),
        };
        let (began, meters) = (Instant::now(), meters.clone());
        Self { span, asked, rpc, began, code: None, says_more: is_stream, begun: None, meters }
    }

    /// Runs `work`, whose lines are about this request.
    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.asked {
            Some(asked) => asked.within(work),
            None => self.span.in_scope(work),
        }
    }

    /// Runs `work`, which sends a part of the answer.
    pub(super) fn sending<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.says_more { self.within(work) } else { work() }
    }

    /// Goes on observing the body of the answer, unless the answer is complete already.
    fn watch(mut self, answer: http::Response<Body>) -> http::Response<ObservedBody> {
        self.note(answer.headers());
        if self.code.is_some() {
            return answer.map(|body| ObservedBody::new(body, None));
        }
        self.begun = self.says_more.then(|| self.meters.places.begin());
        answer.map(|body| ObservedBody::new(body, Some(self)))
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
        self.meters.durations.record(self.rpc, code, took);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if telemetry::exports_traces() {
            let code = tracing::field::debug(code);
            tracing::record_all!(self.span, rpc.code = code, duration_ms = duration_ms);
        }
        let method = method_of(self.rpc);
        // Where there is a span, it names the statements itself.
        if took >= SLOW && self.asked.is_some() {
            self.within(|| tracing::info!("slow: answered {method} with {code:?} in {duration_ms} ms"));
        } else if tracing::enabled!(tracing::Level::DEBUG) {
            self.within(|| tracing::debug!("answered {method} with {code:?} in {duration_ms} ms"));
        }
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

/// The span of a stream that nobody is told of, which lasts and may say much: what a line of the log shows around it, and nothing that is
/// known only at its end.
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
    use std::sync::atomic::{AtomicBool, Ordering};

    use bytes::Bytes;
    use futures::{FutureExt, StreamExt, stream};
    use http_body::Frame;
    use http_body_util::{BodyExt, StreamBody};
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::testing::Lines;

    const TIMEOUT: Duration = Duration::from_secs(30);
    const IN_PARTS: &str = "/xinjian.collection.v1.Imports/CreateImport";
    const AT_ONCE: &str = "/xinjian.collection.v1.Imports/GetImport";
    const FOLLOWING: &str = "/xinjian.feed.v1.Feed/Subscribe";

    fn observing(places: Arc<Places>) -> ObserveLayer {
        ObserveLayer::new(TIMEOUT, places)
    }

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
        let answer = observing(Places::new("test", 1)).layer(reader).oneshot(request).await.unwrap();
        Status::from_header_map(answer.headers()).unwrap().code()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_sent_in_parts_may_take_long_to_come_and_its_answer_may_not() {
        assert_eq!(answered(IN_PARTS, 600, TIMEOUT / 2).await, Code::Ok);
        assert_eq!(answered(IN_PARTS, 10, TIMEOUT * 2).await, Code::DeadlineExceeded);
        assert_eq!(answered(IN_PARTS, 4_000, Duration::ZERO).await, Code::DeadlineExceeded);
        assert_eq!(answered(AT_ONCE, 60, Duration::ZERO).await, Code::DeadlineExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_leaves_a_line_that_names_its_request_and_a_quick_one_leaves_none() {
        let lines = Lines::default();
        let _logging = tracing::dispatcher::set_default(&lines.dispatch());
        assert_eq!(answered(AT_ONCE, 0, SLOW / 2).await, Code::Ok);
        assert_eq!(lines.so_far(), [""; 0]);
        assert_eq!(answered(AT_ONCE, 0, SLOW).await, Code::Ok);
        let said = lines.so_far().join("\n");
        assert!(said.contains(&format!("slow: answered {AT_ONCE} with Ok in 1")), "{said}");
    }

    /// Notes, as it is let go of, whether a line would then name the request.
    struct Leaving(Arc<AtomicBool>);

    impl Drop for Leaving {
        fn drop(&mut self) {
            self.0.store(Asked::here().is_some(), Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn what_is_said_when_whoever_asked_goes_away_is_still_about_the_request() {
        let is_named = Arc::new(AtomicBool::new(false));
        let noted = is_named.clone();
        let waits = service_fn(move |_: http::Request<Body>| {
            let leaving = Leaving(noted.clone());
            async move {
                let _leaving = leaving;
                std::future::pending::<Result<http::Response<Body>, Infallible>>().await
            }
        });
        let mut request = http::Request::new(Body::empty());
        *request.uri_mut() = AT_ONCE.parse().unwrap();
        let mut answer = Box::pin(observing(Places::new("test", 1)).layer(waits).oneshot(request));
        assert!(answer.as_mut().now_or_never().is_none());
        drop(answer);
        assert!(is_named.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_stream_is_in_flight_until_it_ends_and_one_message_that_is_sent_is_not() {
        let places = Places::new("test", 1);
        let begins = service_fn(|_: http::Request<Body>| async {
            let never = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Status>>());
            Ok::<_, Infallible>(http::Response::new(Body::new(never)))
        });
        let begun = |path: &'static str| {
            let mut request = http::Request::new(Body::empty());
            *request.uri_mut() = http::Uri::from_static(path);
            observing(places.clone()).layer(begins).oneshot(request)
        };
        let _one = begun(AT_ONCE).await.unwrap();
        assert_eq!(places.in_flight(), 0);
        let stream = begun(FOLLOWING).await.unwrap();
        assert_eq!(places.in_flight(), 1);
        drop(stream);
        assert_eq!(places.in_flight(), 0);
    }
}
