//! Messages as JSON Schema, by the JSON mapping of protobuf.

use std::collections::BTreeMap;

use contract::descriptors;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value as Stated};
use serde_json::{Map, Value, json};

use super::comments;
use crate::rest::least;

/// The schemas that a document refers to.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, Value>);

/// How a field behaves (AIP-203).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Required,
    OutputOnly,
    InputOnly,
    Immutable,
    Identifier,
}

impl Schemas {
    /// What the field holds, with what the contract says of it.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = self.kind(&field.kind());
        if field.is_list() {
            schema = json!({ "type": "array", "items": schema });
        }
        if let Some(least) = least(field) {
            schema["minimum"] = least.into();
        }
        schema["description"] = comments::of_field(field).into();
        let behaviour = behaviour_of(field);
        if behaviour.contains(&Behaviour::OutputOnly) {
            schema["readOnly"] = true.into();
        }
        // One that an answer cannot leave out stands there, empty.
        if behaviour.contains(&Behaviour::InputOnly) && field.supports_presence() {
            schema["writeOnly"] = true.into();
        }
        schema
    }

    /// A reference to the message's schema, or the schema itself where the mapping knows a shorter form.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(short) = well_known(message.full_name()) {
            return short;
        }
        let name = name_of(message.full_name());
        if !self.0.contains_key(&name) {
            // First, so that a message within itself ends.
            self.0.insert(name.clone(), Value::Null);
            let schema = self.object(message, |_| true, |_| true);
            self.0.insert(name.clone(), schema);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// The message with those of its fields that `holds` names. `asks`: whether one that must be said must be said here.
    pub(super) fn object(
        &mut self,
        message: &MessageDescriptor,
        holds: impl Fn(&FieldDescriptor) -> bool,
        asks: impl Fn(&FieldDescriptor) -> bool,
    ) -> Value {
        let fields: Vec<_> = message.fields().filter(holds).collect();
        let properties: Map<_, _> =
            fields.iter().map(|field| (field.json_name().to_owned(), self.field(field))).collect();
        let must =
            |field: &&FieldDescriptor| behaviour_of(field).contains(&Behaviour::Required) && asks(field);
        let required = fields.iter().filter(must);
        let required: Vec<_> = required.map(|field| field.json_name()).collect();
        let mut schema = json!({
            "type": "object", "description": comments::of_message(message), "properties": properties,
            "additionalProperties": false,
        });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Bool => json!({ "type": "boolean" }),
            // What no number of JSON is, is written as its name.
            Kind::Double | Kind::Float => {
                json!({ "anyOf": [{ "type": "number" }, { "type": "string", "enum": ["NaN", "Infinity", "-Infinity"] }] })
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "format": "uint32", "minimum": 0 }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                json!({ "type": "string", "format": "int64", "pattern": "^-?[0-9]+$" })
            }
            Kind::Uint64 | Kind::Fixed64 => {
                json!({ "type": "string", "format": "uint64", "pattern": "^[0-9]+$" })
            }
            Kind::Message(message) => self.message(message),
            Kind::Enum(item) => self.item(item),
        }
    }

    fn item(&mut self, item: &EnumDescriptor) -> Value {
        let name = name_of(item.full_name());
        let values = item.values().map(|value| format!("`{}`: {}", value.name(), comments::of_value(&value)));
        let description =
            std::iter::once(comments::of_enum(item)).chain(values).collect::<Vec<_>>().join("\n\n");
        let names: Vec<_> = item.values().map(|value| value.name().to_owned()).collect();
        self.0
            .entry(name.clone())
            .or_insert_with(|| json!({ "type": "string", "description": description, "enum": names }));
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    pub(super) fn into_components(self) -> BTreeMap<String, Value> {
        self.0
    }
}

/// The same value, or null: in a request that is a field left out.
pub(super) fn or_null(schema: &Value) -> Value {
    let mut wider = schema.clone();
    match schema.get("type") {
        Some(of_one_type) => wider["type"] = json!([of_one_type, "null"]),
        None => wider = json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    wider
}

/// How the field behaves, by `google.api.field_behavior`.
pub(super) fn behaviour_of(field: &FieldDescriptor) -> Vec<Behaviour> {
    let Some(option) = descriptors().get_extension_by_name("google.api.field_behavior") else {
        return Vec::new();
    };
    let options = field.options();
    let stated = options.get_extension(&option);
    let stated = stated.as_list().unwrap_or_default().iter();
    stated
        .filter_map(|value| match value {
            Stated::EnumNumber(2) => Some(Behaviour::Required),
            Stated::EnumNumber(3) => Some(Behaviour::OutputOnly),
            Stated::EnumNumber(4) => Some(Behaviour::InputOnly),
            Stated::EnumNumber(5) => Some(Behaviour::Immutable),
            Stated::EnumNumber(8) => Some(Behaviour::Identifier),
            _ => None,
        })
        .collect()
}

/// Name of a schema: the full name without what all have in common.
fn name_of(full_name: &str) -> String {
    full_name.strip_prefix("xinjian.").unwrap_or(full_name).to_owned()
}

/// Messages that the JSON mapping writes as something shorter.
pub(super) fn well_known(name: &str) -> Option<Value> {
    match name {
        "google.protobuf.Timestamp" => Some(json!({ "type": "string", "format": "date-time" })),
        "google.protobuf.Duration" => Some(json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?s$" })),
        "google.protobuf.FieldMask" => Some(json!({ "type": "string" })),
        "google.protobuf.Struct" => Some(json!({ "type": "object" })),
        "google.protobuf.Value" => Some(json!({})),
        _ => None,
    }
}
