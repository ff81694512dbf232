//! What can be wrong with a rulebook, and with a question to it.

use chrono::NaiveDate;
use std::path::PathBuf;

/// Why a rulebook cannot be read: which file, which line, what.
#[derive(Debug, thiserror::Error)]
pub enum RulebookError {
    /// The file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A table that every rulebook has.
    #[error("the rulebook has no `{file}`")]
    MissingFile {
        /// Name of the table.
        file: &'static str,
    },
    /// A file that is not UTF-8.
    #[error("{file} is not UTF-8")]
    NotText {
        /// Name of the file.
        file: String,
    },
    /// A row that cannot be taken.
    #[error("{file}, line {line}: {problem}")]
    Row {
        /// Name of the table.
        file: &'static str,
        /// Line, from 1; the header is line 1.
        line: u64,
        /// What is wrong.
        problem: RowProblem,
    },
    /// A catalogue of items that leaves out, ends or changes what the province collects.
    #[error(
        "collection_items.csv takes away the provincial item `{item}`: a city adds items and keeps every provincial one as it is"
    )]
    ProvincialItem {
        /// The item.
        item: String,
    },
    /// Two tables that contradict each other.
    #[error("calendar.csv ends in {calendar}, but calendar.last_loaded_year says {parameter}")]
    CalendarEnd {
        /// Last year of the calendar.
        calendar: i32,
        /// What the parameter says; nothing when it is missing.
        parameter: String,
    },
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// Columns missing, added or unreadable.
    #[error("{0}")]
    Csv(String),
    /// A cell that must not be empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// A date that is none.
    #[error("{0}")]
    Date(#[from] domain::InvalidDate),
    /// A period that ends before it starts, or ends without a start.
    #[error("the period ends before it starts")]
    EndsBeforeStart,
    /// Two rows of one rule in force on one day.
    #[error("`{key}` is already in force in part of this period, by line {line}")]
    Overlaps {
        /// The rule.
        key: String,
        /// Line of the other row.
        line: u64,
    },
    /// A unit that nobody can read.
    #[error("there is no unit `{0}`")]
    UnknownUnit(String),
    /// A value that does not fit its unit.
    #[error("`{value}` is not a value of the unit `{unit}`")]
    Value {
        /// The value.
        value: String,
        /// The unit.
        unit: String,
    },
    /// A code of wrong form.
    #[error("{0}")]
    Form(String),
    /// A reference to something that no table has.
    #[error("no table has the {what} `{code}`")]
    Unknown {
        /// What is referred to.
        what: &'static str,
        /// Its code.
        code: String,
    },
    /// A calendar row that contradicts the calendar.
    #[error("{0}")]
    Calendar(String),
}

/// Why a question to the rulebook has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleMissing {
    /// No rule of this name on any date.
    #[error("the rulebook has no rule `{name}`")]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// The rule exists, but not on this date.
    #[error("no rule `{name}` is in force on {on}")]
    NotInForce {
        /// The name asked for.
        name: String,
        /// The date of the act.
        on: NaiveDate,
    },
    /// The rule is in force, but the authority that sets its value has not supplied it.
    #[error("the value of `{name}` on {on} was not supplied ({source_text})")]
    NotSupplied {
        /// The name asked for.
        name: String,
        /// The date of the act.
        on: NaiveDate,
        /// What the rulebook says about where the value should come from.
        source_text: String,
    },
    /// The rule has a value of another kind than asked for.
    #[error("`{name}` is given in `{unit}`, which is no {wanted}")]
    OtherKind {
        /// The name asked for.
        name: String,
        /// Its unit.
        unit: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
}
