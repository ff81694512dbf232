//! What browsers need: gRPC-Web over HTTP/1.1, pages of other origins, compressed answers.

use bytes::{BufMut, Bytes, BytesMut};
use contract::{
    gateway::v1::{GetProfileRequest, Profile},
    public::v1::{ListParametersRequest, ListParametersResponse},
};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use prost::Message;
use service::testing::token;

use crate::house::{House, get};

const ORIGIN: &str = "https://desk.example.cn";

/// Sends a request by HTTP/1.1 and returns the answer with its bytes.
async fn send(request: Request<Full<Bytes>>) -> Response<Bytes> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

/// A frame of gRPC-Web: a flag (0 a message, 128 the trailers), the length, the bytes.
fn frame(message: &impl Message) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut frame).unwrap();
    frame.freeze()
}

/// The frames of an answer: flag and bytes.
fn frames(mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [flag, a, b, c, d, rest @ ..] = body {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        frames.push((*flag, rest[..length].to_vec()));
        body = &rest[length..];
    }
    assert!(body.is_empty(), "{body:?}");
    frames
}

fn call(url: &str, message: &impl Message, token: Option<String>) -> Request<Full<Bytes>> {
    let mut request = Request::post(url).header("content-type", "application/grpc-web+proto");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Full::new(frame(message))).unwrap()
}

#[tokio::test]
async fn a_page_calls_an_rpc_by_grpc_web_over_http_1() {
    let house = House::alone().await;
    let asked = ListParametersRequest { page_size: 3, ..ListParametersRequest::default() };
    let url = format!("http://{}/xinjian.public.v1.Publications/ListParameters", house.outside);
    let answer = send(call(&url, &asked, None)).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/grpc-web+proto".parse().unwrap())
    );
    let frames = frames(answer.body());
    let [(0, message), (128, trailers)] = frames.as_slice() else { panic!("{frames:?}") };
    assert_eq!(ListParametersResponse::decode(message.as_slice()).unwrap().parameters.len(), 3);
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"), "{trailers:?}");
}

#[tokio::test]
async fn grpc_web_passes_the_same_authority() {
    let house = House::alone().await;
    let asked = GetProfileRequest { name: "enterprises/91350100M000100Y43/profile".into() };
    let url = format!("http://{}/xinjian.gateway.v1.Profiles/GetProfile", house.inside);
    let refused = send(call(&url, &asked, None)).await;
    assert_eq!(refused.headers()["grpc-status"], "16");
    let answer = send(call(&url, &asked, Some(token("CREDIT", &["370100"])))).await;
    let frames = frames(answer.body());
    assert_eq!(Profile::decode(frames[0].1.as_slice()).unwrap().name, asked.name);
}

/// What a browser asks before a page of `origin` may send something.
async fn preflight(url: &str, origin: &str) -> HeaderMap {
    let request = Request::builder().method(Method::OPTIONS).uri(url).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    let request = request.header("access-control-request-headers", "authorization,content-type,x-grpc-web");
    send(request.body(Full::default()).unwrap()).await.headers().clone()
}

#[tokio::test]
async fn only_pages_of_the_configured_origins_may_read_answers() {
    let house = House::alone().await;
    let url = format!("http://{}/v1/enterprises", house.inside);
    let allowed = preflight(&url, ORIGIN).await;
    assert_eq!(allowed["access-control-allow-origin"], ORIGIN);
    let headers = allowed["access-control-allow-headers"].to_str().unwrap();
    let description = get(house.inside, "/openapi.json", None).await.body;
    let described = description["components"]["parameters"].as_object().unwrap();
    assert!(described.contains_key("If-Match"), "{described:?}");
    for header in described.keys() {
        assert!(headers.contains(&header.to_ascii_lowercase()), "{header}: {headers}");
    }
    assert_eq!(allowed["access-control-max-age"], "3600", "nobody asks before each request");
    assert!(!allowed.contains_key("access-control-allow-credentials"));
    assert!(!preflight(&url, "https://elsewhere.example").await.contains_key("access-control-allow-origin"));
    let public = format!("http://{}/public/v1/parameters", house.outside);
    assert!(
        !preflight(&public, ORIGIN).await.contains_key("access-control-allow-origin"),
        "off without configuration"
    );
    let read = Request::get(&url).header("origin", ORIGIN).body(Full::default()).unwrap();
    let refusal = send(read).await.headers().clone();
    assert_eq!(refusal["access-control-allow-origin"], ORIGIN, "a refusal can be read as well");
    let exposed = refusal["access-control-expose-headers"].to_str().unwrap();
    for header in ["allow", "content-disposition", "etag", "retry-after", "www-authenticate"] {
        assert!(exposed.contains(header), "{header}: {exposed}");
    }
}

#[tokio::test]
async fn who_can_read_gzip_is_answered_in_it() {
    let house = House::alone().await;
    let url = format!("http://{}/public/v1/parameters", house.outside);
    let ask =
        |accept: &str| Request::get(&url).header("accept-encoding", accept).body(Full::default()).unwrap();
    let (plain, packed) = (send(ask("identity")).await, send(ask("gzip")).await);
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(
        packed.body().len() * 2 < plain.body().len(),
        "{} and {}",
        packed.body().len(),
        plain.body().len()
    );
    assert!(!plain.headers().contains_key("content-encoding"));
}
