//! The way of one call: over the wire, or straight to a server of this process.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use contract::access::{answers_with_a_stream, is_asked_with_a_stream};
use tonic::{body::Body, transport::Channel};
use tower::{Service, ServiceExt};

use super::BoxError;
use crate::server::Inside;

/// Where a service may be found in this process. Looked for at each call: it may have ended, and another one may listen there, here or
/// in another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour(SocketAddr);

impl Neighbour {
    /// The service at this address of a channel; `None` where it speaks TLS or has a name, because such a one is elsewhere.
    pub fn at(address: &str) -> Option<Self> {
        let address = address.strip_prefix("http://").unwrap_or(address);
        address.trim_end_matches('/').parse().ok().map(Self)
    }
}

/// The way of one call.
#[derive(Debug)]
pub(super) enum Line {
    Wire(Channel),
    Straight(Inside),
}

impl Line {
    /// The way of a call to `path`. Streams go over the wire, where connections bound them.
    pub(super) fn of(channel: &Channel, neighbour: Option<Neighbour>, path: &str) -> Self {
        let is_stream = || answers_with_a_stream(path) || is_asked_with_a_stream(path);
        let inside = neighbour.filter(|_| !is_stream()).and_then(|Neighbour(address)| Inside::at(&address));
        match inside {
            Some(inside) => Self::Straight(inside),
            None => Self::Wire(channel.clone()),
        }
    }
}

impl Service<http::Request<Body>> for Line {
    type Response = http::Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    /// Nothing is asked before the answer is waited for.
    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match self {
            Self::Wire(channel) => {
                let answer = channel.clone().oneshot(request);
                Box::pin(async move { Ok(answer.await?) })
            }
            Self::Straight(inside) => Box::pin(inside.clone().ask(request)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_in_plain_text_and_digits_may_be_one_of_this_process() {
        let here = Some(Neighbour(SocketAddr::from(([127, 0, 0, 1], 50_051))));
        for address in ["http://127.0.0.1:50051", "127.0.0.1:50051", "http://127.0.0.1:50051/"] {
            assert_eq!(Neighbour::at(address), here, "{address}");
        }
        for address in ["https://127.0.0.1:50051", "http://registry:50051", "registry:50051", ""] {
            assert_eq!(Neighbour::at(address), None, "{address}");
        }
    }
}
