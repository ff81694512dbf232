//! The authority as a layer around every service of a server.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tonic::{Status, body::Body};
use tower::{Layer, Service};
use tracing::Span;

use super::Authority;

/// Refuses what the [`Authority`] denies, and gives handlers the [`Caller`](super::Caller) of the rest.
#[derive(Clone, Debug)]
pub struct AuthLayer(Authority);

impl AuthLayer {
    /// A layer that asks `authority`.
    pub fn new(authority: Authority) -> Self {
        Self(authority)
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Authenticated<S> {
        Authenticated { authority: self.0.clone(), inner }
    }
}

/// A service behind the authority; see [`AuthLayer`].
#[derive(Clone, Debug)]
pub struct Authenticated<S> {
    authority: Authority,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Authenticated<S>
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

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self.authority.decide(request.uri().path(), request.headers()) {
            Ok(None) => {}
            Ok(Some(caller)) => {
                Span::current().record("caller", caller.subject()).record("office", caller.office().as_str());
                request.extensions_mut().insert(caller);
            }
            Err(denied) => {
                let refusal = Status::from(denied).into_http();
                return Box::pin(async move { Ok(refusal) });
            }
        }
        Box::pin(self.inner.call(request))
    }
}
