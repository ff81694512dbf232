//! A model as its file says it, before anything is checked but the form. Unknown keys are refused. The comments are also
//! the text of the published JSON Schema.

use std::fmt;

use chrono::NaiveDate;
use domain::parse_date;
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::{
    Standing,
    form::{self, DAY, NAME},
    length::{MOST_DAYS, MOST_MONTHS, MOST_YEARS},
};
use crate::domain::hundredths::Hundredths;

/// One version of a classification model: what is counted of an enterprise, how it becomes points, and points a grade.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with the keys of a model, such as `id`, `version` and `indicators`"
)]
#[schemars(transform = form::model)]
pub(super) struct RawModel {
    /// Identifier, such as `food2016`: letters, digits, `.`, `-` and `_`, at most 39.
    #[serde(deserialize_with = "form::text")]
    #[schemars(regex(pattern = NAME))]
    pub(super) id: String,
    /// Version, such as `1`, of the same characters. Identifier and version together are unique, and what they name never changes:
    /// another text needs another version.
    #[serde(deserialize_with = "form::text")]
    #[schemars(regex(pattern = NAME))]
    pub(super) version: String,
    /// `general` for every enterprise, `stand_in` for one that may take the place of the general model, or the code of a key field.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) scope: String,
    /// Class scheme that the grades belong to.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) scheme: String,
    /// First day for which it is written, `YYYY-MM-DD`. Officers decide on which day it takes effect, not before this one; a version
    /// that is part of the program is in force from here where nothing else is.
    #[serde(deserialize_with = "day")]
    #[schemars(with = "String", regex(pattern = DAY))]
    pub(super) effective_from: NaiveDate,
    /// Last day for which it is written; left out while open.
    #[serde(default, deserialize_with = "form::some_day")]
    #[schemars(with = "Option<String>", regex(pattern = DAY))]
    pub(super) effective_to: Option<NaiveDate>,
    /// How far a version that is part of the program has come: a shadow is scored beside what is in force. A version of a city's own
    /// begins as a draft, whatever stands here.
    #[serde(default)]
    pub(super) state: Standing,
    /// Document that the model rests on.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) source: String,
    /// Points before anything is counted.
    pub(super) base: RawBase,
    /// Groups of indicators, each with its own cap.
    pub(super) dimensions: Vec<RawDimension>,
    /// What is measured.
    pub(super) indicators: Vec<RawIndicator>,
    /// Rules that move the grade up or down.
    #[serde(default)]
    pub(super) steps: Vec<RawRule>,
    /// Rules that hold the grade at a floor.
    #[serde(default)]
    pub(super) floors: Vec<RawRule>,
    /// Rules that give the highest grade, and the highest combined class.
    #[serde(default)]
    pub(super) vetoes: Vec<RawRule>,
    /// Every grade of the scheme, the lowest risk first.
    pub(super) grades: Vec<RawGrade>,
}

/// Points before anything is counted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `points` and `cites`")]
pub(super) struct RawBase {
    /// The points.
    pub(super) points: RawNumber,
    /// Document and article, or `local parameter`.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) cites: String,
}

/// A group of indicators.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a dimension: a mapping with `id` and `label`")]
#[schemars(transform = form::dimension)]
pub(super) struct RawDimension {
    /// Identifier within the model.
    #[serde(deserialize_with = "form::text")]
    pub(super) id: String,
    /// Chinese label.
    #[serde(deserialize_with = "form::text")]
    pub(super) label: String,
    /// How the points of its indicators become its points.
    #[serde(default)]
    pub(super) combine: RawJoin,
    /// Most points that it can give.
    pub(super) cap: Option<RawNumber>,
    /// Document and article of the cap, or `local parameter`; a parameter of the rulebook cites its own.
    pub(super) cites: Option<String>,
}

/// How the points of a dimension's indicators become its points: added up, or the largest alone.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawJoin {
    #[default]
    Sum,
    Max,
}

/// One thing that is measured of an enterprise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an indicator: a mapping with `id`, `label`, `dimension`, `source`, `measure` and `cites`"
)]
#[schemars(transform = form::indicator)]
pub(super) struct RawIndicator {
    /// Identifier within the model.
    #[serde(deserialize_with = "form::text")]
    pub(super) id: String,
    /// Chinese label.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) label: String,
    /// Its dimension.
    #[serde(deserialize_with = "form::text")]
    pub(super) dimension: String,
    /// Where its evidence comes from: `attribute` (the register entry), `change` (of it), `licence`, `ticket`, `breach`,
    /// `attention`, `provincial_class` (a class that the province has given), or a kind of record.
    #[serde(deserialize_with = "form::text")]
    pub(super) source: String,
    /// Which evidence counts; left out: all of the source.
    pub(super) condition: Option<RawCondition>,
    /// Field with the day of a piece of evidence, where it is not the usual one of the source.
    pub(super) day: Option<String>,
    /// Field with its last day, which still counts.
    pub(super) last_day: Option<String>,
    /// Field with the day of its end, which no longer counts.
    pub(super) ended_on: Option<String>,
    /// Which days count, seen from the day of the run; left out: all up to it.
    pub(super) window: Option<RawWindow>,
    /// How the evidence inside the window becomes a value.
    #[serde(with = "serde_norway::with::singleton_map")]
    #[schemars(with = "RawMeasure")]
    pub(super) measure: RawMeasure,
    /// Points by value: those of the highest band whose beginning the value reaches.
    #[serde(default)]
    pub(super) bands: Vec<RawBand>,
    /// So many points for each whole of the value, in proportion; excludes `bands`.
    pub(super) points_each: Option<RawNumber>,
    /// Most points that it can give.
    pub(super) cap: Option<RawNumber>,
    /// Document and article, or `local parameter`.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) cites: String,
}

/// A condition: one of `all`, `any`, `not`, or a test of one field.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a condition: a mapping with `all`, `any`, `not`, or `field` with `op`"
)]
#[schemars(transform = form::condition)]
pub(super) struct RawCondition {
    /// Every part holds.
    pub(super) all: Option<Vec<RawCondition>>,
    /// At least one part holds.
    pub(super) any: Option<Vec<RawCondition>>,
    /// The part does not hold.
    pub(super) not: Option<Box<RawCondition>>,
    /// Path of a field in the messages of the source, such as `penalty.fine_fen`. A field that is absent passes no test.
    pub(super) field: Option<String>,
    /// The test: `exists`; `eq`, `ne`, `in`, `not_in`, `starts_with` of a text; `contains` of a list; `eq`, `ne` of yes or no;
    /// `eq`, `ne`, `ge`, `gt`, `le`, `lt` of a whole number.
    pub(super) op: Option<String>,
    /// What the field is tested against. A code of digits stands in quotes.
    pub(super) value: Option<RawValue>,
}

/// A value of a test.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected true or false, a whole number, a text, or a list of texts")]
pub(super) enum RawValue {
    Bool(bool),
    Integer(i64),
    Text(String),
    Texts(Vec<String>),
}

/// Which days count: exactly one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a window: a mapping with one of `days`, `months`, `years`, `parameter`, `older_than`, `open`"
)]
#[schemars(transform = form::window)]
pub(super) struct RawWindow {
    /// The last so many days.
    #[schemars(range(min = 1, max = MOST_DAYS))]
    pub(super) days: Option<u32>,
    /// The last so many calendar months.
    #[schemars(range(min = 1, max = MOST_MONTHS))]
    pub(super) months: Option<u32>,
    /// The last so many calendar years.
    #[schemars(range(min = 1, max = MOST_YEARS))]
    pub(super) years: Option<u32>,
    /// The length that this parameter of the rulebook holds on the day.
    pub(super) parameter: Option<String>,
    /// What lies at least this long back.
    pub(super) older_than: Option<Box<RawWindow>>,
    /// What holds on the day of the run: begun, not ended.
    #[serde(default)]
    pub(super) open: bool,
}

/// How evidence becomes a value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawMeasure {
    /// Number of pieces.
    Count,
    /// 1 if there is any, else 0.
    Exists,
    /// Days since the latest; no value if there is none.
    DaysSince,
    /// Sum of a field of whole numbers.
    Sum(String),
    /// Largest value of a field of whole numbers.
    Max(String),
    /// Value of a field of whole numbers in the latest piece.
    Latest(String),
    /// Percentage of the pieces for which a second condition holds.
    Share(RawCondition),
}

/// Points from a value on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a band: a mapping with `from` and `points`")]
pub(super) struct RawBand {
    /// Least value.
    pub(super) from: RawNumber,
    /// Points from there on.
    pub(super) points: RawNumber,
}

/// What happens beside the points when indicators reach bounds. A step has `steps`, a floor has `grade`, a veto has neither.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a rule: a mapping with `id`, `label`, `when` and `cites`")]
pub(super) struct RawRule {
    /// Identifier within the model.
    #[serde(deserialize_with = "form::text")]
    pub(super) id: String,
    /// Chinese label.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) label: String,
    /// What must hold, all of it.
    #[schemars(length(min = 1))]
    pub(super) when: Vec<RawWhen>,
    /// Grades up (riskier) or, below zero, down. Steps up add up; of those down only the longest counts.
    pub(super) steps: Option<i32>,
    /// Grade below which it does not fall.
    pub(super) grade: Option<String>,
    /// Document and article, or `local parameter`.
    #[serde(deserialize_with = "form::text")]
    #[schemars(length(min = 1))]
    pub(super) cites: String,
}

/// A bound that an indicator's value must keep: exactly one of `at_least` and `at_most`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a bound: a mapping with `indicator` and one of `at_least` and `at_most`"
)]
#[schemars(transform = form::bound)]
pub(super) struct RawWhen {
    /// The indicator.
    #[serde(deserialize_with = "form::text")]
    pub(super) indicator: String,
    /// Least value.
    pub(super) at_least: Option<RawNumber>,
    /// Largest value.
    pub(super) at_most: Option<RawNumber>,
}

/// A grade and its bound.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a grade: a mapping with `code` and `upper_inclusive`")]
pub(in crate::domain) struct RawGrade {
    /// Code of the scheme.
    #[serde(deserialize_with = "form::text")]
    pub(in crate::domain) code: String,
    /// Largest points of the grade; the bound belongs to it. The last has none.
    pub(in crate::domain) upper_inclusive: Option<RawNumber>,
    /// Document and article of the bound, or `local parameter`; a parameter of the rulebook cites its own.
    pub(in crate::domain) cites: Option<String>,
}

/// A number with at most two decimals, or the name of the rulebook's parameter that holds it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number with at most two decimals, or `{parameter: NAME}`")]
pub(in crate::domain) enum RawNumber {
    Fixed(#[schemars(with = "f64", transform = form::decimal)] Hundredths),
    Named(RawParameter),
}

/// A parameter of the rulebook, taken for the day of the run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a parameter: a mapping with `parameter`")]
pub(in crate::domain) struct RawParameter {
    /// Its name.
    #[serde(deserialize_with = "form::text")]
    pub(in crate::domain) parameter: String,
}

/// Reads a day, and says what was expected where there is none.
pub(in crate::domain) fn day<'de, D: Deserializer<'de>>(text: D) -> Result<NaiveDate, D::Error> {
    text.deserialize_str(Day)
}

/// Reads a day where it stands: a fault that is found later is told without its place.
struct Day;

impl Visitor<'_> for Day {
    type Value = NaiveDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day, `YYYY-MM-DD`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<NaiveDate, E> {
        to_day(text).map_err(E::custom)
    }
}

/// A day as a file writes it, or what was expected.
pub(in crate::domain) fn to_day(text: &str) -> Result<NaiveDate, String> {
    parse_date(text).map_err(|_| format!("`{text}` is no day; expected `YYYY-MM-DD`"))
}
