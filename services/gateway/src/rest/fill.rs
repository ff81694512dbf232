//! A request message from path, query and body.

use contract::rest::{Body, Rule};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::json;
use service::FieldErrors;

use super::{
    body::{self, field_named},
    number, query,
    table::Found,
};

/// Field by which a repeated request is known; the header `idempotency-key` may carry it.
const KEY: &str = "request_id";

/// The field by which a request of this kind is known when it is repeated; `None` where it has none.
pub(crate) fn key_asked(request: &MessageDescriptor) -> Option<FieldDescriptor> {
    request.get_field_by_name(KEY)
}

/// What an HTTP request says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    pub(super) query: &'a str,
    /// Empty where there is none.
    pub(super) body: &'a [u8],
    /// Value of the header `idempotency-key`.
    pub(super) key: Option<&'a str>,
}

/// The message of the request. Names may be as in the contract or in camelCase.
///
/// # Errors
/// Names every field that is unknown, given twice or misread, or that the body says otherwise than the path; of a body that cannot be read,
/// beside those of the query.
pub(super) fn fill(found: &Found<'_>, said: Said<'_>) -> Result<DynamicMessage, FieldErrors> {
    let rule = found.route.rule;
    let mut errors = FieldErrors::default();
    let read = errors.keep(of_body(rule, said.body));
    let mut message = read.unwrap_or_else(|| DynamicMessage::new(rule.rpc.input()));
    let mut taken: Vec<String> = found.bound.iter().map(|(field, _)| (*field).to_owned()).collect();
    for (name, text) in errors.keep(query::pairs(said.query)).unwrap_or_default() {
        let Some(path) = path_of(&rule.rpc.input(), &name).filter(|path| !in_body(rule, &path[0])) else {
            errors.push(name, "is not known in the query");
            continue;
        };
        let full = path.iter().map(|field| field.name()).collect::<Vec<_>>().join(".");
        if taken.contains(&full) {
            errors.push(name, "is given twice");
            continue;
        }
        if !path.last().is_some_and(FieldDescriptor::is_list) {
            taken.push(full);
        }
        if let Some(value) = errors.check(name, value_of(&path, &text)) {
            place(&mut message, &path, value);
        }
    }
    let of_path = found.bound.iter().map(|(field, text)| (*field, text.as_str()));
    for (name, text) in of_path.chain(said.key.map(|key| (KEY, key))) {
        let Some(path) = path_of(&rule.rpc.input(), name) else { continue };
        match text_at(&message, &path) {
            Some(other) if !other.is_empty() && other != text => {
                errors.push(name, format!("is `{text}` in the path or in a header, and something else here"));
            }
            _ => place(&mut message, &path, Value::String(text.to_owned())),
        }
    }
    errors.into_result().map(|()| message)
}

/// The message with what the body says.
fn of_body(rule: &Rule, body: &[u8]) -> Result<DynamicMessage, FieldErrors> {
    let input = rule.rpc.input();
    let mut message = DynamicMessage::new(input.clone());
    match &rule.body {
        _ if body.is_empty() => {}
        Body::None => return Err(FieldErrors::one("body", "must be empty")),
        Body::Whole => message = body::message(&input, body, "")?,
        Body::Field(field) => {
            let kind = field.kind();
            let within = kind.as_message().ok_or_else(|| FieldErrors::one("body", "must be empty"))?;
            message.set_field(field, Value::Message(body::message(within, body, field.name())?));
        }
    }
    Ok(message)
}

/// Whether the body is where the field belongs.
fn in_body(rule: &Rule, field: &FieldDescriptor) -> bool {
    match &rule.body {
        Body::None => false,
        Body::Whole => true,
        Body::Field(own) => own == field,
    }
}

/// The fields on the way to `name`, such as `import.table`.
fn path_of(message: &MessageDescriptor, name: &str) -> Option<Vec<FieldDescriptor>> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let field = field_named(message, first)?;
    let mut path = vec![field.clone()];
    if let Some(rest) = rest {
        let kind = field.kind();
        let within = kind.as_message().filter(|_| !field.is_list())?;
        path.extend(path_of(within, rest)?);
    }
    Some(path)
}

/// The value that a text has in the last field of the path. It is read as JSON would be: numbers, bytes, instants and masks
/// are texts there too.
fn value_of(path: &[FieldDescriptor], text: &str) -> Result<Value, String> {
    let Some(field) = path.last() else { return Err("names no field".to_owned()) };
    match (field.kind(), text) {
        (Kind::String, _) => return Ok(Value::String(text.to_owned())),
        (Kind::Bool, "true") => return Ok(Value::Bool(true)),
        (Kind::Bool, "false") => return Ok(Value::Bool(false)),
        (Kind::Bool, _) => return Err("must be `true` or `false`".to_owned()),
        _ => {}
    }
    let text = if is_mask(field) { camel_case(text) } else { text.to_owned() };
    let value = if field.is_list() { json!([text]) } else { json!(text) };
    let one = json!({ field.json_name(): value });
    let one = DynamicMessage::deserialize(field.parent_message().clone(), one)
        .map_err(|problem| number::misread(field, &text).unwrap_or_else(|| problem.to_string()))?;
    Ok(match one.get_field(field).into_owned() {
        Value::List(mut list) => list.pop().unwrap_or(Value::List(Vec::new())),
        value => value,
    })
}

fn is_mask(field: &FieldDescriptor) -> bool {
    field.kind().as_message().is_some_and(|message| message.full_name() == "google.protobuf.FieldMask")
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
}

/// A mask whose fields may be named as in the contract, in the only form that its JSON knows.
fn camel_case(mask: &str) -> String {
    let mut camel = String::with_capacity(mask.len());
    let mut letters = mask.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '_' && next.is_ascii_lowercase() && camel.ends_with(is_of_a_name) => {
                camel.push(next.to_ascii_uppercase());
                letters.next();
            }
            _ => camel.push(letter),
        }
    }
    camel
}

/// Puts the value where the path leads; a list grows by it.
fn place(message: &mut DynamicMessage, path: &[FieldDescriptor], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() && !first.is_list() {
        message.set_field(first, value);
        return;
    }
    match message.get_field_mut(first) {
        Value::List(list) => list.push(value),
        Value::Message(within) => place(within, rest, value),
        // A path leads through messages only.
        _ => {}
    }
}

/// The text where the path leads; `None` where no message stands on the way.
fn text_at(message: &DynamicMessage, path: &[FieldDescriptor]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    match message.get_field(first).as_ref() {
        Value::String(text) if rest.is_empty() => Some(text.clone()),
        Value::Message(within) => text_at(within, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{super::table::Table, *};

    fn filled(method: Method, path: &str, said: Said<'_>) -> Result<serde_json::Value, Vec<String>> {
        let table = Table::of(super::super::for_officers);
        let found = table.find(&method, path).unwrap();
        match fill(&found, said) {
            Ok(message) => Ok(serde_json::to_value(&message).unwrap()),
            Err(errors) => Err(errors.iter().map(|error| error.path.clone()).collect()),
        }
    }

    fn query(path: &str, query: &str) -> Result<serde_json::Value, Vec<String>> {
        filled(Method::GET, path, Said { query, ..Said::default() })
    }

    #[test]
    fn path_and_query_fill_the_message_by_either_form_of_a_name() {
        for name in ["page_size", "pageSize"] {
            let message = query("/v1/enterprises/1/marks", &format!("{name}=7&state=Candidate")).unwrap();
            assert_eq!(message, json!({ "uscc": "1", "pageSize": 7, "state": "Candidate" }));
        }
    }

    #[test]
    fn lists_instants_and_switches_are_read_from_the_query() {
        let message = query("/v1/enterprises:batchGet", "names=enterprises/1&names=enterprises/2").unwrap();
        assert_eq!(message, json!({ "names": ["enterprises/1", "enterprises/2"] }));
        let message = query("/v1/enterprises/1", "knownAt=2026-04-01T08:00:00%2B08:00").unwrap();
        assert_eq!(message["knownAt"], "2026-04-01T00:00:00Z");
        assert_eq!(query("/v1/marks", "only_public=true").unwrap(), json!({ "onlyPublic": true }));
    }

    #[test]
    fn unknown_repeated_and_misread_fields_are_all_refused_by_name() {
        let errors =
            query("/v1/enterprises/1/marks", "colour=red&uscc=2&pageSize=many&state=a&state=b&only_public=1");
        assert_eq!(errors.unwrap_err(), ["colour", "uscc", "pageSize", "state", "only_public"]);
    }

    #[test]
    fn a_number_that_is_none_is_told_with_what_was_found_and_what_is_expected() {
        let table = Table::of(super::super::for_officers);
        let found = table.find(&Method::GET, "/v1/enterprises/1/marks").unwrap();
        let errors = fill(&found, Said { query: "pageSize=many", ..Said::default() }).unwrap_err();
        let told: Vec<_> = errors.iter().map(|error| (error.path.as_str(), error.problem.as_str())).collect();
        assert_eq!(told, [("pageSize", "is `many`, not a whole number from 0 to 2147483647")]);
    }

    #[test]
    fn what_is_wrong_with_the_body_does_not_hide_what_is_wrong_with_the_query() {
        let said = Said { query: "colour=red&%ff=1", body: br#"{"x": 1, "address": 2}"#, key: None };
        let errors = filled(Method::PATCH, "/v1/enterprises/1", said).unwrap_err();
        assert_eq!(errors, ["enterprise.x", "query"]);
        let said = Said { query: "colour=red", body: br#"{"revision": "many"}"#, key: None };
        let errors = filled(Method::PATCH, "/v1/enterprises/1", said).unwrap_err();
        assert_eq!(errors, ["enterprise.revision", "colour"]);
    }

    #[test]
    fn a_body_is_the_field_that_the_rule_names_and_the_rest_stands_in_the_query() {
        let said =
            Said { query: "updateMask=address&etag=%221%22", body: br#"{"address": "x"}"#, key: Some("k") };
        assert_eq!(
            filled(Method::PATCH, "/v1/enterprises/1", said).unwrap(),
            json!({
                "enterprise": { "name": "enterprises/1", "address": "x" }, "updateMask": "address", "etag": "\"1\"",
                "requestId": "k",
            })
        );
        let said = Said { query: "enterprise.address=x", ..Said::default() };
        assert_eq!(filled(Method::PATCH, "/v1/enterprises/1", said).unwrap_err(), ["enterprise.address"]);
    }

    #[test]
    fn a_mask_names_its_fields_in_either_form() {
        let masked = |mask: &str| {
            let query = format!("updateMask={mask}");
            let said = Said { query: &query, body: br#"{"address": "x"}"#, ..Said::default() };
            filled(Method::PATCH, "/v1/enterprises/1", said).map(|message| message["updateMask"].clone())
        };
        for mask in ["legal_name,address", "legalName,address"] {
            assert_eq!(masked(mask).unwrap(), json!("legalName,address"), "{mask}");
        }
        for mask in ["_legalName", "legal__name", "legal_", "legal_Name"] {
            assert!(masked(mask).is_err(), "{mask}");
        }
    }

    #[test]
    fn a_body_that_contradicts_the_path_is_refused() {
        let said = |body| Said { body, ..Said::default() };
        let path = "/v1/records/1:withdraw";
        let same = filled(Method::POST, path, said(br#"{"name": "records/1", "reason": "r"}"#)).unwrap();
        assert_eq!(same, json!({ "name": "records/1", "reason": "r" }));
        assert_eq!(filled(Method::POST, path, said(br#"{"name": "records/2"}"#)).unwrap_err(), ["name"]);
        let key = Said { body: br#"{"request_id": "a"}"#, key: Some("b"), ..Said::default() };
        assert_eq!(filled(Method::POST, path, key).unwrap_err(), ["request_id"]);
        assert_eq!(filled(Method::GET, "/v1/records/1", said(b"{}")).unwrap_err(), ["body"]);
        let both = Said { query: "reason=r", body: b"{}", key: None };
        assert_eq!(filled(Method::POST, path, both).unwrap_err(), ["reason"]);
    }
}
