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
