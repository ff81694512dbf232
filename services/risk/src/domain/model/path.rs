//! Fields of the contract's messages, named by path and resolved against the descriptor when a model is loaded.

use std::borrow::Cow;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// What a field holds, as far as models care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One text; dates and codes are texts too.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Bool,
    /// A list of texts.
    Texts,
}

impl FieldKind {
    /// What it is called in a message to the author of a model.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Bool => "a yes or no",
            Self::Texts => "a list of texts",
        }
    }
}

/// A field of a message, such as `penalty.fine_fen` of a record. It exists in the contract.
#[derive(Clone, Debug)]
pub struct FieldPath {
    steps: Vec<FieldDescriptor>,
    kind: FieldKind,
}

impl FieldPath {
    /// Finds `path` in `message`.
    ///
    /// # Errors
    /// In words: which step the message does not have, or that the field is none that a model can read.
    pub fn resolve(message: &MessageDescriptor, path: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut at = message.clone();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let field = at.get_field_by_name(name).ok_or_else(|| no_field(path, &at, name))?;
            if names.peek().is_some() {
                at = inner_message(&field).ok_or_else(|| format!("`{path}`: `{name}` is no message"))?;
            }
            steps.push(field);
        }
        let last = steps.last().ok_or_else(|| format!("`{path}` names no field"))?;
        let kind = kind_of(last)
            .ok_or_else(|| format!("`{path}` is no text, number, yes-or-no or list of texts"))?;
        Ok(Self { steps, kind })
    }

    /// Its path, such as `penalty.fine_fen`.
    pub fn name(&self) -> String {
        self.steps.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
    }

    /// What the field holds.
    pub fn kind(&self) -> FieldKind {
        self.kind
    }

    /// Whether an amount of money in fen stands there; its hundredths are then yuan.
    pub fn is_fen(&self) -> bool {
        self.steps.last().is_some_and(|field| field.name().ends_with("_fen"))
    }

    /// The value in `message`. `None` where a message on the way, or an optional field, is absent.
    pub(super) fn get<'a>(&self, message: &'a DynamicMessage) -> Option<Cow<'a, Value>> {
        get(message, &self.steps)
    }

    /// The text there, unless it is absent or empty.
    pub(crate) fn text(&self, message: &DynamicMessage) -> Option<String> {
        let value = self.get(message)?;
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The whole number there.
    pub(crate) fn integer(&self, message: &DynamicMessage) -> Option<i64> {
        self.get(message).as_deref().and_then(as_integer)
    }
}

pub(super) fn as_integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_i32().map(i64::from))
}

fn get<'a>(message: &'a DynamicMessage, steps: &[FieldDescriptor]) -> Option<Cow<'a, Value>> {
    let (field, rest) = steps.split_first()?;
    if field.supports_presence() && !message.has_field(field) {
        return None;
    }
    let value = message.get_field(field);
    if rest.is_empty() {
        return Some(value);
    }
    // A message that is present is stored, so it can be borrowed.
    match value {
        Cow::Borrowed(Value::Message(inner)) => get(inner, rest),
        _ => None,
    }
}

fn no_field(path: &str, message: &MessageDescriptor, name: &str) -> String {
    let fields: Vec<_> = message.fields().map(|field| field.name().to_owned()).collect();
    let known = fields.join(", ");
    format!("`{path}`: message `{}` has no field `{name}`; expected one of {known}", message.full_name())
}

fn inner_message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    if field.is_list() || field.is_map() {
        return None;
    }
    field.kind().as_message().cloned()
}

fn kind_of(field: &FieldDescriptor) -> Option<FieldKind> {
    match (field.kind(), field.is_list(), field.is_map()) {
        (Kind::String, false, false) => Some(FieldKind::Text),
        (Kind::String, true, false) => Some(FieldKind::Texts),
        (Kind::Int32 | Kind::Int64, false, false) => Some(FieldKind::Integer),
        (Kind::Bool, false, false) => Some(FieldKind::Bool),
        _ => None,
    }
}
