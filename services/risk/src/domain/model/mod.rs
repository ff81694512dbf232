//! A classification model as data: read from YAML, checked against the contract and the class schemes, then unchangeable.
//!
//! A file says: who answers (`id`, `version`, `scope`, `scheme`, dates, source), what is counted (`indicators`, each with
//! source, condition, window, measure and points, grouped in `dimensions`), and how points become a grade (`grades`), with
//! `steps` up and down, `floors` and `vetoes` behind it. Every figure carries `cites`: a document, or `local parameter`.
//! Numbers of the law are named parameters of the rulebook, resolved for the day of a run by [`super::scoring`].

mod check;
mod cites;
mod codes;
mod condition;
mod depth;
mod error;
mod form;
mod length;
mod path;
mod places;
mod points;
mod raw;
mod resolved;
mod source;

use chrono::NaiveDate;
use prost_reflect::MessageDescriptor;
use serde::Deserialize;

pub(in crate::domain) use check::{number, plain, unknown_scheme};
pub(in crate::domain) use cites::check as check_source;
pub use cites::names_a_source;
pub use codes::{FIELD, SCHEME, SUB_KIND};
pub use condition::{Condition, Test};
pub use depth::{LONGEST_TEXT, bounded};
pub(in crate::domain) use error::Faults;
pub use error::{Fault, ModelError};
pub(in crate::domain) use form::{DAY, NAME, TEXT};
pub use path::{FieldKind, FieldPath};
pub use places::Position;
pub(in crate::domain) use raw::{RawGrade, RawNumber, day, to_day};
pub use source::{ATTENTION, ATTRIBUTE, BREACH, CHANGE, LICENCE, PROVINCIAL, Source, TICKET};

use super::{
    hundredths::Hundredths,
    parameters::Span,
    scheme::{Rank, Scheme},
};

/// One version of a model, checked.
#[derive(Clone, Debug)]
pub struct Model {
    /// Identifier, such as `food2016`.
    pub id: String,
    /// Version, such as `1`.
    pub version: String,
    /// What it is made for.
    pub scope: Scope,
    /// Scheme it answers in.
    pub scheme: Scheme,
    /// First day for which it is written.
    pub effective_from: NaiveDate,
    /// Last day for which it is written; `None` while open.
    pub effective_to: Option<NaiveDate>,
    /// How far a shipped version has come when it is first seen.
    pub standing: Standing,
    /// Document that it rests on.
    pub source: String,
    /// SM3 of its text, hex.
    pub hash: String,
    /// Points before anything is counted.
    pub base: Number,
    /// Groups of indicators, each with its own cap.
    pub dimensions: Vec<Dimension>,
    /// What is measured.
    pub indicators: Vec<Indicator>,
    /// Steps, floors and vetoes, in the order in which they are applied.
    pub rules: Vec<Rule>,
    /// Largest points of each grade but the highest, in the order of the scheme; the bound belongs to the grade.
    pub upper_bounds: Vec<Number>,
}

/// How far a version has come when a service first sees it, if it is part of the program; a city's begins as a draft. Afterwards
/// officers decide (machine `model`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is in force within its dates.
    #[default]
    Effective,
    /// It is on trial: every run scores it beside the model in force of its scope, and nobody is classed by it.
    Shadow,
}

/// Scope of the general model.
pub const GENERAL: &str = "general";
/// Scope of the model that may take its place.
pub const STAND_IN: &str = "stand_in";

/// What a model is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every enterprise.
    General,
    /// Every enterprise of which it can say something, in the place of the general model, where the combination lets it.
    StandIn,
    /// Enterprises marked in this key field.
    Field(String),
}

impl Scope {
    /// `general`, `stand_in`, or the code of the key field.
    pub fn as_str(&self) -> &str {
        match self {
            Self::General => GENERAL,
            Self::StandIn => STAND_IN,
            Self::Field(code) => code,
        }
    }

    /// Whether it says something of `field`.
    pub fn concerns(&self, field: &str) -> bool {
        match self {
            Self::General | Self::StandIn => true,
            Self::Field(own) => own == field,
        }
    }
}

/// A number of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Stands in the model.
    Fixed(Hundredths),
    /// Stands in the rulebook under this name.
    Parameter(String),
}

/// A length of time of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Length {
    /// Stands in the model.
    Fixed(Span),
    /// Stands in the rulebook under this name.
    Parameter(String),
}

/// A group of indicators.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// Identifier.
    pub id: String,
    /// Chinese label.
    pub label: String,
    /// Whether only its largest indicator counts; otherwise they add up.
    pub largest_only: bool,
    /// Most points that it can give.
    pub cap: Option<Number>,
}

/// One thing that is measured of an enterprise.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Identifier within the model.
    pub id: String,
    /// Chinese label.
    pub label: String,
    /// Place of its dimension.
    pub dimension: usize,
    /// Where its evidence comes from.
    pub source: Source,
    /// Which evidence counts; `None`: all of the source.
    pub condition: Option<Condition>,
    /// Field with the day of a piece of evidence; `None`: it has no day and counts at all times.
    pub day: Option<FieldPath>,
    /// Field with its end; `None`, or an empty field: without end.
    pub end: Option<End>,
    /// Which days count.
    pub window: Window,
    /// How evidence becomes a value.
    pub measure: Measure,
    /// How the value becomes points.
    pub points: Points,
    /// Most points that it can give.
    pub cap: Option<Number>,
    /// Document and article, or `local parameter`.
    pub cites: String,
}

/// Where the end of a piece of evidence stands.
#[derive(Clone, Debug)]
pub struct End {
    /// The field.
    pub path: FieldPath,
    /// Whether that day still counts (the last day of a licence) or no longer (the day of a removal).
    pub inclusive: bool,
}

/// Which days count, seen from the day of the run. What lies after it never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// All.
    All,
    /// The days after the one that lies this length before.
    Last(Length),
    /// That day and those before it.
    OlderThan(Length),
    /// Evidence that holds on the day of the run: begun, not ended.
    Open,
}

/// How the evidence inside the window becomes a value.
#[derive(Clone, Debug)]
pub enum Measure {
    /// Number of pieces.
    Count,
    /// 1 if there is any, else 0.
    Exists,
    /// Days since the latest; no value if there is none.
    DaysSince,
    /// Sum of a field.
    Sum(FieldPath),
    /// Largest value of a field.
    Max(FieldPath),
    /// Value of a field in the latest piece; of one day the largest.
    Latest(FieldPath),
    /// Percentage of the pieces for which a second condition holds.
    Share(Condition),
}

/// How a value becomes points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Points {
    /// None: the indicator serves rules only.
    None,
    /// The points of the highest band whose beginning the value reaches.
    Bands(Vec<(Number, Number)>),
    /// So many points for each whole of the value, in proportion.
    Each(Number),
}

/// What happens beside the points.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Identifier within the model.
    pub id: String,
    /// Chinese label.
    pub label: String,
    /// What must hold of the indicators, all of it.
    pub when: Vec<When>,
    /// What it does.
    pub effect: Effect,
    /// Document and article, or `local parameter`.
    pub cites: String,
}

/// A bound that an indicator's value must keep. An indicator without a value keeps none.
#[derive(Clone, Debug)]
pub struct When {
    /// Place of the indicator.
    pub indicator: usize,
    /// Whether the value must be at least the bound; otherwise at most.
    pub at_least: bool,
    /// The bound.
    pub bound: Number,
}

/// What a rule does to the grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// So many grades up (riskier) or, below zero, down.
    Steps(i32),
    /// Not below this grade.
    Floor(Rank),
    /// The highest grade of this scheme, and of the combined class.
    Veto,
}

impl Model {
    /// Reads and checks the model in `text`. `scheme` finds a class scheme by its identifier.
    ///
    /// # Errors
    /// [`ModelError`] with the file and all that is wrong in it, each with its place.
    pub fn load(
        file: &str,
        text: &str,
        hash: &str,
        scheme: impl Fn(&str) -> Option<Scheme>,
    ) -> Result<Self, ModelError> {
        bounded(file, text)?;
        let raw = serde_norway::from_str(text).map_err(|error| ModelError::form(file, &error))?;
        check::model(file, text, raw, hash, scheme)
    }

    /// The form of a file, as a JSON Schema.
    pub fn json_schema() -> schemars::Schema {
        schemars::schema_for!(raw::RawModel)
    }

    /// `id@version`: names it in results, which outlive its being in force.
    pub fn key(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The indicator called `id`.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }
}

/// The message that evidence of a source is, for decoding; `None` for an unknown source.
pub fn message_of(source: &str) -> Option<MessageDescriptor> {
    Source::named(source).map(|source| source.message().clone())
}

#[cfg(test)]
mod tests;
