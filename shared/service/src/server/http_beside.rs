//! HTTP that is not gRPC, on the port of the RPCs.

use std::convert::Infallible;

use axum::{Router, extract::Request, response::IntoResponse};
use http::{HeaderMap, header::CONTENT_TYPE};
use tonic::body::Body;
use tower::{ServiceExt, util::BoxCloneSyncService};

/// The RPCs of a server as a value, which generated clients take like a channel. A request through it passes the same
/// observation, bound and authority as one that comes over the wire.
pub type Grpc = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// Makes the router that answers what is not gRPC.
pub(super) type HttpBeside = Box<dyn FnOnce(Grpc) -> Router + Send>;

/// Sends each request to the RPCs or to the router, by its content type.
pub(super) fn router(grpc: Grpc, http: HttpBeside) -> Router {
    let http = http(grpc.clone());
    Router::new().fallback(move |request: Request| {
        let (grpc, http) = (grpc.clone(), http.clone());
        async move {
            let answer = if is_grpc(request.headers()) {
                grpc.oneshot(request.map(Body::new)).await.map(IntoResponse::into_response)
            } else {
                http.oneshot(request).await
            };
            answer.unwrap_or_else(|never| match never {})
        }
    })
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}
