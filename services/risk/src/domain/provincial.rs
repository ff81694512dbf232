//! A general class that the province has given.

use chrono::NaiveDate;
use domain::Uscc;

/// A class that the province has given, as it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvincialClass {
    /// Credit code.
    pub uscc: Uscc,
    /// Class scheme, which the rulebook knows.
    pub scheme: String,
    /// Class of that scheme.
    pub code: String,
    /// Place of the class in its scheme, 1 for the lowest risk.
    pub rank: i32,
    /// Day as of which the province classified.
    pub classified_on: NaiveDate,
    /// Where it comes from.
    pub source_document: String,
}

impl ProvincialClass {
    /// `enterprises/{uscc}/provincialClasses/{scheme}-{classified_on}`: by this it is known.
    pub fn name(&self) -> String {
        let Self { uscc, scheme, classified_on, .. } = self;
        format!("enterprises/{uscc}/provincialClasses/{scheme}-{classified_on}")
    }
}
