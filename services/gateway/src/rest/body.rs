//! A message from the JSON of a body.

use std::{cell::RefCell, fmt};

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_path_to_error::{Path, Segment};
use service::FieldErrors;

use super::number;

/// Objects and lists within each other, at most.
const DEEPEST: usize = 32;

/// The message that `json` describes; `at` is the path of the body within the request, empty for all of it.
///
/// # Errors
/// Every field that is unknown or given twice, by its path; else the first that is misread.
pub(super) fn message(
    descriptor: &MessageDescriptor,
    json: &[u8],
    at: &str,
) -> Result<DynamicMessage, FieldErrors> {
    look_at(descriptor, json, at)?;
    let mut reader = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    DynamicMessage::deserialize(descriptor.clone(), tracked).map_err(|problem| {
        let place = track.path();
        let problem = misread(descriptor, json, &place).unwrap_or_else(|| problem.to_string());
        let path = place.to_string();
        let path = [at, path.trim_matches('.')].into_iter().filter(|part| !part.is_empty());
        let path = path.collect::<Vec<_>>().join(".");
        FieldErrors::one(if path.is_empty() { "body" } else { &path }, problem)
    })
}

/// What is wrong with the value at `place`, where it is to be a number and is none.
fn misread(message: &MessageDescriptor, json: &[u8], place: &Path) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(json).ok()?;
    let (mut within, mut last, mut found) = (Some(message.clone()), None, &json);
    for segment in place.iter() {
        match segment {
            Segment::Map { key } => {
                let field = field_named(within.as_ref()?, key)?;
                within = field.kind().as_message().cloned();
                (last, found) = (Some(field), found.get(key)?);
            }
            Segment::Seq { index } => found = found.get(*index)?,
            _ => return None,
        }
    }
    let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    number::misread(&last?, &found)
}

/// Finds what the reader of messages would pass over or name badly: repeated and unknown fields, and too much depth.
fn look_at(descriptor: &MessageDescriptor, json: &[u8], at: &str) -> Result<(), FieldErrors> {
    let errors = RefCell::default();
    let mut reader = serde_json::Deserializer::from_slice(json);
    let look = Look { message: Some(descriptor), path: at.to_owned(), depth: 0, errors: &errors };
    let read = look.deserialize(&mut reader).and_then(|()| reader.end());
    let mut errors = errors.into_inner();
    if let Err(problem) = read {
        errors.push("body", problem);
    }
    errors.into_result()
}

/// Looks at one value.
struct Look<'a> {
    /// The message that the value describes; `None` for one that is no message.
    message: Option<&'a MessageDescriptor>,
    path: String,
    depth: usize,
    errors: &'a RefCell<FieldErrors>,
}

impl<'a> Look<'a> {
    fn below<'b>(&self, message: Option<&'b MessageDescriptor>, path: String) -> Look<'b>
    where
        'a: 'b,
    {
        Look { message, path, depth: self.depth + 1, errors: self.errors }
    }

    fn deep_enough<E: Error>(&self) -> Result<(), E> {
        if self.depth < DEEPEST { Ok(()) } else { Err(E::custom(format!("nested more than {DEEPEST} deep"))) }
    }

    fn field(&self, key: &str) -> Option<FieldDescriptor> {
        self.message.and_then(|message| field_named(message, key))
    }
}

/// The field of this name, as in the contract or in camelCase.
pub(super) fn field_named(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message.get_field_by_json_name(name).or_else(|| message.get_field_by_name(name))
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.deep_enough()?;
        let mut seen = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            let field = self.field(&key);
            let name = field.as_ref().map_or(key, |field| field.name().to_owned());
            if field.is_none() && self.message.is_some() {
                self.errors.borrow_mut().push(&path, "is not known");
            } else if seen.contains(&name) {
                self.errors.borrow_mut().push(&path, "is given twice");
            } else {
                seen.push(name);
            }
            let kind = field.map(|field| field.kind());
            let message = kind.as_ref().and_then(|kind| kind.as_message());
            map.next_value_seed(self.below(message, path))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.deep_enough()?;
        let mut at = 0;
        while list.next_element_seed(self.below(self.message, format!("{}[{at}]", self.path)))?.is_some() {
            at += 1;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use prost_reflect::Value;

    use super::*;

    fn read(json: &str) -> Result<DynamicMessage, Vec<String>> {
        let name = "xinjian.registry.v1.UpdateEnterpriseRequest";
        let descriptor = contract::descriptors().get_message_by_name(name).unwrap();
        message(&descriptor, json.as_bytes(), "").map_err(|errors| {
            errors.iter().map(|error| format!("{}: {}", error.path, error.problem)).collect()
        })
    }

    #[test]
    fn names_may_be_of_either_form() {
        let message =
            read(r#"{"enterprise": {"legalName": "甲"}, "request_id": "1", "updateMask": "legalName"}"#)
                .unwrap();
        assert_eq!(*message.get_field_by_name("request_id").unwrap(), Value::String("1".into()));
    }

    #[test]
    fn unknown_and_repeated_fields_are_all_named() {
        let errors = read(
            r#"{"enterprise": {"legalName": "a", "legal_name": "b", "x": {"y": 1}}, "etag": "1", "etag": "2"}"#,
        );
        assert_eq!(
            errors.unwrap_err(),
            ["enterprise.legal_name: is given twice", "enterprise.x: is not known", "etag: is given twice"]
        );
    }

    #[test]
    fn a_misread_field_is_named() {
        let errors = read(r#"{"enterprise": {"revision": "many"}}"#).unwrap_err();
        assert!(errors[0].starts_with("enterprise.revision: is `many`, not a whole number"), "{errors:?}");
        let errors = read(r#"{"enterprise": {"revision": 1.5}}"#).unwrap_err();
        assert!(errors[0].starts_with("enterprise.revision: is `1.5`, not a whole number"), "{errors:?}");
        assert!(read(r#"{"enterprise": []}"#).unwrap_err()[0].starts_with("enterprise: "));
    }

    #[test]
    fn what_is_no_json_or_nested_too_deep_is_refused_before_it_is_read() {
        let deep = format!(r#"{{"etag": {}}}"#, "[".repeat(100_000));
        for bad in ["", "{", "{} {}", "\u{feff}{}", "{'etag': 1}", "{\"etag\": \"\u{1}\"}", "NaN", &deep] {
            assert!(read(bad).unwrap_err()[0].starts_with("body: "), "{}", &bad[..bad.len().min(20)]);
        }
        for other in ["[]", "null", "1", "\"x\""] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
