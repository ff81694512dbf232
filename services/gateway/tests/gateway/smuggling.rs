//! Requests that mean one thing to one reader and another to the next, or cost more than they may: in paths, headers and bodies.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use service::testing::token;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::house::{Answer, House};

/// What a request gets that was understood, in a house whose services all are away.
const PASSED: (u16, &str) = (503, "SERVICE_UNAVAILABLE");

/// Sends a request with a body as an officer of CREDIT.
async fn send(
    house: &House,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("http://{}{path}", house.inside));
    request = request.header("authorization", format!("Bearer {}", token("LEGAL", &["370100"])));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

async fn post(house: &House, path: &str, body: impl Into<Bytes>) -> Answer {
    send(house, "POST", path, &[("content-type", "application/json")], body).await
}

/// The fields that a refusal names.
fn fields(answer: &Answer) -> Vec<&str> {
    let named = answer.body["error"]["details"][1]["fieldViolations"].as_array();
    named.into_iter().flatten().filter_map(|field| field["field"].as_str()).collect()
}

/// Writes bytes to the inner listener as they are and returns the status of the answer.
async fn raw(house: &House, request: &str) -> String {
    let mut stream = TcpStream::connect(house.inside).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_segment_cannot_hold_another_path() {
    let house = House::alone().await;
    for name in [
        "1%2Fmarks%2FFOOD",
        "1%2f..%2f2",
        "%2E%2E%2F%2E%2E%2Fetc",
        "..%5C..",
        "1%00",
        "1%0D%0AX:1",
        "%C0%AF",
        "%",
    ] {
        let answer = house.get_as_officer(&format!("/v1/enterprises/{name}/marks/FOOD")).await;
        // A lone percent sign is what it is: text that is no credit code, which the registry would say.
        let expected = if name == "%" { PASSED } else { (400, "INVALID_FIELDS") };
        assert_eq!((answer.status, answer.reason()), expected, "{name}");
    }
    for path in [
        "//v1/marks",
        "/v1//marks",
        "/v1/marks/",
        "/v1/./marks",
        "/v1/x/../marks",
        "/V1/marks",
        "/v1/marks;x=1",
    ] {
        let answer = house.get_as_officer(path).await;
        assert_eq!((answer.status, answer.reason()), (404, "PATH_NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn a_header_of_the_client_does_not_choose_whom_a_path_asks() {
    let house = House::alone().await;
    let answer = send(&house, "GET", "/risk/v1/work", &[("xinjian-service", "registry")], "").await;
    assert_eq!((answer.status, answer.reason()), PASSED);
    assert_eq!(answer.body["error"]["details"][0]["metadata"]["service"], "risk");
}

#[tokio::test]
async fn of_two_tokens_none_is_taken() {
    let house = House::alone().await;
    let second = format!("Bearer {}", token("CREDIT", &["370100"]));
    let answer = send(&house, "GET", "/risk/v1/work", &[("authorization", &second)], "").await;
    assert_eq!((answer.status, answer.reason()), (401, "TOKEN_INVALID"));
}

#[tokio::test]
async fn a_message_with_two_lengths_is_refused() {
    let house = House::alone().await;
    for framing in [
        "Content-Length: 2\r\nContent-Length: 30",
        "Content-Length: 2, 30",
        "Content-Length: +2",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
    ] {
        let request =
            format!("POST /v1/runs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{framing}\r\n\r\n{{}}");
        let status = raw(&house, &request).await;
        assert!(status.starts_with("HTTP/1.1 400"), "{framing}: {status}");
    }
    for line in [
        "GET /v1/marks\u{1} HTTP/1.1\r\nHost: x",
        "GET /v1/marks HTTP/1.1\r\nHost : x",
        "GET /v1/marks HTTP/1.1\r\n X: y",
    ] {
        let status = raw(&house, &format!("{line}\r\nConnection: close\r\n\r\n")).await;
        assert!(status.starts_with("HTTP/1.1 400"), "{line:?}: {status}");
    }
}

#[tokio::test]
async fn a_body_that_two_readers_could_read_differently_is_refused_by_name() {
    let house = House::alone().await;
    let path = "/v1/records/1:withdraw";
    let answer = post(
        &house,
        path,
        r#"{"reason": "a", "reason": "b", "legalBasis": "c", "legal_basis": "d", "x": 1}"#,
    )
    .await;
    assert_eq!((answer.status, answer.reason()), (400, "INVALID_FIELDS"));
    assert_eq!(fields(&answer), ["reason", "legal_basis", "x"]);
    // One name, written in two ways.
    let answer = post(&house, path, r#"{"reason": "a", "re\u0061son": "b"}"#).await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["reason"]));
    let answer = send(&house, "GET", "/v1/marks?pageSize=1&page%53ize=2", &[], "").await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["pageSize"]));
    let answer = post(&house, path, r#"{"name": "records/2", "reason": "a"}"#).await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["name"]));
    let answer = post(&house, &format!("{path}?reason=b"), r#"{"reason": "a"}"#).await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["reason"]));
    // Said once, it is understood, and passed on: the service is away.
    let answer = post(&house, path, r#"{"reason": "a", "legalBasis": "b", "requestId": "c"}"#).await;
    assert_eq!((answer.status, answer.reason()), PASSED);
}

#[tokio::test]
async fn only_json_is_read_and_only_as_it_is() {
    let house = House::alone().await;
    let json = r#"{"reason": "a"}"#;
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/json; charset=gb18030")],
        &[("content-type", "application/json"), ("content-encoding", "gzip")],
    ] {
        let answer = send(&house, "POST", "/v1/records/1:withdraw", headers, json).await;
        assert_eq!((answer.status, answer.reason()), (415, "BODY_NOT_JSON"), "{headers:?}");
    }
    for bad in [
        "{",
        "[]",
        "null",
        "{} {}",
        "\u{feff}{}",
        "{'reason': 1}",
        "{\"reason\": \"\\ud800\"}",
        "{\"reason\": 1e999}",
    ] {
        let answer = post(&house, "/v1/records/1:withdraw", bad).await;
        assert_eq!((answer.status, answer.reason()), (400, "INVALID_FIELDS"), "{bad}");
    }
    let answer = send(&house, "GET", "/v1/records/1", &[("content-type", "application/json")], "{}").await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["body"]));
}

#[tokio::test]
async fn large_and_deep_bodies_are_refused_before_they_cost_anything() {
    let house = House::alone().await;
    let deep = format!(r#"{{"reason": {}"#, "[".repeat(1_000_000));
    let answer = post(&house, "/v1/records/1:withdraw", deep).await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["body"]));
    let large = format!(r#"{{"reason": "{}"}}"#, "x".repeat(7 << 20));
    let answer = post(&house, "/v1/records/1:withdraw", large).await;
    assert_eq!((answer.status, answer.reason()), (413, "BODY_TOO_LARGE"));
    // Who says so beforehand is not read at all: the answer comes while the body is still awaited.
    let request = |shown: &str| {
        format!(
            "POST /v1/runs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{shown}Content-Length: 9999999999\r\n\r\n{{"
        )
    };
    let shown = format!("Authorization: Bearer {}\r\n", token("CREDIT", &["370100"]));
    let status = raw(&house, &request(&shown)).await;
    assert!(status.starts_with("HTTP/1.1 413"), "{status}");
    // Nor is whoever does not say who it is, or may not ask.
    let status = raw(&house, &request("")).await;
    assert!(status.starts_with("HTTP/1.1 401"), "{status}");
    let shown = format!("Authorization: Bearer {}\r\n", token("FOREIGN_REG", &["370100"]));
    let status = raw(&house, &request(&shown)).await;
    assert!(status.starts_with("HTTP/1.1 403"), "{status}");
}

#[tokio::test]
async fn nothing_is_read_of_somebody_who_does_not_say_who_it_is() {
    let house = House::alone().await;
    let request = "POST /v1/runs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
                   Content-Length: 1\r\n\r\n{";
    let status = raw(&house, request).await;
    assert!(status.starts_with("HTTP/1.1 401"), "{status}");
}
