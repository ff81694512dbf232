//! The authority as a layer around every service of a server.

use std::{
    future::{Ready, ready},
    task::{Context, Poll},
};

use futures::future::Either;
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
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Self::Response, Self::Error>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self.authority.decide(request.uri().path(), request.headers()) {
            Ok(None) => {}
            Ok(Some(caller)) => {
                // Both at once: each record is written out by whoever prints.
                let (span, subject, office) = (Span::current(), caller.subject(), caller.office().as_str());
                tracing::record_all!(span, caller = subject, office = office);
                request.extensions_mut().insert(caller);
            }
            Err(denied) => {
                let refusal = Status::from(denied).into_http();
                return Either::Left(ready(Ok(refusal)));
            }
        }
        Either::Right(self.inner.call(request))
    }
}
