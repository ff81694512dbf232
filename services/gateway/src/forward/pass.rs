//! One RPC passed on, whatever its messages are.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderName, Method, Request, Response, Uri, Version,
    header::{CONTENT_TYPE, TE},
};
use http_body_util::BodyExt;
use service::{FieldErrors, auth::Caller};
use tonic::{Status, body::Body};
use tower::{Service, ServiceExt};

use super::{Home, homes_of};
use crate::{
    Error,
    cache::{Cache, changes},
    parts::Failure,
    peers::Peers,
};

/// Header that names the service that is asked, where several have the RPC.
pub(crate) static HOME: HeaderName = HeaderName::from_static("xinjian-service");

/// Headers that go with the message: how it is written, and the trace. Who asks and how long there is time, the peer adds.
static PASSED_ON: [HeaderName; 5] = [
    CONTENT_TYPE,
    TE,
    HeaderName::from_static("grpc-encoding"),
    HeaderName::from_static("grpc-accept-encoding"),
    HeaderName::from_static("grpc-timeout"),
];

/// Passes RPCs on to the service that has them.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    peers: Peers,
    /// Is told who changes something.
    cache: Option<Cache>,
}

impl Pass {
    pub(crate) fn new(peers: Peers, cache: Option<Cache>) -> Self {
        Self { peers, cache }
    }
}

impl Service<Request<Body>> for Pass {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let pass = self.clone();
        Box::pin(async move {
            let answer = pass.on(request).await;
            Ok(answer.unwrap_or_else(|error| Status::from(error).into_http()))
        })
    }
}

impl Pass {
    async fn on(&self, request: Request<Body>) -> Result<Response<Body>, Error> {
        let home = home_of(&request)?;
        let caller = request.extensions().get::<Caller>().cloned();
        let caller = caller.ok_or_else(|| Error::from(service::auth::Denied::TokenMissing))?;
        let writing = self.cache.as_ref().filter(|_| changes(request.uri().path()));
        let note = || writing.into_iter().for_each(|cache| cache.changed_by(&caller));
        // Before, because the caller may hang up; and after, whatever the answer is, because the time counts from there.
        note();
        let peer = self.peers.of_caller(home, request.uri().path(), &caller);
        let answer = peer.oneshot(message_of(request)).await;
        note();
        let answer = answer.map_err(|problem| {
            let failure = Failure::from(Status::from_error(problem));
            Error::Part { service: home.name(), failure }
        })?;
        Ok(match writing {
            Some(cache) => {
                let cache = cache.clone();
                noting(answer, move || cache.changed_by(&caller))
            }
            None => answer,
        })
    }
}

/// The answer to somebody who changes something, as it comes: with each message of a stream, and with its end, something has been changed
/// just now.
fn noting(answer: Response<Body>, mut note: impl FnMut() + Send + 'static) -> Response<Body> {
    answer.map(|body| {
        Body::new(body.map_frame(move |frame| {
            note();
            frame
        }))
    })
}

/// The service that is asked: the only one that has the RPC, or the one that the header names.
fn home_of(request: &Request<Body>) -> Result<Home, Error> {
    let service = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
    let homes = homes_of(service);
    if let [only] = homes {
        return Ok(*only);
    }
    let named = request.headers().get(&HOME).and_then(|name| name.to_str().ok());
    let found = homes.iter().find(|home| Some(home.name()) == named);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = homes.iter().map(|home| home.name()).collect();
        FieldErrors::one(HOME.as_str(), format!("must name one of: {}", names.join(", "))).into()
    })
}

/// The message as it goes on: nothing of the way that it has come.
fn message_of(request: Request<Body>) -> Request<Body> {
    let (parts, body) = request.into_parts();
    let kept = PASSED_ON.iter().filter_map(|name| Some((name.clone(), parts.headers.get(name)?.clone())));
    let mut message = Request::new(body);
    *message.headers_mut() = kept.collect::<HeaderMap>();
    *message.method_mut() = Method::POST;
    *message.version_mut() = Version::HTTP_2;
    *message.uri_mut() = Uri::try_from(parts.uri.path()).unwrap_or_default();
    message
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use bytes::Bytes;
    use futures::TryStreamExt;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    fn request(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
        let mut request = Request::builder().uri(format!("http://gateway:1{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn the_one_service_that_has_an_rpc_needs_no_name() {
        let asked = request("/xinjian.risk.v1.Runs/ListRuns", &[("xinjian-service", "registry")]);
        assert_eq!(home_of(&asked).unwrap(), Home::Risk);
    }

    #[test]
    fn what_several_have_is_asked_of_the_one_that_is_named() {
        let path = "/xinjian.exchange.v1.Deliveries/ListDeliveries";
        let named = |name| home_of(&request(path, &[("xinjian-service", name)]));
        assert_eq!(named("collection").unwrap(), Home::Collection);
        for bad in ["", "risk", "Registry"] {
            assert!(named(bad).is_err(), "{bad}");
        }
        assert!(home_of(&request(path, &[])).is_err());
    }

    #[tokio::test]
    async fn a_change_is_noted_with_each_message_of_the_answer_and_with_its_end() {
        let messages = ["one", "two"].map(|message| Ok::<_, Infallible>(Bytes::from(message)));
        let (trailers, times) = (HeaderMap::new(), Arc::new(AtomicUsize::new(0)));
        let body = StreamBody::new(futures::stream::iter(messages).map_ok(Frame::data));
        let body = body.with_trailers(std::future::ready(Some(Ok(trailers))));
        let counted = times.clone();
        let note = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let mut answer = noting(Response::new(Body::new(body)), note).into_body();
        for seen in 1..=3 {
            assert!(answer.frame().await.unwrap().is_ok());
            assert_eq!(times.load(Ordering::Relaxed), seen);
        }
        assert!(answer.frame().await.is_none());
    }

    #[test]
    fn only_what_the_message_needs_goes_on() {
        let sent =
            [("te", "trailers"), ("cookie", "secret"), ("xinjian-service", "risk"), ("authorization", "x")];
        let message = message_of(request("/xinjian.risk.v1.Runs/ListRuns?x=1", &sent));
        assert_eq!(message.headers().keys().collect::<Vec<_>>(), ["te"]);
        assert_eq!(message.uri().to_string(), "/xinjian.risk.v1.Runs/ListRuns");
    }
}
