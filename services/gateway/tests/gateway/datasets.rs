//! Whole published lists, for who takes all of one.

use bytes::Bytes;
use http::{Request, response::Parts};
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

use crate::house::House;

/// What is had at a path of the public listener: the head of the answer, and its lines.
async fn taken(house: &House, path: &str) -> (Parts, Vec<Value>) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let request = Request::get(format!("http://{}/public/v1/{path}", house.outside));
    let answer = client.request(request.body(Empty::new()).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    (head, lines.map(|line| serde_json::from_slice(line).unwrap()).collect())
}

/// The elements of a list, without the lines that say from where it goes on.
fn elements(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line.get("resumeToken").is_none()).collect()
}

#[tokio::test]
async fn a_whole_list_comes_in_lines_and_goes_on_behind_a_token() {
    let house = House::alone().await;
    let (head, lines) = taken(&house, "datasets/parameters").await;
    assert_eq!(head.status.as_u16(), 200);
    assert_eq!(head.headers["content-type"], "application/x-ndjson");
    assert_eq!(*lines.last().unwrap(), json!({ "resumeToken": "" }), "the list is whole");
    let parameters = elements(&lines);
    assert!(parameters.len() > 50, "{}", parameters.len());

    let page = house.get_outside("/public/v1/parameters?pageSize=3", &[]).await.body;
    let listed: Vec<_> = page["parameters"].as_array().unwrap().iter().collect();
    assert_eq!(listed, parameters[..3], "an element is that of its list");
    let token = page["nextPageToken"].as_str().unwrap();
    let (_, rest) = taken(&house, &format!("datasets/parameters?resumeToken={token}")).await;
    assert_eq!(elements(&rest), parameters[3..]);
    house.stop().await;
}

#[tokio::test]
async fn a_list_that_is_none_a_token_of_another_and_one_that_cannot_be_read_are_refused() {
    let house = House::alone().await;
    for (path, field, reason) in [
        ("datasets/classes", "name", "INVALID_FIELDS"),
        ("datasets/parameters?resumeToken=x", "resume_token", "PAGE_TOKEN_INVALID"),
        ("datasets/seriousEntries?resumeToken=7.x", "resume_token", "PAGE_TOKEN_INVALID"),
    ] {
        let answer = house.get_outside(&format!("/public/v1/{path}"), &[]).await;
        assert_eq!((answer.status, answer.reason()), (400, reason), "{path}");
        assert_eq!(answer.body["error"]["details"][1]["fieldViolations"][0]["field"], field, "{path}");
    }
    let away = house.get_outside("/public/v1/datasets/marks", &[]).await;
    assert_eq!((away.status, away.reason()), (503, "PUBLICATIONS_UNAVAILABLE"));
    house.stop().await;
}
