//! Calls to other services: a channel that sends a token, the trace and the rest of the deadline with every request, and may have a
//! [`Guard`] before it. A service that runs in this process may be asked [straight](Neighbour).

mod guard;
mod line;

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use tonic::{Status, body::Body, transport::Channel};
use tower::Service;

use crate::{
    auth::{ACCOUNT, Caller, TokenSource, bearer_of},
    deadline, telemetry,
};

use line::Line;

pub use guard::Guard;
pub use line::Neighbour;

/// A channel in somebody's name. Generated clients take it: `EnterprisesClient::new(peer)`.
#[derive(Clone, Debug)]
pub struct Peer {
    channel: Channel,
    name: InNameOf,
    guard: Option<Guard>,
    neighbour: Option<Neighbour>,
}

#[derive(Clone, Debug)]
enum InNameOf {
    Service(TokenSource),
    Caller(Caller),
}

impl Peer {
    /// Calls in the service's own name.
    pub fn as_service(channel: Channel, token: TokenSource) -> Self {
        Self { channel, name: InNameOf::Service(token), guard: None, neighbour: None }
    }

    /// Calls in the name of the caller who asked us: the other service checks the caller's rights, not ours.
    pub fn as_caller(channel: Channel, caller: &Caller) -> Self {
        Self { channel, name: InNameOf::Caller(caller.clone()), guard: None, neighbour: None }
    }

    /// The same with a guard before the service.
    #[must_use]
    pub fn guarded(self, guard: Guard) -> Self {
        Self { guard: Some(guard), ..self }
    }

    /// The same, which asks the service straight while it runs in this process, if that is where the channel leads.
    #[must_use]
    pub fn next_to(self, neighbour: Option<Neighbour>) -> Self {
        Self { neighbour, ..self }
    }

    /// The header that says in whose name the call is made: `authorization`, marked so that no layer logs it, or the name of the
    /// service account that has no token. The other service takes the name from us because our certificate may relay.
    fn authorization(&self) -> Result<(HeaderName, HeaderValue), Status> {
        let (header, value) = match &self.name {
            InNameOf::Service(source) => {
                let token =
                    source.current().map_err(|problem| Status::unauthenticated(problem.to_string()))?;
                (AUTHORIZATION, bearer_of(&token))
            }
            InNameOf::Caller(caller) if caller.token().is_some() => (AUTHORIZATION, caller.bearer()),
            InNameOf::Caller(caller) => (ACCOUNT, HeaderValue::try_from(caller.subject()).ok()),
        };
        let unfit = || Status::unauthenticated("the token has characters that a header cannot hold");
        Ok((header, value.ok_or_else(unfit)?))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Service<http::Request<Body>> for Peer {
    type Response = http::Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let (header, value) = match self.authorization() {
            Ok(named) => named,
            Err(status) => return Box::pin(async move { Err(status.into()) }),
        };
        request.headers_mut().insert(header, value);
        telemetry::inject(request.headers_mut());
        deadline::shorten(request.headers_mut());
        let mut line = Line::of(&mut self.channel, self.neighbour, request.uri().path());
        match self.guard.clone() {
            None => line.call(request),
            Some(guard) => Box::pin(async move { guard.call(line, request).await }),
        }
    }
}
