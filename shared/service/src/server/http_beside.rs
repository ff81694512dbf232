//! HTTP that is not gRPC, and gRPC as browsers can speak it, on the port of the RPCs.
//!
//! Under a load that is too high most requests are refused, and what each costs is taken from those that are let in. So the refusal of what
//! is not gRPC is written once, and sent from here: no route is looked for, no layer passed, nothing of the request read but its head.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::Router;
use bytes::Bytes;
use futures::{FutureExt, TryFutureExt, future::Either};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ALLOW, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER,
        WWW_AUTHENTICATE,
    },
};
use http_body_util::Full;
use tonic::body::Body;
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{places::Places, services::Answer};

/// How long a browser may remember what a page may do, instead of asking before each request: so long a change is not noticed.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// The RPCs of a server as a value, which generated clients take like a channel. A request through it passes the same
/// observation, bound and authority as one that comes over the wire.
pub type Grpc = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// What answers HTTP that is not gRPC, in the making.
pub(super) struct HttpBeside {
    /// Makes the router.
    pub(super) router: Box<dyn FnOnce(Grpc) -> Router + Send>,
    /// The answer while as many requests are in flight as may be, in the form of the router's own.
    pub(super) overloaded: http::Response<Bytes>,
}

/// Sends each request to the RPCs or to the router, by its content type. gRPC-Web (gRPC in HTTP/1.1, with its trailers in the
/// body) is translated before the RPCs see it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Doors(Arc<Ways>);

struct Ways {
    grpc: Grpc,
    web: GrpcWebService<Grpc>,
    http: Router,
    overloaded: http::Response<Bytes>,
    places: Arc<Places>,
}

impl Doors {
    /// `places` says whether one more request can be answered.
    pub(super) fn new(grpc: Grpc, beside: HttpBeside, places: Arc<Places>) -> Self {
        let web = GrpcWebLayer::new().layer(grpc.clone());
        // With its state a router puts its layers together once, and else for each request.
        let http = (beside.router)(grpc.clone()).with_state(());
        Self(Arc::new(Ways { grpc, web, http, overloaded: beside.overloaded, places }))
    }
}

impl Service<http::Request<Body>> for Doors {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Self::Response, Infallible>>, Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let ways = &self.0;
        Either::Right(match kind_of(request.headers()) {
            Kind::Grpc => ways.grpc.clone().oneshot(request).boxed(),
            Kind::Web => ways.web.clone().oneshot(request).boxed(),
            Kind::Other if ways.places.refuses() => {
                return Either::Left(ready(Ok(ways.overloaded(request.method()))));
            }
            Kind::Other => {
                let answer = ways.http.clone().oneshot(request.map(axum::body::Body::new));
                answer.map_ok(|answer| answer.map(Body::new)).boxed()
            }
        })
    }
}

impl Ways {
    fn overloaded(&self, method: &Method) -> http::Response<Body> {
        let text = if *method == Method::HEAD { Bytes::new() } else { self.overloaded.body().clone() };
        let mut answer = http::Response::new(Body::new(Full::new(text)));
        *answer.status_mut() = self.overloaded.status();
        *answer.headers_mut() = self.overloaded.headers().clone();
        answer
    }
}

enum Kind {
    Grpc,
    Web,
    Other,
}

fn kind_of(headers: &HeaderMap) -> Kind {
    match headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(kind) if kind.starts_with(b"application/grpc-web") => Kind::Web,
        Some(kind) if kind.starts_with(b"application/grpc") => Kind::Grpc,
        _ => Kind::Other,
    }
}

/// What pages of other origins may do, if any may. Tokens are sent by the page itself, never by the browser: no credentials.
pub(super) fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = match origins.iter().any(|origin| origin == "*") {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins.iter().cloned()),
    };
    let name = HeaderName::from_static;
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .max_age(REMEMBERED)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            name("grpc-timeout"),
            name("idempotency-key"),
            name("last-event-id"),
            name("traceparent"),
            name("tracestate"),
            name("x-grpc-web"),
            name("x-user-agent"),
            name("xinjian-service"),
        ])
        .expose_headers([
            // The name of a file that is downloaded.
            CONTENT_DISPOSITION,
            ALLOW,
            ETAG,
            RETRY_AFTER,
            WWW_AUTHENTICATE,
            name("grpc-status"),
            name("grpc-message"),
            name("grpc-status-details-bin"),
        ]);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use http::{StatusCode, header::CONTENT_LENGTH};
    use http_body_util::BodyExt;
    use tonic::Status;
    use tower::service_fn;

    use super::*;

    const REFUSAL: &str = "{\"error\":{\"code\":429}}";

    /// Doors of a server with so many places; its router says `here`, and its RPCs that they are none.
    fn doors(places: &Arc<Places>) -> Doors {
        let grpc = Grpc::new(service_fn(|_: http::Request<Body>| async {
            Ok::<http::Response<Body>, Infallible>(Status::unimplemented("").into_http())
        }));
        let mut overloaded = http::Response::new(Bytes::from_static(REFUSAL.as_bytes()));
        *overloaded.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        overloaded.headers_mut().insert(CONTENT_LENGTH, REFUSAL.len().into());
        overloaded.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        let router = |_: Grpc| -> Router { Router::new().fallback(|| async { "here" }) };
        Doors::new(grpc, HttpBeside { router: Box::new(router), overloaded }, places.clone())
    }

    /// Status, pause and text of the answer to a request of a kind.
    async fn asked(doors: &Doors, method: Method, kind: &'static str) -> (u16, String, String) {
        let mut request = http::Request::new(Body::empty());
        *request.method_mut() = method;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let answer = doors.clone().oneshot(request).await.unwrap();
        let pause = answer.headers().get(RETRY_AFTER).map(|pause| pause.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        (status, pause.unwrap_or_default(), String::from_utf8(text.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_is_no_rpc_is_refused_as_it_was_written_while_no_place_is_free() {
        let places = Places::new("test", 1);
        let doors = doors(&places);
        let here = (200, String::new(), "here".to_owned());
        assert_eq!(asked(&doors, Method::GET, "application/json").await, here);
        let taken = places.take();
        let refused = |text: &str| (429, "1".to_owned(), text.to_owned());
        assert_eq!(asked(&doors, Method::GET, "application/json").await, refused(REFUSAL));
        assert_eq!(asked(&doors, Method::POST, "text/plain").await, refused(REFUSAL));
        assert_eq!(asked(&doors, Method::HEAD, "").await, refused(""), "who asks for the head gets that");
        drop(taken);
        assert_eq!(asked(&doors, Method::GET, "application/json").await, here);
    }

    #[tokio::test]
    async fn an_rpc_is_left_to_the_bound_of_the_rpcs() {
        let places = Places::new("test", 1);
        let (doors, _taken) = (doors(&places), places.take());
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc-web+proto"] {
            assert_eq!(asked(&doors, Method::POST, kind).await.0, 200, "{kind}");
        }
    }
}
