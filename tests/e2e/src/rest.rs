//! Plain HTTP, as a browser or another system asks.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Reason of the refusal.
    pub fn reason(&self) -> String {
        self.json()["error"]["details"][0]["reason"].as_str().unwrap_or_default().to_owned()
    }
}

/// Asks for `url` and returns status and text.
pub async fn get(url: &str, token: Option<&str>) -> (u16, String) {
    let answer = send("GET", url, token, &[], Bytes::new()).await;
    (answer.status, String::from_utf8(answer.body.to_vec()).expect("JSON is UTF-8"))
}

/// Sends JSON.
pub async fn send_json(
    method: &str,
    url: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
    send(method, url, Some(token), &headers, body.to_string().into()).await
}

/// Sends a request with a body of any kind.
pub async fn send(
    method: &str,
    url: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Answer {
    let mut request = Request::builder().method(method).uri(url);
    let bearer = token.map(|token| format!("Bearer {token}"));
    for (name, value) in
        headers.iter().copied().chain(bearer.iter().map(|bearer| ("authorization", bearer.as_str())))
    {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body)).expect("a test asks for an address");
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request).await.unwrap_or_else(|problem| panic!("{url}: {problem}"));
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("an answer has a body").to_bytes();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

/// A server-sent event.
#[derive(Debug)]
pub struct Event {
    /// Its id; empty when it has none.
    pub id: String,
    /// Its data.
    pub data: Value,
}

/// Opens a stream of server-sent events, behind the one with the id `last` unless that is empty, and returns its first one.
pub async fn first_event(url: &str, token: &str, last: &str) -> Event {
    let request = Request::get(url).header("authorization", format!("Bearer {token}"));
    let request = request.header("last-event-id", last);
    let request = request.body(Full::<Bytes>::default()).expect("a test asks for an address");
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut answer = client.request(request).await.unwrap_or_else(|problem| panic!("{url}: {problem}"));
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"text/event-stream".parse().expect("a type"))
    );
    let mut text = String::new();
    while !text.contains("\n\n") {
        let frame = answer.frame().await.expect("the stream goes on").expect("the stream is whole");
        text.push_str(&String::from_utf8_lossy(frame.data_ref().map(Bytes::as_ref).unwrap_or_default()));
    }
    let field = |name| text.lines().find_map(|line| line.strip_prefix(name));
    let data = field("data: ").expect("an event has data");
    Event {
        id: field("id: ").unwrap_or_default().to_owned(),
        data: serde_json::from_str(data).expect("the data of an event is JSON"),
    }
}
