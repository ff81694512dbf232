//! Plain HTTP, as a browser or another system asks.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// Asks for `url` and returns status and text.
pub async fn get(url: &str, token: Option<&str>) -> (u16, String) {
    let mut request = http::Request::get(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Empty::<Bytes>::new()).expect("a test asks for an address");
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = client.request(request).await.unwrap_or_else(|problem| panic!("{url}: {problem}"));
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("an answer has a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("JSON is UTF-8"))
}
