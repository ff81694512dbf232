//! What is to be known of the messages of the contract to write them, looked up once.

use std::{collections::HashMap, sync::LazyLock};

use contract::descriptors;
use prost_reflect::{FieldDescriptor, Kind as Described, MessageDescriptor};

/// Oneofs of one message at most: those that were seen are kept in the bits of a number.
const ONEOFS: usize = 64;

static OF_CONTRACT: LazyLock<Plans> = LazyLock::new(|| Plans::of(descriptors().all_messages()));

/// The messages, each known by its place.
#[derive(Debug)]
pub(super) struct Plans {
    /// `None` for those that are left to the general way.
    messages: Vec<Option<Plan>>,
    places: HashMap<String, usize>,
}

/// One message.
#[derive(Debug)]
pub(super) struct Plan {
    /// In the order of their numbers, in which they are written.
    pub(super) fields: Vec<Field>,
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// Its name as it is written: `"name":`.
    pub(super) key: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) is_list: bool,
    /// Whether it is only written where it stands in the message.
    pub(super) is_optional: bool,
    /// The bit of its oneof; 0 for none.
    pub(super) oneof: u64,
}

/// How a value is written.
#[derive(Debug)]
pub(super) enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    Text,
    Bytes,
    /// By its names, with their quotation marks, in the order of the numbers.
    Enum(Vec<(i32, String)>),
    Timestamp,
    /// A message of the contract, by its place.
    Message(usize),
    /// Left to the general way.
    Other,
}

impl Plans {
    /// Those of the contract; made when they are asked for first.
    pub(super) fn of_contract() -> &'static Self {
        &OF_CONTRACT
    }

    fn of(messages: impl Iterator<Item = MessageDescriptor>) -> Self {
        let messages: Vec<_> = messages.collect();
        let place = |(place, message): (usize, &MessageDescriptor)| (message.full_name().to_owned(), place);
        let places: HashMap<_, _> = messages.iter().enumerate().map(place).collect();
        let messages = messages.iter().map(|message| Plan::of(message, &places)).collect();
        Self { messages, places }
    }

    /// The place of a message.
    pub(super) fn of_name(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The message at a place.
    pub(super) fn at(&self, place: usize) -> Option<&Plan> {
        self.messages.get(place)?.as_ref()
    }
}

impl Plan {
    fn of(message: &MessageDescriptor, places: &HashMap<String, usize>) -> Option<Self> {
        let oneofs: Vec<String> = message.oneofs().map(|oneof| oneof.full_name().to_owned()).collect();
        // Types that the mapping writes in forms of their own, and maps.
        let is_other = message.full_name().starts_with("google.protobuf.")
            || message.fields().any(|field| field.is_map())
            || oneofs.len() > ONEOFS;
        let fields = || message.fields().map(|field| Field::of(&field, &oneofs, places)).collect::<Vec<_>>();
        (!is_other).then(|| Self { fields: fields() })
    }
}

impl Field {
    fn of(field: &FieldDescriptor, oneofs: &[String], places: &HashMap<String, usize>) -> Self {
        let own = field.containing_oneof();
        let own = own.and_then(|own| oneofs.iter().position(|oneof| oneof == own.full_name()));
        Self {
            number: field.number(),
            key: format!("{}:", serde_json::Value::from(field.json_name())).into_bytes(),
            kind: Kind::of(field.kind(), places),
            is_list: field.is_list(),
            is_optional: field.supports_presence(),
            oneof: own.map_or(0, |place| 1 << place),
        }
    }
}

impl Kind {
    fn of(kind: Described, places: &HashMap<String, usize>) -> Self {
        match kind {
            Described::Double => Self::Double,
            Described::Float => Self::Float,
            Described::Int32 => Self::Int32,
            Described::Int64 => Self::Int64,
            Described::Uint32 => Self::Uint32,
            Described::Uint64 => Self::Uint64,
            Described::Sint32 => Self::Sint32,
            Described::Sint64 => Self::Sint64,
            Described::Fixed32 => Self::Fixed32,
            Described::Fixed64 => Self::Fixed64,
            Described::Sfixed32 => Self::Sfixed32,
            Described::Sfixed64 => Self::Sfixed64,
            Described::Bool => Self::Bool,
            Described::String => Self::Text,
            Described::Bytes => Self::Bytes,
            Described::Enum(values) => {
                let name = |value: prost_reflect::EnumValueDescriptor| {
                    (value.number(), format!("\"{}\"", value.name()))
                };
                let mut names: Vec<_> = values.values().map(name).collect();
                names.sort_by_key(|(number, _)| *number);
                // Of several names for one number the general way says which.
                let has_others = names.windows(2).any(|pair| pair[0].0 == pair[1].0);
                if has_others { Self::Other } else { Self::Enum(names) }
            }
            Described::Message(message) => match message.full_name() {
                "google.protobuf.Timestamp" => Self::Timestamp,
                name => places.get(name).copied().map_or(Self::Other, Self::Message),
            },
        }
    }
}
