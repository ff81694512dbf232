//! From a row of text to a message of the contract.

use contract::collection::v1::{Record, Ticket};
use contract::registry::v1::Enterprise;
use prost::Message;
use serde_json::{Map, Value};

use super::expression::FieldText;
use super::mapping::{Output, Target};
use super::source::Source;

/// A row, converted.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// For the registry.
    Enterprise(Box<Enterprise>),
    /// For collection.
    Record(Box<Record>),
    /// For collection.
    Ticket(Box<Ticket>),
}

impl Row {
    /// Bytes that the row takes in a message.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Enterprise(row) => row.encoded_len(),
            Self::Record(row) => row.encoded_len(),
            Self::Ticket(row) => row.encoded_len(),
        }
    }
}

/// Why a row could not be converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRefused {
    /// Field path of the resource.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

/// An output whose columns have been found in the file.
pub(super) struct Converter<'a> {
    target: Target,
    fields: Vec<(&'a str, Part<'a>)>,
}

enum Part<'a> {
    Constant(&'a str),
    Column(usize, &'a super::expression::Expression),
}

impl<'a> Converter<'a> {
    /// Finds the columns of `output` in `source`.
    pub(super) fn new(output: &'a Output, source: &Source) -> Result<Self, String> {
        let mut fields = Vec::with_capacity(output.fields.len());
        for (path, text) in &output.fields {
            let part = match text {
                FieldText::Constant(constant) => Part::Constant(constant),
                FieldText::Expression(expression) => {
                    let column = expression.column.as_deref().unwrap_or_default();
                    Part::Column(source.position(column)?, expression)
                }
            };
            fields.push((path.as_str(), part));
        }
        Ok(Self { target: output.target, fields })
    }

    /// The message that the row becomes, or every field that is wrong.
    pub(super) fn convert(&self, row: &csv::StringRecord) -> Result<Row, Vec<RowRefused>> {
        let mut object = Map::new();
        let mut refused = Vec::new();
        for (path, part) in &self.fields {
            let value = match part {
                Part::Constant(constant) => Ok(Some((*constant).to_owned())),
                Part::Column(position, expression) => {
                    expression.evaluate(row.get(*position).unwrap_or_default())
                }
            };
            match value {
                Ok(Some(value)) => insert(&mut object, path, value),
                Ok(None) => {}
                Err(problem) => refused.push(RowRefused { field: (*path).to_owned(), problem }),
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        self.message(Value::Object(object))
            .map_err(|error| vec![RowRefused { field: String::new(), problem: error.to_string() }])
    }

    fn message(&self, value: Value) -> Result<Row, contract::json::JsonError> {
        Ok(match self.target {
            Target::Enterprise => Row::Enterprise(Box::new(contract::json::from_value(value)?)),
            Target::Record => Row::Record(Box::new(contract::json::from_value(value)?)),
            Target::Ticket => Row::Ticket(Box::new(contract::json::from_value(value)?)),
        })
    }
}

/// Sets a dotted path. Texts become what the field wants: JSON mapping reads numbers from text; `true` and `false` are flags.
fn insert(object: &mut Map<String, Value>, path: &str, value: String) {
    match path.split_once('.') {
        None => {
            let value = match value.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(value),
            };
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
