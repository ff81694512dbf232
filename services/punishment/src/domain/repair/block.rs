//! What stands in the way of a repair.

use chrono::NaiveDate;

/// Something that stands in the way on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Code of the set `repair_block`.
    pub code: &'static str,
    /// The fact: a resource, a document number, or the parameter whose period runs.
    pub fact: String,
    /// Last day on which it stands in the way; `None` while it has no end.
    pub until: Option<NaiveDate>,
}

impl Block {
    /// One without an end.
    pub(super) fn open(code: &'static str, fact: impl Into<String>) -> Self {
        Self { code, fact: fact.into(), until: None }
    }

    /// One that ends with a day, if that is known.
    pub(super) fn until(code: &'static str, fact: impl Into<String>, until: Option<NaiveDate>) -> Self {
        Self { code, fact: fact.into(), until }
    }
}
