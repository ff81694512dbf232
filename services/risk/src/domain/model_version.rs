//! A version of a model, or of the combination, as it is registered: what was decided about it, beside its text.

use chrono::NaiveDate;
use domain::{FieldCode, MicrosUtc};

use super::engine::EVERY_FIELD;
use super::tenure::Tenure;
use crate::machines::model::State;

/// A registered version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelVersion {
    /// `id@version`.
    pub key: String,
    /// SM3 of its text, hex.
    pub hash: String,
    /// `general`, a key field, or `combination`.
    pub scope: String,
    /// Whether its text is part of the program.
    pub shipped: bool,
    /// State, as it was noted last.
    pub state: State,
    /// First day in force; `None`: never yet.
    pub effective_from: Option<NaiveDate>,
    /// Last day in force; `None` while open.
    pub effective_to: Option<NaiveDate>,
    /// The first or last day that is proposed.
    pub proposed_day: Option<NaiveDate>,
    /// Who proposed it; empty when nothing is.
    pub proposed_by: String,
    /// When it was first seen.
    pub first_seen: MicrosUtc,
    /// Rises by one with every step.
    pub revision: i64,
}

/// What was done about a version, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStep {
    /// Event of the machine.
    pub event: String,
    /// Person, or the system.
    pub actor: String,
    /// Office of that person.
    pub office: String,
    /// The first or last day that it is about.
    pub day: Option<NaiveDate>,
    /// Why; empty when nothing was said.
    pub reason: String,
    /// Document and article; empty when none was named.
    pub legal_basis: String,
    /// When.
    pub at: MicrosUtc,
}

/// What an officer wants of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChange {
    /// To try it, with the reason.
    Try(String),
    /// To let it take effect.
    Propose(Wanted),
    /// To agree to what is proposed.
    Approve,
    /// To refuse what is proposed, with the reason.
    Reject(String),
    /// To end it.
    Retire(Wanted),
}

/// A day that is asked for, and on what ground.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// First or last day; `None` for what never was in force.
    pub day: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// Document and article; empty for what never was in force.
    pub legal_basis: String,
}

impl ModelVersion {
    /// `models/{id}@{version}`.
    pub fn name(&self) -> String {
        format!("models/{}", self.key)
    }

    /// The key field that it is made for; `None` where it concerns every field.
    pub fn field(&self) -> Option<FieldCode> {
        let every = EVERY_FIELD.contains(&self.scope.as_str());
        FieldCode::parse(&self.scope).ok().filter(|_| !every)
    }

    /// When it is in force, and whether it is on trial.
    pub fn tenure(&self) -> Tenure {
        Tenure { on_trial: self.state.is_on_trial(), from: self.effective_from, to: self.effective_to }
    }

    /// What it is on a day, whether this was noted or not: behind its last one it is retired, and what was proposed for a day that has
    /// passed has lapsed.
    pub fn state_on(&self, day: NaiveDate) -> State {
        if self.has_ended_on(day) {
            self.state.behind_its_end()
        } else if self.has_lapsed_on(day) {
            self.state.behind_the_proposed_day()
        } else {
            self.state
        }
    }

    /// Whether its last day is over.
    pub fn has_ended_on(&self, day: NaiveDate) -> bool {
        self.effective_to.is_some_and(|last| last < day)
    }

    /// Whether nobody can agree any more to what is proposed: a beginning lies ahead, an end not behind.
    pub fn has_lapsed_on(&self, day: NaiveDate) -> bool {
        let begins = self.effective_from.is_none();
        self.proposed_day.is_some_and(|proposed| if begins { proposed <= day } else { proposed < day })
    }

    /// Ends it on `last` at the latest.
    pub fn end_by(&mut self, last: NaiveDate) {
        self.effective_to = Some(self.effective_to.map_or(last, |earlier| earlier.min(last)));
    }
}

impl ModelChange {
    /// Why, and on what document it rests; empty where nothing is said.
    pub fn ground(&self) -> (&str, &str) {
        match self {
            Self::Try(reason) | Self::Reject(reason) => (reason, ""),
            Self::Propose(wanted) | Self::Retire(wanted) => (&wanted.reason, &wanted.legal_basis),
            Self::Approve => ("", ""),
        }
    }
}
