//! One version of a model or of the combination, whichever it is.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::{
    combine::Combiner,
    model::{GENERAL, Model, STAND_IN, Standing},
    scheme::Scheme,
    tenure::Tenure,
};

/// Scope of the combination among the versions.
const COMBINATION: &str = "combination";
/// Scopes that concern every field.
pub const EVERY_FIELD: [&str; 3] = [GENERAL, STAND_IN, COMBINATION];
/// Scopes without which nobody can be classed.
pub const NEEDED: [&str; 2] = [GENERAL, COMBINATION];

/// One version of a model, or of the combination.
#[derive(Clone, Debug)]
pub enum Version {
    /// A model.
    Model(Arc<Model>),
    /// A combination.
    Combination(Arc<Combiner>),
}

impl Version {
    /// `id@version`.
    pub fn key(&self) -> String {
        match self {
            Self::Model(model) => model.key(),
            Self::Combination(combiner) => combiner.key(),
        }
    }

    /// What it is made for: `general`, `stand_in`, a key field, or `combination`. Of each, one version is in force on a day.
    pub fn scope(&self) -> &str {
        match self {
            Self::Model(model) => model.scope.as_str(),
            Self::Combination(_) => COMBINATION,
        }
    }

    /// Class scheme that it answers in.
    pub fn scheme(&self) -> &Scheme {
        match self {
            Self::Model(model) => &model.scheme,
            Self::Combination(combiner) => &combiner.scheme,
        }
    }

    /// SM3 of its text, hex.
    pub fn hash(&self) -> &str {
        match self {
            Self::Model(model) => &model.hash,
            Self::Combination(combiner) => &combiner.hash,
        }
    }

    /// Document that it rests on.
    pub fn source(&self) -> &str {
        match self {
            Self::Model(model) => &model.source,
            Self::Combination(combiner) => &combiner.source,
        }
    }

    /// First and last day for which it is written; `None` while open.
    pub fn days(&self) -> (NaiveDate, Option<NaiveDate>) {
        match self {
            Self::Model(model) => (model.effective_from, model.effective_to),
            Self::Combination(combiner) => (combiner.effective_from, combiner.effective_to),
        }
    }

    /// Whether its file says that it is on trial, and otherwise when it is in force.
    pub fn by_file(&self) -> Tenure {
        let on_trial = matches!(self, Self::Model(model) if model.standing == Standing::Shadow);
        let (from, to) = self.days();
        Tenure { on_trial, from: (!on_trial).then_some(from), to }
    }

    /// Whether classes in `field` depend on it.
    pub fn concerns(&self, field: &str) -> bool {
        match self {
            Self::Model(model) => model.scope.concerns(field),
            Self::Combination(_) => true,
        }
    }
}
