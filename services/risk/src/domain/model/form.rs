//! What the published JSON Schema says beside names and types: what the reader refuses, wherever a schema can say it. What it cannot
//! say is left to the reader alone: that a name or a code exists, that a text names a document, that bounds rise, that every grade
//! but the last has a bound, that a day is in the calendar.

use std::fmt;

use schemars::Schema;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use serde_json::{Value, json};

use super::source::Source;

/// A name, and a version: see [`plain`](super::plain).
pub(in crate::domain) const NAME: &str = "^[A-Za-z0-9._-]{1,39}$";
/// A day.
pub(in crate::domain) const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// What is expected where a text must stand.
pub(in crate::domain) const TEXT: &str = "a text; one of digits stands in quotes";

/// Reads a text. The reader of YAML would take a number for one: `1.0` and `1.00` are then two versions, and one for a schema.
pub(super) fn text<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    value.deserialize_any(Text)
}

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TEXT)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

/// Reads a day that may be left out.
pub(super) fn some_day<'de, D: Deserializer<'de>>(day: D) -> Result<Option<chrono::NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    struct Day(#[serde(deserialize_with = "super::day")] chrono::NaiveDate);
    Ok(Option::<Day>::deserialize(day)?.map(|Day(day)| day))
}

/// Adds keywords to a schema.
fn add(schema: &mut Schema, more: Value) {
    if let Value::Object(more) = more {
        schema.ensure_object().extend(more);
    }
}

/// Each heading has rules of its own form, and each bound of a grade says where it comes from; in a combination one source says it for
/// all.
pub(super) fn model(schema: &mut Schema) {
    let absent = json!({ "type": "null" });
    let moves = json!({ "type": "integer", "not": { "const": 0 } });
    let forms = [
        ("steps", json!({ "steps": moves, "grade": absent }), json!(["steps"])),
        ("floors", json!({ "steps": absent, "grade": { "type": "string" } }), json!(["grade"])),
        ("vetoes", json!({ "steps": absent, "grade": absent }), json!([])),
    ];
    let Some(Value::Object(properties)) = schema.ensure_object().get_mut("properties") else { return };
    for (heading, of_rule, required) in forms {
        if let Some(Value::Object(rule)) = properties.get_mut(heading).and_then(|list| list.get_mut("items"))
        {
            rule.insert("properties".to_owned(), of_rule);
            rule.insert("required".to_owned(), required);
        }
    }
    if let (Some(Value::Object(grade)), Value::Object(cited)) =
        (properties.get_mut("grades").and_then(|list| list.get_mut("items")), cited("upper_inclusive"))
    {
        grade.extend(cited);
    }
}

/// A figure that stands in the file at `figure` has `cites`.
fn cited(figure: &str) -> Value {
    let cites =
        json!({ "required": ["cites"], "properties": { "cites": { "type": "string", "minLength": 1 } } });
    let given = json!({ "required": [figure], "properties": { figure: { "type": "number" } } });
    json!({ "if": given, "then": cites })
}

/// The cap says where it comes from.
pub(super) fn dimension(schema: &mut Schema) {
    add(schema, cited("cap"));
}

/// Where evidence comes from, and what excludes what.
pub(super) fn indicator(schema: &mut Schema) {
    let given = |field: &str, kind: Value| json!({ "required": [field], "properties": { field: kind } });
    let text = || json!({ "type": "string" });
    let both_points = [
        given("bands", json!({ "minItems": 1 })),
        given("points_each", json!({ "not": { "type": "null" } })),
    ];
    let both_ends = [given("last_day", text()), given("ended_on", text())];
    add(schema, json!({ "not": { "anyOf": [{ "allOf": both_points }, { "allOf": both_ends }] } }));
    if let Some(source) = schema.pointer_mut("/properties/source").and_then(Value::as_object_mut) {
        source.insert("enum".to_owned(), json!(Source::names()));
    }
}

/// Exactly one form, and the value that its test takes.
pub(super) fn condition(schema: &mut Schema) {
    let texts = json!({ "anyOf": [
        { "type": "string" },
        { "type": "array", "minItems": 1, "items": { "type": "string" } }
    ] });
    let list = json!({ "type": "array", "minItems": 1 });
    let test = |ops: Value, value: Value, valued: bool| {
        let required = if valued { json!(["field", "op", "value"]) } else { json!(["field", "op"]) };
        let field = json!({ "type": "string" });
        one_of_condition(&json!({ "field": field, "op": { "enum": ops }, "value": value }), &required)
    };
    let forms = [
        one_of_condition(&json!({ "all": list }), &json!(["all"])),
        one_of_condition(&json!({ "any": list }), &json!(["any"])),
        one_of_condition(&json!({ "not": { "type": "object" } }), &json!(["not"])),
        test(json!(["exists"]), json!({ "type": "null" }), false),
        test(json!(["in", "not_in", "starts_with", "contains"]), texts.clone(), true),
        test(json!(["ge", "gt", "le", "lt"]), json!({ "type": "integer" }), true),
        test(json!(["eq", "ne"]), json!({ "anyOf": [{ "type": ["boolean", "integer"] }, texts] }), true),
    ];
    add(schema, json!({ "oneOf": forms }));
}

/// A form of a condition: what it does not name is left out.
fn one_of_condition(own: &Value, required: &Value) -> Value {
    let mut properties = json!({});
    for part in ["all", "any", "not", "field", "op", "value"] {
        properties[part] = own.get(part).cloned().unwrap_or_else(|| json!({ "type": "null" }));
    }
    json!({ "properties": properties, "required": required })
}

/// Exactly one form; what is older than a length has a length.
pub(super) fn window(schema: &mut Schema) {
    let parts = ["days", "months", "years", "parameter", "older_than"];
    let form = |own: &str, kind: Value| {
        let mut properties = json!({ "open": { "const": false } });
        for part in parts {
            properties[part] = json!({ "type": "null" });
        }
        properties[own] = kind;
        json!({ "properties": properties, "required": [own] })
    };
    let length = json!({ "properties": { "older_than": { "type": "null" }, "open": { "const": false } } });
    let forms = [
        form("days", json!({ "type": "integer" })),
        form("months", json!({ "type": "integer" })),
        form("years", json!({ "type": "integer" })),
        form("parameter", json!({ "type": "string" })),
        form("older_than", json!({ "type": "object", "allOf": [length] })),
        form("open", json!({ "const": true })),
    ];
    add(schema, json!({ "oneOf": forms }));
}

/// Exactly one bound.
pub(super) fn bound(schema: &mut Schema) {
    let absent = json!({ "type": "null" });
    let given = json!({ "not": { "type": "null" } });
    let form =
        |own: &str, other: &str| json!({ "required": [own], "properties": { own: given, other: absent } });
    add(schema, json!({ "oneOf": [form("at_least", "at_most"), form("at_most", "at_least")] }));
}

/// A number with two decimals.
pub(super) fn decimal(schema: &mut Schema) {
    add(schema, json!({ "multipleOf": 0.01, "minimum": -1e12, "maximum": 1e12 }));
}
