//! One rule as an operation.

use contract::{
    access::{access_of, path_of},
    rest::{Body, Rule, Segment, field_at},
};
use prost_reflect::{FieldDescriptor, Kind};
use serde_json::{Value, json};

use super::{
    comments,
    headers::{Headers, in_header, shows_version},
    of_several,
    schema::{Behaviour, Schemas, behaviour_of, or_null, well_known},
};
use crate::forward::homes_of;

/// Path and operation of a rule.
pub(super) fn operation(rule: &Rule, schemas: &mut Schemas, headers: &mut Headers) -> (String, Value) {
    let (path, mut parameters) = path(rule);
    parameters.extend(query(rule, schemas));
    parameters.extend(headers.of_request(rule));
    let (summary, description) = texts(rule);
    let mut operation = json!({
        "operationId": operation_id(rule),
        "tags": [tag_of(rule)],
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "responses": { "200": answer(rule, schemas, headers), "default": { "$ref": "#/components/responses/Error" } },
    });
    if shows_version(rule) {
        operation["responses"]["304"] = json!({
            "description": "The version that `If-None-Match` names is the present one.",
            "headers": headers.of_unchanged(rule),
        });
    }
    if let Some(body) = body(rule, schemas) {
        operation["requestBody"] = body;
    }
    if let Some(access) = access_of(&path_of(&rule.rpc)) {
        operation["x-permission"] = access.permission.clone().into();
        operation["security"] = if access.open { json!([]) } else { json!([{ "bearer": [] }]) };
    }
    (path, operation)
}

/// The service of the contract that an operation belongs to, such as `registry.Marks`.
pub(super) fn tag_of(rule: &Rule) -> String {
    let service = rule.rpc.parent_service();
    let package = service.package_name().split('.').nth(1).unwrap_or_default().to_owned();
    format!("{package}.{}", service.name())
}

/// What every refusal looks like.
pub(super) fn error_response(headers: &mut Headers) -> Value {
    let text = json!({ "type": "string" });
    json!({
        "description": "The request was refused, or failed. `details` begins with a `google.rpc.ErrorInfo`, whose `reason` stays the same.",
        "headers": headers.of_error(),
        "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["error"],
            "properties": { "error": {
                "type": "object",
                "required": ["code", "status", "message", "details"],
                "properties": {
                    "code": { "type": "integer", "description": "The HTTP status." },
                    "status": { "type": "string", "description": "The gRPC code, such as `NOT_FOUND`." },
                    "message": text,
                    "details": { "type": "array", "items": { "type": "object", "required": ["@type"], "properties": { "@type": text } } },
                },
            } },
        } } },
    })
}

/// The path with a parameter for each segment that may be anything, and one for the service where several have the RPC.
fn path(rule: &Rule) -> (String, Vec<Value>) {
    let (mut path, mut parameters) = (String::new(), Vec::new());
    if of_several(rule) {
        let homes = homes_of(rule.rpc.parent_service().full_name());
        let names: Vec<_> = homes.iter().map(|home| home.name()).collect();
        path.push_str("/{service}");
        parameters.push(json!({
            "name": "service", "in": "path", "required": true, "description": "The service that is asked.",
            "schema": { "type": "string", "enum": names },
        }));
    }
    let segments = rule.path.segments();
    for (at, segment) in segments.iter().enumerate() {
        let Segment::Literal(text) = segment else {
            let name = name_of_segment(rule, at);
            path.push_str(&format!("/{{{name}}}"));
            let description = described(rule, at);
            let schema = json!({ "type": "string", "minLength": 1, "pattern": "^[^/]+$" });
            parameters.push(json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema }));
            continue;
        };
        path.extend(["/", text]);
    }
    path.extend(rule.path.verb().map(|verb| format!(":{verb}")));
    (path, parameters)
}

/// A segment is called after its field, or, within a name of several, after the collection before it.
fn name_of_segment(rule: &Rule, at: usize) -> String {
    let variable = rule.path.variables().iter().find(|variable| variable.segments.contains(&at));
    let own = variable.filter(|variable| variable.segments.len() == 1).map(|variable| variable.field.clone());
    own.unwrap_or_else(|| match at.checked_sub(1).map(|before| &rule.path.segments()[before]) {
        Some(Segment::Literal(collection)) => singular(collection),
        _ => format!("segment{at}"),
    })
}

fn singular(collection: &str) -> String {
    if let Some(stem) = collection.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = ["sses", "ches"]
        .iter()
        .any(|end| collection.ends_with(end))
        .then(|| collection.strip_suffix("es"))
        .flatten();
    stem.or_else(|| collection.strip_suffix('s')).unwrap_or(collection).to_owned()
}

fn described(rule: &Rule, at: usize) -> String {
    let variable = rule.path.variables().iter().find(|variable| variable.segments.contains(&at));
    let field = variable.and_then(|variable| field_at(&rule.rpc.input(), &variable.field));
    field
        .map(|field| format!("Part of `{}`: {}", field.name(), comments::of_field(&field)))
        .unwrap_or_default()
}

/// Parameters of what neither path nor body hold.
fn query(rule: &Rule, schemas: &mut Schemas) -> Vec<Value> {
    if rule.body == Body::Whole {
        return Vec::new();
    }
    let own = |field: &FieldDescriptor| !bound(rule, field.name()) && rule.body != Body::Field(field.clone());
    let fields = rule.rpc.input().fields().filter(own).flat_map(|field| within(&field)).collect::<Vec<_>>();
    let parameter = |(name, field): (String, FieldDescriptor)| {
        let mut schema = schemas.field(&field);
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let required = behaviour_of(&field).contains(&Behaviour::Required) && !in_header(rule, &field);
        json!({ "name": name, "in": "query", "required": required, "description": description, "schema": schema })
    };
    fields.into_iter().map(parameter).collect()
}

/// The field by its name in a query; of a message, what may be sent of it.
fn within(field: &FieldDescriptor) -> Vec<(String, FieldDescriptor)> {
    match field.kind() {
        Kind::Message(message) if well_known(message.full_name()).is_none() => {
            let unsent = [Behaviour::OutputOnly, Behaviour::Identifier];
            let sent =
                message.fields().filter(|field| !behaviour_of(field).iter().any(|one| unsent.contains(one)));
            sent.map(|inner| (format!("{}.{}", field.json_name(), inner.json_name()), inner)).collect()
        }
        _ => vec![(field.json_name().to_owned(), field.clone())],
    }
}

fn bound(rule: &Rule, field: &str) -> bool {
    rule.path.variables().iter().any(|variable| variable.field == field)
}

fn body(rule: &Rule, schemas: &mut Schemas) -> Option<Value> {
    let (required, content) = match &rule.body {
        Body::None => return None,
        Body::Field(_) if rule.rpc.is_client_streaming() => {
            (true, json!({ "application/octet-stream": { "schema": {} } }))
        }
        Body::Field(field) => (true, json!({ "application/json": { "schema": schemas.field(field) } })),
        Body::Whole => {
            let mut schema = schemas.object(
                &rule.rpc.input(),
                |field| !bound(rule, field.name()),
                |field| !in_header(rule, field),
            );
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for (name, property) in schema["properties"].as_object_mut().into_iter().flatten() {
                if !required.contains(&name.as_str().into()) {
                    *property = or_null(property);
                }
            }
            // What must be said may all stand in the path and in headers.
            (!required.is_empty(), json!({ "application/json": { "schema": schema } }))
        }
    };
    Some(json!({ "required": required, "content": content }))
}

fn answer(rule: &Rule, schemas: &mut Schemas, headers: &mut Headers) -> Value {
    let schema = schemas.message(&rule.rpc.output());
    let content = match &rule.file {
        Some(file) => json!({ &file.media_type: { "schema": { "type": "string", "format": "binary" } } }),
        None if rule.rpc.is_server_streaming() => {
            json!({ "text/event-stream": { "schema": { "type": "string" }, "x-event": schema } })
        }
        None => json!({ "application/json": { "schema": schema } }),
    };
    let description = comments::of_message(&rule.rpc.output());
    let mut answer = json!({ "description": description, "content": content });
    let headers = headers.of_answer(rule);
    if !headers.is_empty() {
        answer["headers"] = headers.into();
    }
    answer
}

/// The first sentence of the comment, and all of it with what a caller needs.
fn texts(rule: &Rule) -> (String, String) {
    let comment = comments::of_rpc(&rule.rpc);
    let summary = comment.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned();
    let Some(access) = access_of(&path_of(&rule.rpc)).filter(|access| !access.open) else {
        return (summary, comment);
    };
    let mut needs = format!("Needs `{}`", access.permission);
    match (access.by_field, access.by_division) {
        (true, true) => {
            needs.push_str(", within the key fields of the office and the divisions of the caller")
        }
        (true, false) => needs.push_str(", within the key fields of the office"),
        (false, true) => needs.push_str(", within the divisions of the caller"),
        (false, false) => {}
    }
    (summary, format!("{comment}\n\n{needs}."))
}

/// `registry.Marks.ListMarks`; the second path of an RPC has its collection behind it.
fn operation_id(rule: &Rule) -> String {
    let id = format!("{}.{}", tag_of(rule), rule.rpc.name());
    let first = contract::rest::rules().iter().find(|other| other.rpc == rule.rpc);
    match first {
        Some(first) if first.path != rule.path => {
            let literals = rule.path.segments().iter().filter_map(|segment| match segment {
                Segment::Literal(text) => Some(text.as_str()),
                Segment::Any => None,
            });
            format!("{id}.{}", literals.skip(1).collect::<Vec<_>>().join("."))
        }
        _ => id,
    }
}
