//! The one handler: from a request to its RPC, and from the RPC's answer to the request's.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use contract::{
    access::{access_of, path_of},
    client::MAX_MESSAGE_BYTES,
    rest,
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    request::Parts as Head,
    uri::PathAndQuery,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use service::{
    auth::{ACCOUNT, Presented},
    server::Grpc,
};
use tonic::metadata::MetadataMap;

use super::{
    answer,
    codec::Dynamic,
    error::Refusal,
    fill::{Said, fill},
    guard::guard,
    resume::{LAST_EVENT_ID, Resume},
    table::{Route, Table},
    upload::{self, Parts},
};
use crate::forward::HOME;

/// Headers that go with a request to the RPCs: who asks, how long there is time, which trace it belongs to.
static PASSED_ON: [HeaderName; 5] = [
    AUTHORIZATION,
    ACCOUNT,
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];
/// Header that may carry the `request_id`.
static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Largest JSON that is read, in bytes: the largest message, with its bytes in base64.
const MOST_JSON_BYTES: usize = MAX_MESSAGE_BYTES / 2 * 3;

/// What answers every path of a listener.
#[derive(Debug)]
pub(super) struct Door {
    table: Table,
    grpc: Grpc,
    /// Longest time that a body may take to come. The answer has as long again, in the server of the RPC.
    body_within: Duration,
}

impl Door {
    pub(super) fn new(table: Table, grpc: Grpc, body_within: Duration) -> Self {
        Self { table, grpc, body_within }
    }

    /// The door as a router.
    pub(super) fn router(self) -> Router {
        let door = Arc::new(self);
        Router::new().fallback(move |request: Request| {
            let door = door.clone();
            async move { door.answer(request).await.unwrap_or_else(IntoResponse::into_response) }
        })
    }

    async fn answer(&self, request: Request) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let found = self.table.find(&head.method, head.uri.path())?;
        let route = found.route;
        if !shows_who_it_is(route, &head) {
            // The authority refuses it and notes that it did: nothing of the request is read for that.
            self.ask(route, &head, DynamicMessage::new(route.rule.rpc.input())).await?;
        }
        match (&route.rule.body, &route.rule.file) {
            (rest::Body::Field(field), _) if route.rule.rpc.is_client_streaming() => {
                let mut first = fill(&found, said(&head, &[]))?;
                guard(&mut first, &head.headers)?;
                let parts = upload::parts(first, field.clone(), body);
                answer::json(&self.send_file(route, &head, parts).await?)
            }
            (_, file) => {
                let body = tokio::time::timeout(self.body_within, read(&head, body)).await;
                let body = body.map_err(|_| Refusal::body_too_slow(self.body_within))??;
                let mut message = fill(&found, said(&head, &body))?;
                if route.rule.method != "GET" {
                    guard(&mut message, &head.headers)?;
                }
                match (route.rule.rpc.is_server_streaming(), file) {
                    (true, Some(file)) => {
                        Ok(answer::file_in_parts(self.stream(route, &head, message).await?, file))
                    }
                    (true, None) => self.events(route, &head, message).await,
                    (false, Some(file)) => Ok(answer::file(&self.ask(route, &head, message).await?, file)),
                    (false, None) => {
                        let message = self.ask(route, &head, message).await?;
                        match route.rule.method {
                            "GET" => answer::json_with_version(&message, &head.headers),
                            _ => answer::json(&message),
                        }
                    }
                }
            }
        }
    }

    async fn ask(
        &self,
        route: &Route,
        head: &Head,
        message: DynamicMessage,
    ) -> Result<DynamicMessage, Refusal> {
        let rpc = &route.rule.rpc;
        let codec = Dynamic(rpc.output());
        let answer = self.client().await.unary(with_headers(route, head, message), path(rpc), codec).await;
        Ok(answer?.into_inner())
    }

    async fn events(
        &self,
        route: &Route,
        head: &Head,
        mut message: DynamicMessage,
    ) -> Result<Response, Refusal> {
        let resume = Resume::of(&route.rule.rpc);
        // An empty id is that of no event.
        let last = head.headers.get(LAST_EVENT_ID).filter(|last| !last.is_empty());
        let last = last.map(|last| String::from_utf8_lossy(last.as_bytes()).into_owned());
        if let (Some(resume), Some(last)) = (&resume, &last) {
            resume.go_on(&mut message, last)?;
        }
        Ok(answer::events(self.stream(route, head, message).await?, resume, last))
    }

    async fn stream(
        &self,
        route: &Route,
        head: &Head,
        message: DynamicMessage,
    ) -> Result<tonic::Streaming<DynamicMessage>, Refusal> {
        let rpc = &route.rule.rpc;
        let request = with_headers(route, head, message);
        let answer = self.client().await.server_streaming(request, path(rpc), Dynamic(rpc.output())).await;
        Ok(answer?.into_inner())
    }

    async fn send_file(
        &self,
        route: &Route,
        head: &Head,
        parts: impl tokio_stream::Stream<Item = Option<DynamicMessage>> + Send + 'static,
    ) -> Result<DynamicMessage, Refusal> {
        let rpc = &route.rule.rpc;
        let (request, codec) = (with_headers(route, head, parts), Parts(Dynamic(rpc.output())));
        let answer = self.client().await.client_streaming(request, path(rpc), codec).await;
        Ok(answer?.into_inner())
    }

    async fn client(&self) -> tonic::client::Grpc<Grpc> {
        let mut client = tonic::client::Grpc::new(self.grpc.clone());
        client.ready().await.unwrap_or_else(|never| match never {});
        client
    }
}

/// Whether there is anything by which the authority may know who asks, or nobody wants to know.
fn shows_who_it_is(route: &Route, head: &Head) -> bool {
    let is_open = access_of(&path_of(&route.rule.rpc)).is_some_and(|access| access.open);
    let presented = head.extensions.get::<Presented>().is_some_and(|presented| !presented.0.is_empty());
    is_open || presented || head.headers.contains_key(AUTHORIZATION)
}

fn path(rpc: &MethodDescriptor) -> PathAndQuery {
    PathAndQuery::try_from(path_of(rpc)).expect("the path of an RPC is a path")
}

fn said<'a>(head: &'a Head, body: &'a [u8]) -> Said<'a> {
    let key = head.headers.get(&IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    Said { query: head.uri.query().unwrap_or_default(), body, key }
}

fn with_headers<T>(route: &Route, head: &Head, message: T) -> tonic::Request<T> {
    let passed_on = head.headers.iter().filter(|(name, _)| PASSED_ON.contains(name));
    let home = route.home.map(|home| (HOME.clone(), HeaderValue::from_static(home.name())));
    let headers = passed_on.map(|(name, value)| (name.clone(), value.clone())).chain(home);
    let mut request = tonic::Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers.collect());
    // Whose certificate the connection showed is known here, and asked for there.
    if let Some(presented) = head.extensions.get::<Presented>() {
        request.extensions_mut().insert(presented.clone());
    }
    request
}

/// The body, if it is JSON and no larger than anything that is read.
async fn read(head: &Head, body: Body) -> Result<bytes::Bytes, Refusal> {
    let said =
        head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|length| length > MOST_JSON_BYTES) {
        return Err(Refusal::body_too_large(MOST_JSON_BYTES));
    }
    let body = Limited::new(body, MOST_JSON_BYTES).collect().await.map_err(|problem| match problem
        .downcast_ref::<LengthLimitError>(
    ) {
        Some(_) => Refusal::body_too_large(MOST_JSON_BYTES),
        None => Refusal::broken_off(),
    })?;
    let body = body.to_bytes();
    if body.is_empty() || is_json(&head.headers) { Ok(body) } else { Err(Refusal::not_json()) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let text =
        |name| headers.get(name).map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    let plain = text(CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    let is_json = text(CONTENT_TYPE).is_some_and(|kind| {
        let (essence, parameters) = kind.split_once(';').unwrap_or((&kind, ""));
        essence.trim() == "application/json"
            && ["", "charset=utf-8", "charset=\"utf-8\""].contains(&parameters.trim())
    });
    plain && is_json
}
