//! A combination as its file says it, before anything is checked but the form. Unknown keys are refused; what else the published schema
//! says of texts and days, [`held`](super::held) looks at.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

use super::form;
use crate::domain::model::{DAY, NAME, RawGrade, RawNumber, day};

/// How general class and professional grade become one class. Exactly one of `matrix`, `add` and `weighted` says how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with the keys of a combination, such as `version`, `scheme` and `effects`"
)]
#[schemars(transform = form::combination)]
pub(super) struct RawCombination {
    /// Version, such as `1`: letters, digits, `.`, `-` and `_`, at most 39. What it names never changes: another text needs another
    /// version.
    #[schemars(regex(pattern = NAME))]
    pub(super) version: String,
    /// First day for which it is written, `YYYY-MM-DD`. Officers decide on which day it takes effect, not before this one; a version
    /// that is part of the program is in force from here where nothing else is.
    #[serde(deserialize_with = "day")]
    #[schemars(with = "String", regex(pattern = DAY))]
    pub(super) effective_from: NaiveDate,
    /// Last day for which it is written; left out while open.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = DAY))]
    pub(super) effective_to: Option<NaiveDate>,
    /// Where the combination comes from: a document, or `local parameter`.
    #[schemars(length(min = 1))]
    pub(super) source: String,
    /// Class scheme of the combined class; the general model answers in it too.
    #[schemars(length(min = 1))]
    pub(super) scheme: String,
    /// Who gives the general class; left out: the general model alone.
    pub(super) general: Option<RawGeneral>,
    /// A table: for each general class a class for each professional grade.
    pub(super) matrix: Option<RawMatrix>,
    /// Points of the professional model and those that the general class is worth, added.
    pub(super) add: Option<RawAdd>,
    /// Shares of the points of both models, added.
    pub(super) weighted: Option<RawWeighted>,
    /// Class scheme in which classes are told to the national system.
    #[schemars(length(min = 1))]
    pub(super) national_scheme: String,
    /// First day of that scheme, `YYYY-MM-DD`: before it no class is told there.
    #[serde(deserialize_with = "day")]
    #[schemars(with = "String", regex(pattern = DAY))]
    pub(super) national_from: NaiveDate,
    /// For each class of `scheme` the class of `national_scheme`.
    pub(super) national: BTreeMap<String, String>,
    /// Which results of single enterprises take effect without review.
    pub(super) effects: Vec<RawEffect>,
}

/// Whether a result takes effect without review after one thing has happened.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `trigger`, `label`, `worse`, `better` and `cites`")]
#[schemars(transform = form::effect)]
pub(super) struct RawEffect {
    /// What has happened: evidence of a source has come (`penalty`, `list_entry`, …); `corrected`: a record was corrected, withdrawn,
    /// or its decision suspended; `day`: a day began, on which a window or term has ended; `model`: a version of a model or of the
    /// combination began; `mark`: the enterprise came into the field (riskier) or left it (less risky); `run`: evidence came while
    /// a run was computed or reviewed; `other`: whatever no other line names.
    #[schemars(length(min = 1))]
    pub(super) trigger: String,
    /// The same in Chinese.
    #[schemars(length(min = 1))]
    pub(super) label: String,
    /// When a riskier class takes effect.
    pub(super) worse: RawWhen,
    /// When a less risky class takes effect.
    pub(super) better: RawWhen,
    /// Document and article, or `local parameter`.
    #[schemars(length(min = 1))]
    pub(super) cites: String,
}

/// When a result takes effect: at once, or with the next run that is approved.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawWhen {
    AtOnce,
    Review,
}

/// Who gives the general class.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `first` and `otherwise`")]
pub(super) struct RawGeneral {
    /// The model that is asked first: the one of scope `stand_in`. It answers for whom one of its indicators has a value.
    pub(super) first: RawFirst,
    /// Who answers for everybody else: `general` (the general model), or a class of `scheme`.
    #[schemars(length(min = 1))]
    pub(super) otherwise: String,
}

/// The model that is asked first.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawFirst {
    StandIn,
}

/// A table of classes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table: a mapping with `professional` and `rows`")]
pub(super) struct RawMatrix {
    /// Professional grades, the lowest risk first: the columns.
    pub(super) professional: Vec<String>,
    /// One row for each general class: for each professional grade the combined class.
    pub(super) rows: BTreeMap<String, BTreeMap<String, String>>,
}

/// Points of the professional model and those that the general class is worth, added.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `general_points` and `classes`")]
pub(super) struct RawAdd {
    /// What each general class is worth, in points; a riskier class never less.
    pub(super) general_points: BTreeMap<String, RawNumber>,
    /// Combined classes with the largest sum of each but the last, the lowest risk first.
    pub(super) classes: Vec<RawGrade>,
}

/// Shares of the points of both models, added.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `general`, `professional` and `classes`")]
pub(super) struct RawWeighted {
    /// Share of the general model's points, such as `0.2`.
    pub(super) general: RawNumber,
    /// Share of the professional model's points, such as `0.8`.
    pub(super) professional: RawNumber,
    /// Combined classes with the largest sum of each but the last, the lowest risk first.
    pub(super) classes: Vec<RawGrade>,
}
