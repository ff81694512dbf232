//! The mapping file: its form, and the checks that it must pass before a row is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use prost_reflect::{Kind, MessageDescriptor};
use serde::Deserialize;

use super::expression::{Expression, FieldText};
use super::near;

/// How one source becomes resources of the contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Name of the source, for reports.
    pub name: String,
    /// Where the data come from and under which licence.
    pub attribution: String,
    /// Columns that other tables give to the rows of this one.
    #[serde(default)]
    pub joins: Vec<Join>,
    /// What each row becomes. Each output is one pass over the file, in this order.
    pub outputs: Vec<Output>,
}

/// Another table of the same source, whose columns are put behind those of a row. It is held in memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Its file, seen from the folder of the table itself.
    pub file: PathBuf,
    /// Column that both tables have: a row takes from the first row of the other table with the same value, or nothing.
    pub on: String,
    /// Columns to take.
    pub columns: Vec<String>,
}

/// Which rows an output takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// Column that decides.
    pub column: String,
    /// Its values, without blanks around them; rows with another value count as `left_out`.
    pub values: BTreeSet<String>,
}

/// One kind of resource that the rows become.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Kind of resource.
    pub target: Target,
    /// Column whose values are each taken once, at their first row; later rows count as `repeated`.
    #[serde(default)]
    pub distinct: Option<String>,
    /// Which rows it takes; without it, all.
    #[serde(default)]
    pub only: Option<Only>,
    /// Field path of the resource, such as `inspection.result`, to the expression that gives it.
    pub fields: BTreeMap<String, FieldText>,
}

/// Kinds of resource that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An enterprise of the registry.
    Enterprise,
    /// A record of collection: a permit, penalty, inspection or sampling result.
    Record,
    /// A hotline ticket of collection.
    Ticket,
}

impl Target {
    /// Full name of the message in the contract.
    pub fn message(self) -> &'static str {
        match self {
            Self::Enterprise => "xinjian.registry.v1.Enterprise",
            Self::Record => "xinjian.collection.v1.Record",
            Self::Ticket => "xinjian.collection.v1.Ticket",
        }
    }
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The file could not be read.
    #[error("cannot read the mapping `{path}`")]
    Read {
        /// The file.
        path: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The text is not a mapping; the message names line and column.
    #[error("`{path}` is not a mapping: {problem}")]
    Form {
        /// The file.
        path: String,
        /// What the parser said.
        problem: String,
    },
    /// A part of the mapping cannot work.
    #[error("`{path}`: {place}: {problem}")]
    Content {
        /// The file.
        path: String,
        /// Where: output number and field path.
        place: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl Mapping {
    /// Reads and checks a mapping file.
    pub fn load(path: &Path) -> Result<Self, MappingError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| MappingError::Read { path: shown.clone(), source })?;
        Self::parse(&text, &shown)
    }

    /// Checks a mapping's text; `path` is only shown in errors.
    pub fn parse(text: &str, path: &str) -> Result<Self, MappingError> {
        let mapping: Self = serde_norway::from_str(text)
            .map_err(|error| MappingError::Form { path: path.to_owned(), problem: error.to_string() })?;
        if mapping.outputs.is_empty() {
            return Err(content(path, "outputs".to_owned(), "is empty: say what a row becomes".to_owned()));
        }
        for (index, output) in mapping.outputs.iter().enumerate() {
            output.check(index, text, path)?;
        }
        Ok(mapping)
    }
}

impl Output {
    /// The columns that the output reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let of_fields = self.fields.values().filter_map(|text| match text {
            FieldText::Constant(_) => None,
            FieldText::Expression(expression) => expression.column.as_deref(),
        });
        let only = self.only.as_ref().map(|only| only.column.as_str());
        of_fields.chain(self.distinct.as_deref()).chain(only)
    }

    fn check(&self, index: usize, text: &str, path: &str) -> Result<(), MappingError> {
        let message = contract::descriptors()
            .get_message_by_name(self.target.message())
            .expect("every target names a message of the contract");
        for (field, value) in &self.fields {
            let place = || format!("outputs[{index}].fields.{field}{}", line_of(text, index, field));
            field_exists(&message, field).map_err(|problem| content(path, place(), problem))?;
            if let FieldText::Expression(expression) = value {
                Expression::check(expression).map_err(|problem| content(path, place(), problem))?;
            }
        }
        Ok(())
    }
}

fn content(path: &str, place: String, problem: String) -> MappingError {
    MappingError::Content { path: path.to_owned(), place, problem }
}

/// ` (line 7)`: where a field of an output stands, when it has a line of its own.
fn line_of(text: &str, index: usize, field: &str) -> String {
    let mut outputs = 0;
    let is_field = |(_, line): &(usize, &str)| {
        let line = line.trim_start();
        outputs += usize::from(line.starts_with("- "));
        outputs == index + 1 && line.strip_prefix(field).is_some_and(|rest| rest.starts_with(':'))
    };
    (1..).zip(text.lines()).find(is_field).map(|(line, _)| format!(" (line {line})")).unwrap_or_default()
}

/// Walks a dotted path through the contract's messages.
fn field_exists(message: &MessageDescriptor, path: &str) -> Result<(), String> {
    let mut message = message.clone();
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let Some(field) = message.get_field_by_name(part) else {
            let known: Vec<_> = message.fields().map(|field| field.name().to_owned()).collect();
            let hint = near::hint(part, known.iter().map(String::as_str));
            let name = message.name();
            return Err(format!("`{name}` has no field `{part}`{hint}; it has {}", known.join(", ")));
        };
        match (field.kind(), parts.peek()) {
            (Kind::Message(inner), Some(_)) => message = inner,
            (Kind::Message(inner), None) => {
                return Err(format!("`{part}` is a message; name one of its fields, such as `{path}.{}`", {
                    inner.fields().next().map(|field| field.name().to_owned()).unwrap_or_default()
                }));
            }
            (_, Some(next)) => return Err(format!("`{part}` is no message and has no field `{next}`")),
            (_, None) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(fields: &str) -> String {
        let text = format!("name: x\nattribution: y\noutputs:\n  - target: record\n    fields: {{{fields}}}");
        Mapping::parse(&text, "m.yaml").unwrap_err().to_string()
    }

    #[test]
    fn a_field_that_the_contract_does_not_have_is_refused_with_its_place() {
        let message = refused("inspection.verdict: \"1\"");
        assert!(message.contains("outputs[0].fields.inspection.verdict"), "{message}");
        assert!(message.contains("has no field `verdict`; it has mode, result"), "{message}");
    }

    #[test]
    fn a_mistyped_field_is_refused_with_its_line_and_what_was_meant() {
        let text = "name: x\nattribution: y\noutputs:\n  - target: record\n    fields:\n      document_no: A\n\
                    \u{20} - target: record\n    fields:\n      document_no: B\n      decidedon: C\n";
        let message = Mapping::parse(text, "m.yaml").unwrap_err().to_string();
        assert!(message.contains("outputs[1].fields.decidedon (line 10): "), "{message}");
        assert!(
            message.contains("has no field `decidedon` (did you mean `decided_on`?); it has "),
            "{message}"
        );
    }

    #[test]
    fn a_message_is_no_field() {
        assert!(refused("inspection: x").contains("such as `inspection.mode`"));
    }

    #[test]
    fn an_unknown_word_is_refused_with_its_field_line_and_column() {
        let message = refused("field: FOOD, document_no: {colum: X}");
        assert!(message.contains("outputs[0].fields.document_no: unknown field `colum`"), "{message}");
        assert!(message.contains("at line 5 column"), "{message}");
    }

    #[test]
    fn a_number_that_should_be_a_text_is_refused_with_its_field() {
        let message = refused("division: 370102");
        assert!(message.contains("outputs[0].fields.division: invalid type: integer `370102`"), "{message}");
        assert!(message.contains("expected a text in quotes"), "{message}");
    }

    #[test]
    fn the_shipped_mappings_are_right() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            Mapping::load(&entry.unwrap().path()).unwrap();
            seen += 1;
        }
        assert!(seen >= 2, "{seen} mappings");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_mapping_or_refused_in_words(text in ".{0,60}", at in 0.0..1.0_f64, cut in proptest::bool::ANY) {
            const RIGHT: &str = include_str!("../../mappings/chicago_inspections.yaml");
            let place = (0..=(RIGHT.len() as f64 * at) as usize).rev().find(|at| RIGHT.is_char_boundary(*at)).unwrap();
            let (before, after) = RIGHT.split_at(place);
            let damaged = if cut { format!("{before}{text}") } else { format!("{before}{text}{after}") };
            for text in [text, damaged] {
                if let Err(problem) = Mapping::parse(&text, "m.yaml") {
                    proptest::prop_assert!(problem.to_string().starts_with("`m.yaml`"));
                }
            }
        }
    }
}
