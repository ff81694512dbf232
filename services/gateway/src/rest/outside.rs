//! Paths for everyone.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use contract::public::v1::publications_client::PublicationsClient;
use http::HeaderMap;
use service::server::Grpc;

use super::{
    error::{Refusal, no_such_method, no_such_path},
    transcode::{Query, answer, request},
};

type Publications = State<PublicationsClient<Grpc>>;

/// The router beside the RPCs of the public listener.
pub(crate) fn outside(grpc: Grpc) -> Router {
    Router::new()
        .route("/public/v1/marks", get(marks))
        .route("/public/v1/entries", get(entries))
        .route("/public/v1/inspectionResults", get(inspection_results))
        .route("/public/v1/penalties", get(penalties))
        .route("/public/v1/commitments", get(commitments))
        .route("/public/v1/enterprises/{uscc}/commitments/{id}", get(commitment))
        .route("/public/v1/signingKeys", get(signing_keys))
        .route("/public/v1/parameters", get(parameters))
        .method_not_allowed_fallback(no_such_method)
        .fallback(no_such_path)
        .with_state(PublicationsClient::new(grpc))
}

async fn marks(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_marks(request(&headers, &[], query)?).await)
}

async fn entries(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_entries(request(&headers, &[], query)?).await)
}

async fn inspection_results(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_inspection_results(request(&headers, &[], query)?).await)
}

async fn penalties(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_penalties(request(&headers, &[], query)?).await)
}

async fn commitments(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_commitments(request(&headers, &[], query)?).await)
}

async fn commitment(
    State(mut client): Publications,
    Path((uscc, id)): Path<(String, String)>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    let name = format!("enterprises/{uscc}/commitments/{id}");
    answer(client.get_commitment(request(&headers, &[("name", name)], query)?).await)
}

async fn signing_keys(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_signing_keys(request(&headers, &[], query)?).await)
}

async fn parameters(
    State(mut client): Publications,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    answer(client.list_parameters(request(&headers, &[], query)?).await)
}
