//! The REST side of a listener described for programs: an OpenAPI 3.1 document made from the contract, its comments included.
//!
//! Nothing here is written by hand for an RPC: paths come from the `google.api.http` rules, schemas from the messages, texts
//! from their comments, and what a caller needs from `xinjian.common.v1.access`.

mod comments;
mod headers;
mod operation;
mod schema;
#[cfg(test)]
mod written;

use contract::rest::Rule;
use serde_json::{Map, Value, json};

use crate::forward::homes_of;
use headers::Headers;
use operation::operation;
use schema::Schemas;

/// The document of the rules that one listener answers.
pub(crate) fn document<'a>(title: &str, rules: impl Iterator<Item = &'a Rule>) -> Value {
    let (mut schemas, mut headers) = (Schemas::default(), Headers::default());
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<String> = Vec::new();
    for rule in rules {
        let tag = operation::tag_of(rule);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let (path, operation) = operation(rule, &mut schemas, &mut headers);
        let at = paths.entry(path).or_insert_with(|| json!({}));
        at[rule.method.to_ascii_lowercase()] = operation;
    }
    let error = operation::error_response(&mut headers);
    let (sent, answered) = headers.into_components();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Made from the gRPC contract. Names may be sent in camelCase or in snake_case and are answered in \
                camelCase; unknown and repeated ones are refused. Whatever changes something takes a `requestId`, which may \
                also stand in the header `Idempotency-Key`; where it takes an `etag` or a `revision`, `If-Match` may name it. \
                A read is answered with a version that `If-Match` names, or with 412. \
                A list goes on as long as its pages have a `nextPageToken`, also behind a page with fewer elements than were asked for, or none. \
                Events of a stream have an `id` from which the stream goes on by `Last-Event-ID`. Where several services have \
                an operation, the path begins with the one that is asked, which gRPC names in the header `xinjian-service`. Answers are \
                compressed with gzip for who accepts it; a body is sent as it is. A GET is also answered for HEAD. Errors have Google's JSON form with a reason that stays the same.",
        },
        "servers": [{ "url": "/" }],
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas.into_components(),
            "parameters": sent,
            "headers": answered,
            "responses": { "Error": error },
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

/// Whether the path of a rule begins with the name of the service that is asked.
fn of_several(rule: &Rule) -> bool {
    homes_of(rule.rpc.parent_service().full_name()).len() > 1
}
