//! HTTP that is not gRPC, and gRPC as browsers can speak it, on the port of the RPCs.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{Router, extract::Request, response::IntoResponse};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ALLOW, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER,
        WWW_AUTHENTICATE,
    },
};
use tonic::body::Body;
use tonic_web::GrpcWebLayer;
use tower::{Layer, ServiceExt, util::BoxCloneSyncService};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::places::Places;

/// How long a browser may remember what a page may do, instead of asking before each request: so long a change is not noticed.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// The RPCs of a server as a value, which generated clients take like a channel. A request through it passes the same
/// observation, bound and authority as one that comes over the wire.
pub type Grpc = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// Stands in the extensions of a request that is not gRPC when as many are in flight as may be: whoever answers it refuses it by that, in
/// its own form and before anything is done for it. Under a load that is too high, most requests are refused.
#[derive(Clone, Copy, Debug)]
pub struct Full;

/// Makes the router that answers what is not gRPC.
pub(super) type HttpBeside = Box<dyn FnOnce(Grpc) -> Router + Send>;

/// Sends each request to the RPCs or to the router, by its content type. gRPC-Web (gRPC in HTTP/1.1, with its trailers in the
/// body) is translated before the RPCs see it. Pages of `origins` may read the answers; none may when it is empty. `places` says whether
/// one more can be answered.
pub(super) fn router(grpc: Grpc, http: HttpBeside, origins: &[HeaderValue], places: Arc<Places>) -> Router {
    let http = http(grpc.clone());
    let web = GrpcWebLayer::new().layer(grpc.clone());
    let router = Router::new().fallback(move |mut request: Request| {
        let (grpc, web, http, places) = (grpc.clone(), web.clone(), http.clone(), places.clone());
        async move {
            let answer = match kind_of(request.headers()) {
                Kind::Grpc => grpc.oneshot(request.map(Body::new)).await.map(IntoResponse::into_response),
                Kind::Web => web.oneshot(request).await.map(IntoResponse::into_response),
                Kind::Other => {
                    if places.refuses() {
                        request.extensions_mut().insert(Full);
                    }
                    http.oneshot(request).await
                }
            };
            answer.unwrap_or_else(|never| match never {})
        }
    });
    if origins.is_empty() { router } else { router.layer(cors(origins)) }
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

/// What pages of other origins may do. Tokens are sent by the page itself, never by the browser: no credentials.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let allowed = match origins.iter().any(|origin| origin == "*") {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins.iter().cloned()),
    };
    let name = HeaderName::from_static;
    CorsLayer::new()
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
        ])
}
