//! The bound on requests in flight: one more is refused at once, so that those inside finish in time.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
    time::Duration,
};

use futures::future::Either;
use http::HeaderMap;
use pin_project_lite::pin_project;
use tonic::{Code, body::Body};
use tower::{Layer, Service};

use super::places::{Place, Places};
use crate::error::Reason;

/// Pause that a refused client is told to make.
const PAUSE: Duration = Duration::from_secs(1);

/// What a request is refused by, as it is sent: the same for all, so its details are encoded once.
static REFUSAL: LazyLock<HeaderMap> = LazyLock::new(|| {
    let refusal = Reason::new(Code::ResourceExhausted, "OVERLOADED").retry_after(PAUSE);
    let refusal = refusal.into_status("the server has as many requests as it can answer; retry");
    refusal.into_http::<Body>().headers().clone()
});

/// The health service, which is not counted.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Refuses requests beyond the bound with `RESOURCE_EXHAUSTED`. A request counts until its answer begins; streams are
/// bounded by the connection.
#[derive(Clone, Debug)]
pub(super) struct AdmissionLayer(Arc<Places>);

impl AdmissionLayer {
    pub(super) fn new(places: Arc<Places>) -> Self {
        Self(places)
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
    places: Arc<Places>,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Admission<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Self::Response, Self::Error>>, Admitted<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // A busy server is healthy: whoever watches it must not restart it for being busy.
        if request.uri().path().starts_with(HEALTH) {
            return Either::Right(Admitted { answer: self.inner.call(request), place: None });
        }
        let Some(place) = self.places.take() else {
            let mut refusal = http::Response::new(Body::empty());
            refusal.headers_mut().clone_from(&REFUSAL);
            return Either::Left(ready(Ok(refusal)));
        };
        Either::Right(Admitted { answer: self.inner.call(request), place: Some(place) })
    }
}

pin_project! {
    /// An answer on its way, and the place that it takes until it begins.
    pub(super) struct Admitted<F> {
        #[pin]
        answer: F,
        place: Option<Place>,
    }
}

impl<F: Future> Future for Admitted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let answer = std::task::ready!(this.answer.poll(cx));
        this.place.take();
        Poll::Ready(answer)
    }
}
