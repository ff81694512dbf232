//! A peer that keeps objects in memory: puts and gets in the style of paths.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// A running peer; it ends with the test.
pub(crate) struct Peer {
    pub(crate) address: String,
    state: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    objects: BTreeMap<String, Bytes>,
    writes: usize,
    unsigned: usize,
    /// How many of the next requests fail.
    failures: usize,
}

impl Kept {
    /// Whether the request is answered; counts what is not signed in the manner of the service.
    fn admits(&mut self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let signature =
            headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed = signature.starts_with("AWS4-HMAC-SHA256 Credential=ACCESS/")
            && signature.contains("/cn-north-1/s3/aws4_request")
            && !signature.contains("SECRET");
        self.unsigned += usize::from(!signed);
        if self.failures > 0 {
            self.failures -= 1;
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        if signed { Ok(()) } else { Err(StatusCode::FORBIDDEN) }
    }
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(Kept::default()));
        let routes = Router::new().route("/{*name}", get(read).put(write)).with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, state }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.state.lock().unwrap().objects.keys().cloned().collect()
    }

    pub(crate) fn writes(&self) -> usize {
        self.state.lock().unwrap().writes
    }

    pub(crate) fn unsigned(&self) -> usize {
        self.state.lock().unwrap().unsigned
    }

    /// Somebody with access to the bucket changes what lies in it.
    pub(crate) fn change_all(&self, content: &'static [u8]) {
        self.state.lock().unwrap().objects.values_mut().for_each(|kept| *kept = Bytes::from_static(content));
    }

    /// The next `requests` requests fail.
    pub(crate) fn fail(&self, requests: usize) {
        self.state.lock().unwrap().failures = requests;
    }
}

type Shared = State<Arc<Mutex<Kept>>>;

async fn read(State(state): Shared, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut kept = state.lock().unwrap();
    if let Err(refused) = kept.admits(&headers) {
        return refused.into_response();
    }
    match kept.objects.get(&name) {
        Some(content) => {
            let facts = [("last-modified", "Mon, 02 Jun 2025 04:00:00 GMT"), ("etag", "\"1\"")];
            (facts, content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn write(
    State(state): Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Response {
    let mut kept = state.lock().unwrap();
    if let Err(refused) = kept.admits(&headers) {
        return refused.into_response();
    }
    kept.writes += 1;
    kept.objects.insert(name, content);
    [("etag", "\"1\"")].into_response()
}
