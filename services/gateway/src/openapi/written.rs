//! What REST answers, held against what the description says of it: every message of the contract.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::DateTime;
use prost_reflect::DynamicMessage;
use serde_json::Value;

use super::schema::Schemas;
use crate::rest::samples::{DEPTH, alone, answered, filled, messages, not_finite};

/// What is wrong with a value by its schema, with the places.
#[derive(Debug, Default)]
struct Faults(Vec<String>);

/// The schemas that others refer to.
type Components = BTreeMap<String, Value>;

impl Faults {
    fn check(&mut self, components: &Components, schema: &Value, value: &Value, at: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.trim_start_matches("#/components/schemas/");
            return self.check(components, &components[name], value, at);
        }
        if let Some(several) = schema["anyOf"].as_array() {
            let fits = |schema: &Value| {
                let mut faults = Self::default();
                faults.check(components, schema, value, at);
                faults.0.is_empty()
            };
            return self.expect(several.iter().any(fits), schema, value, at);
        }
        let is_named = schema["enum"].as_array().is_none_or(|names| names.contains(value));
        self.expect(is_named && is_of_type(schema, value) && is_of_format(schema, value), schema, value, at);
        for (index, element) in value.as_array().into_iter().flatten().enumerate() {
            self.check(components, &schema["items"], element, &format!("{at}[{index}]"));
        }
        for (name, inner) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(property) => self.check(components, property, inner, &format!("{at}.{name}")),
                None => self.0.push(format!("{at}.{name} is not described")),
            }
        }
    }

    fn expect(&mut self, holds: bool, schema: &Value, value: &Value, at: &str) {
        if !holds {
            self.0.push(format!("{at} is {value}, described as {schema}"));
        }
    }
}

fn is_of_type(schema: &Value, value: &Value) -> bool {
    match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => panic!("`{other}` is no type that the description has"),
    }
}

fn is_of_format(schema: &Value, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let format = schema["format"].as_str().or(schema["contentEncoding"].as_str());
    match format {
        None => true,
        Some("int32") => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Some("uint32") => value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
        Some("int64") => text.parse::<i64>().is_ok(),
        Some("uint64") => text.parse::<u64>().is_ok(),
        Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
        Some("base64") => BASE64_STANDARD.decode(text).is_ok(),
        Some(other) => panic!("`{other}` is no format that the description has"),
    }
}

/// What is wrong with the answer that a message is.
fn faults(message: &DynamicMessage, name: &str, schema: &Value, components: &Components) -> Vec<String> {
    let mut faults = Faults::default();
    faults.check(components, schema, &answered(message), name);
    faults.0
}

#[test]
fn every_message_of_the_contract_is_answered_as_it_is_described() {
    let mut schemas = Schemas::default();
    let described: Vec<_> = messages().map(|message| (schemas.message(&message), message)).collect();
    let components = schemas.into_components();
    assert!(described.len() > 300, "only {}", described.len());
    for (schema, descriptor) in described {
        let whole = [DynamicMessage::new(descriptor.clone()), filled(&descriptor, DEPTH)];
        let parts = alone(&descriptor).into_iter().chain(not_finite(&descriptor));
        for message in whole.into_iter().chain(parts) {
            let faults = faults(&message, descriptor.full_name(), &schema, &components);
            assert_eq!(faults, Vec::<String>::new());
        }
    }
}

#[test]
fn an_answer_that_is_not_as_it_is_described_is_seen() {
    let mut schemas = Schemas::default();
    let name = "xinjian.gateway.v1.Score";
    let descriptor = messages().find(|message| message.full_name() == name).unwrap();
    let schema = schemas.message(&descriptor);
    let mut components = schemas.into_components();
    let score = not_finite(&descriptor).remove(0);
    assert_eq!(faults(&score, name, &schema, &components), Vec::<String>::new());
    let properties = &mut components.get_mut("gateway.v1.Score").unwrap()["properties"];
    properties["lateShare"] = serde_json::json!({ "type": "number" });
    assert_eq!(faults(&score, name, &schema, &components).len(), 1);
    let properties = components.get_mut("gateway.v1.Score").unwrap()["properties"].as_object_mut().unwrap();
    properties.remove("lateShare");
    assert_eq!(faults(&score, name, &schema, &components), [format!("{name}.lateShare is not described")]);
}
