//! Messages as JSON by the protobuf mapping: camelCase names, 64-bit integers as strings, instants in RFC 3339, bytes in
//! base64. Fields without a value are written out, so that `false` and `0` can be told from a field the reader forgot.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;

/// Why a message could not be mapped.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The message is not of this contract.
    #[error("message `{0}` is not part of the contract")]
    Unknown(String),
    /// The JSON does not fit the message; the text names the field.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// The bytes are not those of the message.
    #[error("the bytes are not a message of this type: {0}")]
    Bytes(#[from] prost::DecodeError),
}

/// `message` as JSON.
pub fn to_value<M: Message + Name>(message: &M) -> Result<Value, JsonError> {
    let dynamic = DynamicMessage::decode(descriptor::<M>()?, message.encode_to_vec().as_slice())?;
    let options = SerializeOptions::new().skip_default_fields(false);
    Ok(dynamic.serialize_with_options(serde_json::value::Serializer, &options)?)
}

/// The message that `value` describes. Names may be camelCase or as in the `.proto`; an unknown name is refused.
pub fn from_value<M: Message + Name + Default>(value: Value) -> Result<M, JsonError> {
    let dynamic = DynamicMessage::deserialize(descriptor::<M>()?, value)?;
    Ok(M::decode(dynamic.encode_to_vec().as_slice())?)
}

fn descriptor<M: Name>() -> Result<MessageDescriptor, JsonError> {
    let name = M::full_name();
    crate::descriptors().get_message_by_name(&name).ok_or(JsonError::Unknown(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::common::v1::{CountWorkResponse, Duty};

    #[test]
    fn a_message_survives_json_and_shows_its_empty_fields() {
        let duty = Duty { subject: "enterprises/1".to_owned(), overdue: true, ..Duty::default() };
        let value = to_value(&duty).unwrap();
        assert_eq!(value["subject"], "enterprises/1");
        assert_eq!(value["dueOn"], "");
        assert_eq!(from_value::<Duty>(value).unwrap(), duty);
    }

    #[test]
    fn wide_integers_are_strings() {
        let count = CountWorkResponse { open: i64::MAX, ..CountWorkResponse::default() };
        assert_eq!(to_value(&count).unwrap()["open"], "9223372036854775807");
    }

    #[test]
    fn an_unknown_name_is_refused_and_named() {
        let refused = from_value::<Duty>(json!({"sbject": "enterprises/1"})).unwrap_err();
        assert!(refused.to_string().contains("sbject"), "{refused}");
    }
}
