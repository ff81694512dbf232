//! The one handler: from a request to its RPC, and from the RPC's answer to the request's.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use contract::{client::MAX_MESSAGE_BYTES, rest};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    request::Parts as Head,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use prost_reflect::DynamicMessage;
use service::{
    FieldErrors,
    auth::{ACCOUNT, Authority, Came, Denied},
    server::Grpc,
};
use tokio::sync::Semaphore;
use tonic::{Status, metadata::MetadataMap};

use super::{
    answer,
    codec::{Dynamic, Raw},
    encoded,
    error::Refusal,
    fill::{Said, fill},
    guard::{guard, shown_as_asked},
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
/// Longest time for the whole of a body, in longest pauses: the largest one comes in time over a line of 20 KiB/s.
const MOST_PAUSES: u32 = 10;

/// Who may have the body of a request read, and how long it may take to come.
#[derive(Clone, Debug)]
pub(crate) struct Admittance {
    pub(crate) authority: Authority,
    /// Places for bodies that are being read, as many as requests are answered at the same time.
    pub(crate) bodies: Arc<Semaphore>,
    /// Longest time in which nothing of a body comes.
    pub(crate) pause: Duration,
}

/// What answers every path of a listener.
#[derive(Debug)]
pub(super) struct Door {
    table: Table,
    grpc: Grpc,
    admittance: Admittance,
}

impl Door {
    pub(super) fn new(table: Table, grpc: Grpc, admittance: Admittance) -> Self {
        Self { table, grpc, admittance }
    }

    /// The door as a router.
    pub(super) fn router(self) -> Router {
        let door = Arc::new(self);
        Router::new().fallback(move |request: Request| {
            let door = door.clone();
            async move { door.answer(request).await.unwrap_or_else(IntoResponse::into_response) }
        })
    }

    /// The answer to a request. Boxed is what few of them need: each would carry room for it.
    async fn answer(&self, request: Request) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let found = self.table.find(&head.method, head.uri.path())?;
        let route = found.route;
        let presented = head.extensions.get::<Came>().map(|came| &came.presented);
        let (path, authority) = (route.rpc_path.path(), &self.admittance.authority);
        if let Err(denied) = authority.decide_before(path, &head.headers, presented).await {
            return Err(Box::pin(self.refused(route, &head, denied)).await);
        }
        match (&route.rule.body, &route.rule.file) {
            (rest::Body::Field(field), _) if route.rule.rpc.is_client_streaming() => {
                let mut first = fill(&found, said(&head, &[])?)?;
                guard(&mut first, &head.headers)?;
                let parts = upload::parts(first, field.clone(), body);
                answer::json(&Box::pin(self.send_file(route, &head, parts)).await?)
            }
            (_, file) => {
                let body = self.read(&head, body).await?;
                let mut message = fill(&found, said(&head, &body)?)?;
                if route.rule.method == "GET" {
                    let answer = self.told(route, &head, message, file.as_ref()).await?;
                    return shown_as_asked(&head.headers, answer);
                }
                guard(&mut message, &head.headers)?;
                self.told(route, &head, message, file.as_ref()).await
            }
        }
    }

    /// What the RPC says, in the form in which the rule has it sent; boxed as in [`answer`](Self::answer).
    async fn told(
        &self,
        route: &Route,
        head: &Head,
        message: DynamicMessage,
        file: Option<&rest::File>,
    ) -> Result<Response, Refusal> {
        match (route.rule.rpc.is_server_streaming(), file) {
            (true, Some(file)) => {
                Ok(answer::file_in_parts(Box::pin(self.stream(route, head, message)).await?, file))
            }
            (true, None) => Box::pin(self.events(route, head, message)).await,
            (false, Some(file)) => {
                let told = Box::pin(self.ask(route, with_headers(route, head, message))).await?;
                Ok(answer::file(told.get_ref(), file))
            }
            (false, None) => self.in_json(route, head, message).await,
        }
    }

    /// The refusal of a request of which nothing is read: the authority notes it, like any other.
    async fn refused(&self, route: &Route, head: &Head, denied: Denied) -> Refusal {
        let rpc = &route.rule.rpc;
        let refusal = Status::from(denied.clone());
        let mut request = with_headers(route, head, DynamicMessage::new(rpc.input()));
        request.extensions_mut().insert(denied);
        let answer = self.client().await.unary(request, route.rpc_path.clone(), Dynamic(rpc.output())).await;
        answer.err().unwrap_or(refusal).into()
    }

    /// The body, if it is JSON and no larger than anything that is read. Whoever sends it has a place until it is there.
    async fn read(&self, head: &Head, body: Body) -> Result<Bytes, Refusal> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let Admittance { bodies, pause, .. } = &self.admittance;
        let _place = bodies.try_acquire().map_err(|_| Refusal::overloaded())?;
        let whole = *pause * MOST_PAUSES;
        let read = tokio::time::timeout(whole, read(head, body, *pause)).await;
        read.map_err(|_| Refusal::body_too_slow(whole))?
    }

    /// What the RPC says, as JSON.
    async fn in_json(
        &self,
        route: &Route,
        head: &Head,
        message: DynamicMessage,
    ) -> Result<Response, Refusal> {
        let mut request = with_headers(route, head, message);
        encoded::want(&mut request);
        let rpc = &route.rule.rpc;
        let told = self.client().await.unary(request, route.rpc_path.clone(), Raw).await;
        let mut told = told.map_err(Refusal::of_answer)?;
        if let Some(text) = encoded::text_in(&mut told) {
            return Ok(answer::written(text));
        }
        match route.rule.method {
            "GET" => answer::json_with_version(&rpc.output(), told.get_ref(), &head.headers),
            _ => answer::json_of(&rpc.output(), told.get_ref()),
        }
    }

    async fn ask(
        &self,
        route: &Route,
        request: tonic::Request<DynamicMessage>,
    ) -> Result<tonic::Response<DynamicMessage>, Refusal> {
        let rpc = &route.rule.rpc;
        let told = self.client().await.unary(request, route.rpc_path.clone(), Dynamic(rpc.output())).await;
        told.map_err(Refusal::of_answer)
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
        let answer = self
            .client()
            .await
            .server_streaming(request, route.rpc_path.clone(), Dynamic(rpc.output()))
            .await;
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
        let answer = self.client().await.client_streaming(request, route.rpc_path.clone(), codec).await;
        Ok(answer?.into_inner())
    }

    async fn client(&self) -> tonic::client::Grpc<Grpc> {
        let mut client = tonic::client::Grpc::new(self.grpc.clone());
        client.ready().await.unwrap_or_else(|never| match never {});
        client
    }
}

/// What the request says.
///
/// # Errors
/// The key in the header is no text, or sent more than once: whoever stands in front may have looked at the other one.
fn said<'a>(head: &'a Head, body: &'a [u8]) -> Result<Said<'a>, FieldErrors> {
    let fault = |problem: &str| FieldErrors::one(IDEMPOTENCY_KEY.as_str(), problem);
    let mut sent = head.headers.get_all(&IDEMPOTENCY_KEY).iter();
    let key = sent.next().map(HeaderValue::to_str).transpose().map_err(|_| fault("is not plain ASCII"))?;
    if sent.next().is_some() {
        return Err(fault("is sent more than once"));
    }
    Ok(Said { query: head.uri.query().unwrap_or_default(), body, key })
}

fn with_headers<T>(route: &Route, head: &Head, message: T) -> tonic::Request<T> {
    let passed_on = head.headers.iter().filter(|(name, _)| PASSED_ON.contains(name));
    let home = route.home.map(|home| (HOME.clone(), HeaderValue::from_static(home.name())));
    let headers = passed_on.map(|(name, value)| (name.clone(), value.clone())).chain(home);
    let mut request = tonic::Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers.collect());
    // Whose certificate the connection showed, and from where it came, is known here, and asked for there.
    if let Some(came) = head.extensions.get::<Came>() {
        request.extensions_mut().insert(came.clone());
    }
    request
}

/// The body, each part of it within `pause` behind the last.
async fn read(head: &Head, body: Body, pause: Duration) -> Result<Bytes, Refusal> {
    let said =
        head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|length| length > MOST_JSON_BYTES) {
        return Err(Refusal::body_too_large(MOST_JSON_BYTES));
    }
    let (mut parts, mut body) = (Limited::new(body, MOST_JSON_BYTES), BytesMut::new());
    loop {
        let part = tokio::time::timeout(pause, parts.frame()).await;
        match part.map_err(|_| Refusal::body_too_slow(pause))? {
            None => break,
            Some(Ok(part)) => body.extend_from_slice(&part.into_data().unwrap_or_default()),
            Some(Err(problem)) if problem.is::<LengthLimitError>() => {
                return Err(Refusal::body_too_large(MOST_JSON_BYTES));
            }
            Some(Err(_)) => return Err(Refusal::broken_off()),
        }
    }
    if body.is_empty() || is_json(&head.headers) { Ok(body.freeze()) } else { Err(Refusal::not_json()) }
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
