//! The description of each listener. `docs/openapi.json` and `docs/openapi-public.json` are kept in the repository so that a
//! change of the contract shows in review as what it is to its users; `UPDATE_OPENAPI=1 cargo test -p gateway --test gateway
//! openapi` brings them up to date.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::house::{House, get};

async fn documents() -> [(&'static str, Value); 2] {
    let house = House::alone().await;
    let inside = get(house.inside, "/openapi.json", None).await;
    let outside = get(house.outside, "/openapi.json", None).await;
    assert_eq!((inside.status, outside.status), (200, 200));
    [("openapi.json", inside.body), ("openapi-public.json", outside.body)]
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a test has no Config; its one switch is read here")]
async fn openapi_documents_are_those_of_the_repository() {
    for (name, document) in documents().await {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        let now = serde_json::to_string_pretty(&document).unwrap() + "\n";
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            fs::write(&file, &now).unwrap();
        }
        let stored = fs::read_to_string(&file).unwrap();
        let differs = stored.lines().zip(now.lines()).find(|(stored, now)| stored != now);
        assert!(
            stored == now,
            "docs/{name} is out of date (see the head of this file), first here: {differs:?}"
        );
    }
}

#[tokio::test]
async fn openapi_has_every_reference_that_it_uses_and_no_operation_twice() {
    for (name, document) in documents().await {
        let mut references = BTreeSet::new();
        collect(&document, &mut references);
        assert!(!references.is_empty());
        for reference in references {
            let at = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(at).is_some_and(|schema| !schema.is_null()), "{name}: {reference}");
        }
        let operations = document["paths"].as_object().unwrap().values();
        let operations = operations.flat_map(|path| path.as_object().unwrap().values());
        let ids: Vec<_> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}");
    }
}

#[tokio::test]
async fn openapi_declares_every_parameter_of_a_path_once() {
    for (name, document) in documents().await {
        for (path, operations) in document["paths"].as_object().unwrap() {
            let mut used: Vec<_> =
                path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            used.sort_unstable();
            for operation in operations.as_object().unwrap().values() {
                let parameters = operation["parameters"].as_array().unwrap().iter();
                let of_path = parameters.filter(|parameter| parameter["in"] == "path");
                let mut declared: Vec<_> = of_path.map(|one| one["name"].as_str().unwrap()).collect();
                declared.sort_unstable();
                assert_eq!(declared, used, "{name}: {path}");
            }
        }
    }
}

#[tokio::test]
async fn openapi_of_everyone_says_nothing_of_the_inside() {
    let [(_, inside), (_, outside)] = documents().await;
    let text = outside.to_string();
    for word in ["risk.v1", "registry.v1", "/v1/enterprises/{uscc}/profile", "bearer\":[]"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(inside["paths"].as_object().unwrap().keys().all(|path| !path.starts_with("/public/")));
}

#[tokio::test]
async fn openapi_names_no_parameter_twice_and_no_header_that_its_readers_pass_over() {
    // OpenAPI says these by content and by security; a parameter of the name is ignored.
    const PASSED_OVER: [&str; 3] = ["accept", "authorization", "content-type"];
    for (name, document) in documents().await {
        let operations = document["paths"].as_object().unwrap().values();
        for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
            let whole = |one: &Value| match one["$ref"].as_str() {
                Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap().clone(),
                None => one.clone(),
            };
            let parameters: Vec<_> = operation["parameters"].as_array().unwrap().iter().map(whole).collect();
            let places =
                parameters.iter().map(|one| (one["in"].as_str().unwrap(), one["name"].as_str().unwrap()));
            let places: Vec<_> = places.collect();
            let id = &operation["operationId"];
            assert_eq!(
                places.iter().collect::<BTreeSet<_>>().len(),
                places.len(),
                "{name}: {id}: {places:?}"
            );
            let headers = places.iter().filter(|(place, _)| *place == "header");
            for (_, header) in headers {
                assert!(
                    !PASSED_OVER.contains(&header.to_ascii_lowercase().as_str()),
                    "{name}: {id}: {header}"
                );
            }
        }
    }
}

/// Names of the headers that an operation reads.
fn sent(operation: &Value) -> Vec<&str> {
    let references =
        operation["parameters"].as_array().unwrap().iter().filter_map(|one| one["$ref"].as_str());
    references.map(|reference| reference.rsplit('/').next().unwrap()).collect()
}

/// Names of the headers of an answer.
fn answered(answer: &Value) -> Vec<&str> {
    answer["headers"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn openapi_names_the_headers_where_they_hold() {
    let [(_, inside), (_, outside)] = documents().await;
    let common = ["grpc-timeout", "traceparent", "tracestate"];
    let enterprise = &inside["paths"]["/v1/enterprises/{enterprise}"];
    assert_eq!(sent(&enterprise["get"]), [&["If-None-Match"][..], &common].concat());
    assert_eq!(answered(&enterprise["get"]["responses"]["200"]), ["Cache-Control", "ETag"]);
    assert_eq!(answered(&enterprise["get"]["responses"]["304"]), ["Cache-Control", "ETag"]);
    assert_eq!(sent(&enterprise["patch"]), [&["If-Match", "Idempotency-Key"][..], &common].concat());
    let parameters = enterprise["patch"]["parameters"].as_array().unwrap();
    let in_headers = parameters.iter().filter(|one| one["name"] == "etag" || one["name"] == "requestId");
    let required: Vec<_> = in_headers.map(|one| one["required"].as_bool().unwrap()).collect();
    assert_eq!(required, [false, false], "a header may say it instead");
    let confirm = &inside["paths"]["/v1/marks:confirm"]["post"];
    assert_eq!(sent(confirm), [&["Idempotency-Key"][..], &common].concat(), "it takes no version");
    let review = &inside["paths"]["/v1/plans/{plan}:review"]["post"];
    let needs_body = |operation: &Value| operation["requestBody"]["required"].as_bool().unwrap();
    assert_eq!(
        (needs_body(confirm), needs_body(review)),
        (true, false),
        "its key may stand in the header alone"
    );
    let follow = &inside["paths"]["/{service}/v1/events:subscribe"]["get"];
    assert_eq!(sent(follow), [&["Last-Event-ID"][..], &common].concat());
    let refused = |document: &Value| document["components"]["responses"]["Error"].clone();
    let everywhere = ["Allow", "Retry-After", "WWW-Authenticate"];
    assert_eq!(answered(&refused(&outside)), everywhere);
    assert_eq!(answered(&refused(&inside)), ["Allow", "Cache-Control", "Retry-After", "WWW-Authenticate"]);
    let marks = &outside["paths"]["/public/v1/marks"]["get"];
    assert_eq!((sent(marks), answered(&marks["responses"]["200"])), (common.to_vec(), Vec::new()));
}

#[tokio::test]
async fn openapi_tells_of_every_file_that_it_is_saved() {
    for (name, document) in documents().await {
        let operations = document["paths"].as_object().unwrap().values();
        let mut files = 0;
        for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
            let answer = &operation["responses"]["200"];
            // A proof is a file of JSON.
            let told = answer["content"].as_object().unwrap().values().next().unwrap();
            let is_file = told["schema"]["format"] == "binary";
            files += usize::from(is_file);
            let saved = answered(answer).contains(&"Content-Disposition");
            assert_eq!(saved, is_file, "{name}: {}", operation["operationId"]);
        }
        assert!(files > 0, "{name}");
    }
}

/// Every `$ref` below the value.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
