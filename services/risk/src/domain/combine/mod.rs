//! How general and professional class become one ("通用+专业", rules (f)): by data of the rulebook, not code.
//!
//! Three methods are in use in the country, and a file chooses one: a table (the default of the design), the sum of points
//! and of what the general class is worth (Anhui), and shares of both models' points (Shanxi). Whatever the method, a veto
//! gives the highest class, and no riskier input gives a lower one.

pub mod effect;
mod form;
mod held;
mod method;
mod raw;
mod read;
mod resolved;
mod sentence;

use chrono::NaiveDate;

use super::{
    model::ModelError,
    scheme::{Rank, Scheme},
};

pub use method::{Combination, Given};
pub use sentence::Told;

use effect::Effects;
use method::Method;
use read::Read;

/// The combination in force over a period.
#[derive(Clone, Debug)]
pub struct Combiner {
    /// Version, such as `1`.
    pub version: String,
    /// First day in force.
    pub effective_from: NaiveDate,
    /// Last day in force; `None` while open.
    pub effective_to: Option<NaiveDate>,
    /// Scheme of the combined class; the general model answers in it too.
    pub scheme: Scheme,
    /// Which results of single enterprises take effect without review; all others wait for the next approved run.
    pub effects: Effects,
    /// Where the combination comes from.
    pub source: String,
    /// SM3 of its text, hex.
    pub hash: String,
    /// Who answers as the general model where the stand-in says nothing; `None`: no stand-in is asked.
    pub stand_in: Option<Otherwise>,
    method: Method,
    national: Vec<String>,
    national_from: NaiveDate,
}

/// Who gives the general class of an enterprise of which the stand-in says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The general model.
    Model,
    /// Nobody: it has this class, unless floors and vetoes of the general model give a riskier one.
    Class(Rank),
}

impl Combiner {
    /// Reads and checks the combination in `text`, which is submitted now. It must be complete, and no riskier input may give a lower
    /// class.
    ///
    /// # Errors
    /// [`ModelError`] with the file and all that is wrong in it, each with its place.
    pub fn load(file: &str, text: &str, scheme: impl Fn(&str) -> Option<Scheme>) -> Result<Self, ModelError> {
        let Read { combiner, mut faults, stricter } = read::combiner(file, text, scheme)?;
        faults.append(stricter);
        held::check_form(text, &mut faults);
        faults.unless_any(file, text, combiner)
    }

    /// The form of a file, as a JSON Schema.
    pub fn json_schema() -> schemars::Schema {
        schemars::schema_for!(raw::RawCombination)
    }

    /// `combine@version`.
    pub fn key(&self) -> String {
        format!("combine@{}", self.version)
    }

    /// Whether every grade of `scheme` has its place.
    pub fn covers(&self, scheme: &Scheme) -> bool {
        match &self.method {
            Method::Matrix(rows) => scheme.codes().all(|code| rows.iter().all(|row| row.contains_key(code))),
            Method::Add { .. } | Method::Weighted { .. } => true,
        }
    }

    /// The class as the national scheme of four classes writes it, for exchange; `None` on a day before that scheme.
    pub fn national(&self, rank: Rank, day: NaiveDate) -> Option<&str> {
        (self.national_from <= day).then(|| self.national[rank.min(self.scheme.highest())].as_str())
    }
}

#[cfg(test)]
mod tests;
