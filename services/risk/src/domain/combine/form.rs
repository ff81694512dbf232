//! What the published JSON Schema of a combination says beside names and types: what the reader refuses, wherever a schema can say it.

use schemars::Schema;
use serde_json::{Value, json};

use super::effect::triggers;

/// The ways to combine, by their keys.
const WAYS: [&str; 3] = ["matrix", "add", "weighted"];

/// Exactly one way; shares ask for points, which a stand-in has not.
pub(super) fn combination(schema: &mut Schema) {
    let way = |own: &str| {
        let mut properties = json!({});
        for way in WAYS {
            properties[way] = json!({ "type": if way == own { "object" } else { "null" } });
        }
        if own == "weighted" {
            properties["general"] = json!({ "type": "null" });
        }
        json!({ "properties": properties, "required": [own] })
    };
    schema.ensure_object().insert("oneOf".to_owned(), json!(WAYS.map(way)));
}

/// What can have happened.
pub(super) fn effect(schema: &mut Schema) {
    if let Some(trigger) = schema.pointer_mut("/properties/trigger").and_then(Value::as_object_mut) {
        trigger.insert("enum".to_owned(), json!(triggers()));
    }
}
