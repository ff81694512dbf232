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
    /// Whoever asks says all of a question at once.
    says_whole: bool,
}

#[derive(Clone, Debug)]
enum InNameOf {
    Service(TokenSource),
    Caller(Caller),
}

impl Peer {
    /// Calls in the service's own name.
    pub fn as_service(channel: Channel, token: TokenSource) -> Self {
        Self::in_name_of(InNameOf::Service(token), channel)
    }

    /// Calls in the name of the caller who asked us: the other service checks the caller's rights, not ours.
    pub fn as_caller(channel: Channel, caller: &Caller) -> Self {
        Self::in_name_of(InNameOf::Caller(caller.clone()), channel)
    }

    fn in_name_of(name: InNameOf, channel: Channel) -> Self {
        Self { channel, name, guard: None, neighbour: None, says_whole: false }
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

    /// The same, for questions that are made here and said at once, and not passed on from somebody who may take long to say them.
    #[must_use]
    pub fn saying_whole(self) -> Self {
        Self { says_whole: true, ..self }
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

    /// The channel is waited for where it is the way of a call: in this process it seldom is.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let (header, value) = match self.authorization() {
            Ok(named) => named,
            Err(status) => return Box::pin(async move { Err(status.into()) }),
        };
        request.headers_mut().insert(header, value);
        telemetry::inject(request.headers_mut());
        deadline::shorten(request.headers_mut());
        let mut line = Line::of(&self.channel, self.neighbour, request.uri().path());
        let is_near = self.says_whole && matches!(line, Line::Straight(_));
        match self.guard.clone() {
            None => line.call(request),
            Some(guard) if is_near => Box::pin(guard.call_near(line.call(request))),
            Some(guard) => Box::pin(async move { guard.call(line, request).await }),
        }
    }
}
