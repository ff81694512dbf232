//! Messages of the contract with something in every field: what writes JSON is held against what reads and describes it.

use contract::descriptors;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};

use super::encoded::text_of_bytes;

/// How deep messages are filled that hold messages.
pub(crate) const DEPTH: usize = 3;

/// The only type of the contract whose text has a form of its own to keep.
const MASK: &str = "google.protobuf.FieldMask";

/// The messages of the contract.
pub(crate) fn messages() -> impl Iterator<Item = MessageDescriptor> {
    descriptors().all_messages().filter(|message| message.full_name().starts_with("xinjian."))
}

/// A message in which every field has a value; of those that exclude each other, the last.
pub(crate) fn filled(descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        set(&mut message, &field, sample(&field, depth));
    }
    message
}

/// Messages with one value each: one for every field that may be there or not, or instead of another.
pub(crate) fn alone(descriptor: &MessageDescriptor) -> Vec<DynamicMessage> {
    let fields = descriptor.fields().filter(|field| field.supports_presence() && !field.is_list());
    let one = |field: FieldDescriptor| {
        let mut message = DynamicMessage::new(descriptor.clone());
        set(&mut message, &field, sample(&field, 1));
        message
    };
    fields.map(one).collect()
}

/// Messages with what no number of JSON is, in every field of such numbers; none where there is no such field.
pub(crate) fn not_finite(descriptor: &MessageDescriptor) -> Vec<DynamicMessage> {
    let of = |number: f64| {
        let mut message = DynamicMessage::new(descriptor.clone());
        for field in descriptor.fields().filter(|field| matches!(field.kind(), Kind::Double)) {
            set(&mut message, &field, Some(Value::F64(number)));
        }
        message
    };
    let has_any = descriptor.fields().any(|field| matches!(field.kind(), Kind::Double));
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().filter(|_| has_any);
    numbers.map(of).collect()
}

/// The message as REST answers it.
pub(crate) fn answered(message: &DynamicMessage) -> serde_json::Value {
    let text = text_of_bytes(&message.descriptor(), &message.encode_to_vec()).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Sets a field; of a list, two elements.
fn set(message: &mut DynamicMessage, field: &FieldDescriptor, value: Option<Value>) {
    assert!(!field.is_map(), "{}: no sample and no description knows maps", field.full_name());
    if let Some(value) = value {
        let value = if field.is_list() { Value::List(vec![value.clone(), value]) } else { value };
        message.set_field(field, value);
    }
}

fn sample(field: &FieldDescriptor, depth: usize) -> Option<Value> {
    Some(match field.kind() {
        Kind::Double => Value::F64(0.1),
        Kind::Float => Value::F32(f32::NEG_INFINITY),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(-7),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(-1_700_000_000),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(u32::MAX),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(u64::MAX),
        Kind::Bool => Value::Bool(true),
        Kind::String if field.parent_message().full_name() == MASK => Value::String("legal_name".to_owned()),
        Kind::String => Value::String("《食品安全法》 \"x\"\n\u{1}".to_owned()),
        Kind::Bytes => Value::Bytes(vec![0, 255, 7].into()),
        Kind::Enum(kinds) => Value::EnumNumber(kinds.values().last()?.number()),
        Kind::Message(_) if depth == 0 => return None,
        Kind::Message(inner) => Value::Message(filled(&inner, depth - 1)),
    })
}
