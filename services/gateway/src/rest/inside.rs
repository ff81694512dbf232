//! Paths for officers and systems.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use contract::gateway::v1::profiles_client::ProfilesClient;
use http::{HeaderMap, HeaderValue, header::CACHE_CONTROL};
use service::server::Grpc;

use super::{
    error::{Refusal, no_such_method, no_such_path},
    transcode::{Query, answer, request},
};

type Profiles = State<ProfilesClient<Grpc>>;

/// The router beside the RPCs of the inner listener.
pub(crate) fn inside(grpc: Grpc) -> Router {
    Router::new()
        .route("/v1/enterprises/{uscc}/profile", get(profile))
        .route("/v1/enterprises/{uscc}/timeline", get(timeline))
        .route("/v1/parties/{verb}", get(check))
        .method_not_allowed_fallback(no_such_method)
        .fallback(no_such_path)
        .layer(axum::middleware::map_response(not_to_be_kept))
        .with_state(ProfilesClient::new(grpc))
}

async fn profile(
    State(mut profiles): Profiles,
    Path(uscc): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    let name = format!("enterprises/{uscc}/profile");
    answer(profiles.get_profile(request(&headers, &[("name", name)], query)?).await)
}

async fn timeline(
    State(mut profiles): Profiles,
    Path(uscc): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    let name = format!("enterprises/{uscc}/timeline");
    answer(profiles.get_timeline(request(&headers, &[("name", name)], query)?).await)
}

/// `/v1/parties/{uscc}:check`; the router takes no text after a variable.
async fn check(
    State(mut profiles): Profiles,
    Path(verb): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Refusal> {
    let Some(uscc) = verb.strip_suffix(":check") else { return Err(no_such_path().await) };
    answer(profiles.check_party(request(&headers, &[("uscc", uscc.to_owned())], query)?).await)
}

/// What one caller may see is kept by nobody on the way.
async fn not_to_be_kept(mut answer: Response) -> Response {
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
