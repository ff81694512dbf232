//! What became of every row.

use serde::Serialize;

/// The report of an import: one part for each output of the mapping.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Name of the mapping.
    pub mapping: String,
    /// File that was read.
    pub file: String,
    /// The outputs, in the order of the mapping.
    pub outputs: Vec<OutputReport>,
}

/// What became of the rows of one output. `rows` is the sum of the other counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutputReport {
    /// Kind of resource.
    pub target: String,
    /// Rows read.
    pub rows: u64,
    /// Newly taken (records and tickets: attached to an enterprise).
    pub created: u64,
    /// Newly taken, their enterprise not known yet.
    pub unmatched: u64,
    /// Brought up to date.
    pub updated: u64,
    /// There already with the same content.
    pub unchanged: u64,
    /// Left out because the value of the `distinct` column had come before.
    pub repeated: u64,
    /// Left out because the value of the `only` column is none that is wanted.
    pub left_out: u64,
    /// Refused, each with its reasons in `refusals`.
    pub refused: u64,
    /// The first refusals, at most [`OutputReport::MAX_REFUSALS`]; `refused` counts all.
    pub refusals: Vec<Refusal>,
}

/// Why a row was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Line of the row, counted from 1 for the first row after the header.
    pub row: u64,
    /// Field path of the resource; empty when the row as a whole is wrong.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.field.as_str() {
            "" => write!(formatter, "row {}: {}", self.row, self.problem),
            field => write!(formatter, "row {}: {field}: {}", self.row, self.problem),
        }
    }
}

impl OutputReport {
    /// Most refusals that are kept word for word.
    pub const MAX_REFUSALS: usize = 1_000;

    /// Whether every row is accounted for.
    pub fn adds_up(&self) -> bool {
        let taken = self.created + self.unmatched + self.updated + self.unchanged;
        self.rows == taken + self.repeated + self.left_out + self.refused
    }

    /// Adds one refused row with its reasons.
    pub(super) fn refuse(&mut self, row: u64, reasons: impl IntoIterator<Item = (String, String)>) {
        self.refused += 1;
        for (field, problem) in reasons {
            if self.refusals.len() < Self::MAX_REFUSALS {
                self.refusals.push(Refusal { row, field, problem });
            }
        }
    }
}
