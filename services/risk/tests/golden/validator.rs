//! As much of JSON Schema (draft 2020-12) as the published schemas use. A keyword that is not known here fails the test: it would
//! otherwise be held for one that always passes. The crate jsonschema, even without its default features, would build some twenty crates
//! more for this one test.

use serde_json::{Map, Value};

/// Whether `value` is of the form that `root` gives.
pub(crate) fn fits(root: &Value, value: &Value) -> bool {
    valid(root, root, value)
}

fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    match schema {
        Value::Bool(always) => *always,
        Value::Object(all) => all.iter().all(|(word, says)| keyword(root, all, (word.as_str(), says), value)),
        _ => panic!("{schema} is no schema"),
    }
}

fn keyword(root: &Value, all: &Map<String, Value>, (word, says): (&str, &Value), value: &Value) -> bool {
    let is = |schema: &Value| valid(root, schema, value);
    let parts = || says.as_array().expect("a list of schemas");
    match word {
        "title" | "description" | "format" | "default" | "$schema" | "$defs" | "then" => true,
        "$ref" => {
            let place =
                says.as_str().and_then(|place| place.strip_prefix('#')).expect("a place in this schema");
            valid(root, root.pointer(place).expect("a definition"), value)
        }
        "allOf" => parts().iter().all(is),
        "anyOf" => parts().iter().any(is),
        "oneOf" => parts().iter().filter(|part| is(part)).count() == 1,
        "not" => !is(says),
        "if" => !is(says) || all.get("then").is_none_or(is),
        "enum" => parts().contains(value),
        "const" => says == value,
        "type" => match says {
            Value::Array(kinds) => kinds.iter().any(|kind| is_of(kind, value)),
            kind => is_of(kind, value),
        },
        "minimum" | "maximum" | "multipleOf" => value.as_f64().is_none_or(|number| {
            let bound = says.as_f64().expect("a number");
            match word {
                "minimum" => number >= bound,
                "maximum" => number <= bound,
                _ => ((number / bound).round() - number / bound).abs() < 1e-6,
            }
        }),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= least(says)),
        "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= least(says)),
        "pattern" => value.as_str().is_none_or(|text| matches(says.as_str().expect("a pattern"), text)),
        "items" => value.as_array().is_none_or(|list| list.iter().all(|item| valid(root, says, item))),
        "required" => value.as_object().is_none_or(|object| {
            parts().iter().all(|name| object.contains_key(name.as_str().expect("a name")))
        }),
        "properties" => value.as_object().is_none_or(|object| {
            let properties = says.as_object().expect("schemas by name");
            properties
                .iter()
                .all(|(name, schema)| object.get(name).is_none_or(|inner| valid(root, schema, inner)))
        }),
        "additionalProperties" => {
            let known = all.get("properties").and_then(Value::as_object);
            let is_known = |name: &String| known.is_some_and(|known| known.contains_key(name));
            value.as_object().is_none_or(|object| {
                object.iter().all(|(name, inner)| is_known(name) || valid(root, says, inner))
            })
        }
        other => panic!("the schema uses `{other}`, which this test does not know"),
    }
}

fn least(says: &Value) -> u64 {
    says.as_u64().expect("a count")
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("the name of a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("`{other}` is no type"),
    }
}

/// The two patterns of the schemas.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^[A-Za-z0-9._-]{1,39}$" => {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            (1..=39).contains(&text.len()) && text.bytes().all(fits)
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => {
            let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
            shape.eq(*b"0000-00-00")
        }
        other => panic!("the schema uses the pattern `{other}`, which this test does not know"),
    }
}
