//! A model as its file says it, before anything is checked but the form. Unknown keys are refused.

use chrono::NaiveDate;
use serde::Deserialize;

use super::Standing;
use crate::domain::hundredths::Hundredths;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) scope: String,
    pub(super) scheme: String,
    pub(super) effective_from: NaiveDate,
    pub(super) effective_to: Option<NaiveDate>,
    #[serde(default)]
    pub(super) state: Standing,
    pub(super) source: String,
    pub(super) base: RawBase,
    pub(super) dimensions: Vec<RawDimension>,
    pub(super) indicators: Vec<RawIndicator>,
    #[serde(default)]
    pub(super) steps: Vec<RawRule>,
    #[serde(default)]
    pub(super) floors: Vec<RawRule>,
    #[serde(default)]
    pub(super) vetoes: Vec<RawRule>,
    pub(super) grades: Vec<RawGrade>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBase {
    pub(super) points: RawNumber,
    pub(super) cites: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDimension {
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) combine: RawJoin,
    pub(super) cap: Option<RawNumber>,
}

/// How the points of a dimension's indicators become its points.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawJoin {
    #[default]
    Sum,
    Max,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIndicator {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) dimension: String,
    pub(super) source: String,
    pub(super) condition: Option<RawCondition>,
    pub(super) day: Option<String>,
    pub(super) last_day: Option<String>,
    pub(super) ended_on: Option<String>,
    pub(super) window: Option<RawWindow>,
    #[serde(with = "serde_norway::with::singleton_map")]
    pub(super) measure: RawMeasure,
    #[serde(default)]
    pub(super) bands: Vec<RawBand>,
    pub(super) points_each: Option<RawNumber>,
    pub(super) cap: Option<RawNumber>,
    pub(super) cites: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCondition {
    pub(super) all: Option<Vec<RawCondition>>,
    pub(super) any: Option<Vec<RawCondition>>,
    pub(super) not: Option<Box<RawCondition>>,
    pub(super) field: Option<String>,
    pub(super) op: Option<String>,
    pub(super) value: Option<RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawValue {
    Bool(bool),
    Integer(i64),
    Text(String),
    Texts(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) days: Option<u32>,
    pub(super) months: Option<u32>,
    pub(super) years: Option<u32>,
    pub(super) parameter: Option<String>,
    pub(super) older_than: Option<Box<RawWindow>>,
    #[serde(default)]
    pub(super) open: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawMeasure {
    Count,
    Exists,
    DaysSince,
    Sum(String),
    Max(String),
    Latest(String),
    Share(RawCondition),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    pub(super) from: RawNumber,
    pub(super) points: RawNumber,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) when: Vec<RawWhen>,
    pub(super) steps: Option<i32>,
    pub(super) grade: Option<String>,
    pub(super) cites: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWhen {
    pub(super) indicator: String,
    pub(super) at_least: Option<RawNumber>,
    pub(super) at_most: Option<RawNumber>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGrade {
    pub(super) code: String,
    pub(super) upper_inclusive: Option<RawNumber>,
}

/// A number, or the name of the rulebook's parameter that holds it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawNumber {
    Fixed(Hundredths),
    Named(RawParameter),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawParameter {
    pub(super) parameter: String,
}
