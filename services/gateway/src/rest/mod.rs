//! REST and JSON over the RPCs, by the `google.api.http` rules of the contract (AIP-127).
//!
//! One handler for every path: a table made of the rules at the start says which RPC a request is for (`table`), path, query
//! and body become its message (`fill`), which goes with the caller's headers through this server's own RPCs (so that the
//! same authority, bounds and observation hold), and the answer is written by the JSON mapping of protobuf (`answer`, from its bytes by `direct`), as a
//! file or as a stream of events. No RPC has a handler of its own here; one that has its answer as text already may say it so (`encoded`).

mod answer;
mod body;
mod code;
mod codec;
mod described;
mod direct;
mod door;
pub(crate) mod encoded;
mod error;
mod fill;
mod guard;
mod number;
mod query;
mod resume;
#[cfg(test)]
pub(crate) mod samples;
mod table;
mod upload;

use std::sync::LazyLock;

use axum::{Router, extract::Request, response::Response, routing::get};
use bytes::Bytes;
use http::{HeaderValue, header::CACHE_CONTROL};
use service::server::Grpc;
use tower_http::compression::CompressionLayer;

use crate::openapi;
use described::Described;
use door::Door;
use error::Refusal;
use table::{Table, rules_of};

pub(crate) use direct::is_versioned;
pub(crate) use door::Admittance;
pub(crate) use fill::key_asked;
pub(crate) use guard::version_asked;
pub(crate) use number::least;
pub(crate) use resume::goes_on;
pub(crate) use service::error::code_name;

/// Package of what everyone may see.
pub(crate) const PUBLIC: &str = "xinjian.public.v1";

/// The description of each listener; made when it is asked for first.
static OPENAPI_INSIDE: LazyLock<Described> = LazyLock::new(|| document("Xinjian 信监", for_officers));
static OPENAPI_OUTSIDE: LazyLock<Described> =
    LazyLock::new(|| document("Xinjian 信监: published data", for_everyone));

/// The router beside the RPCs of the inner listener: every rule but those of the public package.
pub(crate) fn inside(grpc: Grpc, admittance: Admittance) -> Router {
    router(Door::new(Table::of(for_officers), grpc, admittance), &OPENAPI_INSIDE)
        .layer(axum::middleware::map_response(kept_by_nobody))
}

/// The router beside the RPCs of the public listener.
pub(crate) fn outside(grpc: Grpc, admittance: Admittance) -> Router {
    router(Door::new(Table::of(for_everyone), grpc, admittance), &OPENAPI_OUTSIDE)
}

/// What the inner listener answers to what is not gRPC while as many requests are in flight as may be.
pub(crate) fn overloaded_inside() -> http::Response<Bytes> {
    let mut answer = overloaded_outside();
    answer.headers_mut().insert(CACHE_CONTROL, not_to_be_kept());
    answer
}

/// The same of the public listener.
pub(crate) fn overloaded_outside() -> http::Response<Bytes> {
    Refusal::overloaded_as_sent()
}

fn for_officers(package: &str) -> bool {
    package != PUBLIC
}

fn for_everyone(package: &str) -> bool {
    package == PUBLIC
}

fn document(title: &str, holds: fn(&str) -> bool) -> Described {
    Described::new(openapi::document(title, rules_of(holds)).to_string())
}

/// The door, compressed for who asks for it, with its description beside it. Streams of events are not: each is sent at once.
fn router(door: Door, document: &'static LazyLock<Described>) -> Router {
    let described = get(move |request: Request| async move { document.answer(&request) });
    // Behind the layer: the description is compressed already.
    door.router().layer(CompressionLayer::new()).route("/openapi.json", described)
}

/// What one caller may see is kept by nobody on the way.
fn not_to_be_kept() -> HeaderValue {
    HeaderValue::from_static("no-store")
}

async fn kept_by_nobody(mut answer: Response) -> Response {
    answer.headers_mut().insert(CACHE_CONTROL, not_to_be_kept());
    answer
}
