//! A class as it is stored and told: codes, points, and what led to them in a form that outlives the model's being in
//! force.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    engine::{Classification, Engine},
    scoring::{Score, Scorer},
};

/// The class of one enterprise in one key field, computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Division of the enterprise; empty when not known.
    pub division: String,
    /// Scheme of the combined class.
    pub scheme: String,
    /// Combined class.
    pub code: String,
    /// General class: by the general model, or by its stand-in.
    pub general_code: String,
    /// Grade by the professional model; empty for a field without one.
    pub professional_code: String,
    /// Points of who gave the general class, in hundredths.
    pub general_points_e2: i64,
    /// Points of the professional model, in hundredths.
    pub professional_points_e2: i64,
    /// The class that floors and vetoes alone give: nothing lowers below it.
    pub floor_code: String,
    /// Day as of which it was computed.
    pub as_of: NaiveDate,
    /// What led to it.
    pub detail: Detail,
}

/// What led to a class. Stored as JSON; short keys, because there is one for each enterprise and field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The general model.
    #[serde(rename = "g")]
    pub general: ModelDetail,
    /// The stand-in of the general model, where it spoke.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<ModelDetail>,
    /// The professional model, if there is one.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub professional: Option<ModelDetail>,
    /// Version of the combination.
    #[serde(rename = "c")]
    pub combination: String,
}

/// What one model found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelDetail {
    /// `id@version`.
    #[serde(rename = "m")]
    pub model: String,
    /// Indicators with a value that is not 0, or with points: (id, value, points), both in hundredths.
    #[serde(rename = "i")]
    pub indicators: Vec<(String, Option<i64>, i64)>,
    /// Rules that fired.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<String>,
    /// Dimensions whose points were cut.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<String>,
    /// Whether a veto was among the rules.
    #[serde(rename = "v", default, skip_serializing_if = "std::ops::Not::not")]
    pub vetoed: bool,
}

impl Class {
    /// The class that `engine` gave to an enterprise.
    pub fn new(engine: &Engine, uscc: &str, field: &str, division: &str, given: &Classification) -> Self {
        let general = engine.general();
        let professional = given.professional.as_ref().zip(engine.professional(field));
        let combiner = engine.combiner();
        let (general_rank, general_points) = engine.general_class(&given.general);
        let stand_in = given.general.spoken().zip(engine.stand_in());
        Self {
            uscc: uscc.to_owned(),
            field: field.to_owned(),
            division: division.to_owned(),
            scheme: combiner.scheme.id.clone(),
            code: combiner.scheme.code(given.rank).to_owned(),
            general_code: combiner.scheme.code(general_rank).to_owned(),
            professional_code: professional.map(|(score, scorer)| grade(scorer, score)).unwrap_or_default(),
            general_points_e2: general_points.e2(),
            professional_points_e2: professional.map_or(0, |(score, _)| score.points.e2()),
            floor_code: combiner.scheme.code(engine.floor(field, given)).to_owned(),
            as_of: engine.as_of(),
            detail: Detail {
                general: model_detail(general, &given.general.own),
                stand_in: stand_in.map(|(score, scorer)| model_detail(scorer, score)),
                professional: professional.map(|(score, scorer)| model_detail(scorer, score)),
                combination: combiner.version.clone(),
            },
        }
    }
}

impl Class {
    /// Whether both say the same: all codes, points, rules and what each indicator gave. A value that rises with each day
    /// and gives the same points (days since a founding) is no difference, and neither is the day.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let bare = |class: &Self| Self {
            as_of: NaiveDate::MIN,
            detail: class.detail.without_values(),
            ..class.clone()
        };
        bare(self) == bare(other)
    }

    /// Whether all three codes are the same.
    pub fn same_codes(&self, other: &Self) -> bool {
        (&self.code, &self.general_code, &self.professional_code)
            == (&other.code, &other.general_code, &other.professional_code)
    }
}

impl Detail {
    fn without_values(&self) -> Self {
        let bare = |model: &ModelDetail| ModelDetail {
            indicators: model
                .indicators
                .iter()
                .filter(|(_, _, points)| *points != 0)
                .map(|(id, _, points)| (id.clone(), None, *points))
                .collect(),
            ..model.clone()
        };
        Self {
            general: bare(&self.general),
            stand_in: self.stand_in.as_ref().map(bare),
            professional: self.professional.as_ref().map(bare),
            combination: self.combination.clone(),
        }
    }

    /// Whether the same versions of the models and of the combination led to both. A stand-in counts where it spoke in both.
    pub fn same_versions(&self, other: &Self) -> bool {
        let same = |one: &Option<ModelDetail>, other: &Option<ModelDetail>| match (one, other) {
            (Some(one), Some(other)) => one.model == other.model,
            _ => true,
        };
        self.general.model == other.general.model
            && same(&self.stand_in, &other.stand_in)
            && same(&self.professional, &other.professional)
            && self.combination == other.combination
    }

    /// What all models found, the general one first.
    pub fn models(&self) -> impl Iterator<Item = &ModelDetail> {
        std::iter::once(&self.general).chain(&self.stand_in).chain(&self.professional)
    }

    /// Whether a veto of either model fired.
    pub fn vetoed(&self) -> bool {
        self.models().any(|model| model.vetoed)
    }
}

fn grade(scorer: &Scorer, score: &Score) -> String {
    scorer.model().scheme.code(score.rank).to_owned()
}

fn model_detail(scorer: &Scorer, score: &Score) -> ModelDetail {
    let model = scorer.model();
    let indicators = model.indicators.iter().zip(scorer.contributions(score));
    let telling = |value: Option<i64>, points: i64| value.is_some_and(|value| value != 0) || points != 0;
    ModelDetail {
        model: model.key(),
        indicators: indicators
            .map(|(indicator, given)| (&indicator.id, given.value.map(|value| value.e2()), given.points.e2()))
            .filter(|(_, value, points)| telling(*value, *points))
            .map(|(id, value, points)| (id.clone(), value, points))
            .collect(),
        fired: score.fired.iter().map(|at| model.rules[*at].id.clone()).collect(),
        cut: score.cut.iter().map(|at| model.dimensions[*at].id.clone()).collect(),
        vetoed: score.vetoed,
    }
}
