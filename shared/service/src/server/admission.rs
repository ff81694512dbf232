//! The bound on requests in flight: one more is refused at once, so that those inside finish in time.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::Semaphore;
use tonic::{Code, body::Body};
use tower::{Layer, Service};

use crate::error::Reason;

/// Pause that a refused client is told to make.
const PAUSE: Duration = Duration::from_secs(1);

/// The health service, which is not counted.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Refuses requests beyond the bound with `RESOURCE_EXHAUSTED`. A request counts until its answer begins; streams are
/// bounded by the connection.
#[derive(Clone, Debug)]
pub(super) struct AdmissionLayer(Arc<Semaphore>);

impl AdmissionLayer {
    pub(super) fn new(most: u32) -> Self {
        Self(Arc::new(Semaphore::new(most as usize)))
    }
}

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admission<S>;

    fn layer(&self, inner: S) -> Admission<S> {
        Admission { places: self.0.clone(), inner }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Admission<S> {
    places: Arc<Semaphore>,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Admission<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // A busy server is healthy: whoever watches it must not restart it for being busy.
        if request.uri().path().starts_with(HEALTH) {
            return Box::pin(self.inner.call(request));
        }
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let refusal = Reason::new(Code::ResourceExhausted, "OVERLOADED").retry_after(PAUSE);
            let refusal =
                refusal.into_status("the server has as many requests as it can answer; retry").into_http();
            return Box::pin(async move { Ok(refusal) });
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(place);
            answer
        })
    }
}
