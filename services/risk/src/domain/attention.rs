//! A signal and the flag that it becomes: one thing in one row, from the scan that raised it to the day on which attention ends.

use chrono::NaiveDate;
use domain::MicrosUtc;

use super::signal::Evidence;
use crate::machines::attention::State;

/// A signal, confirmed or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Identifier; the flag has the same.
    pub id: String,
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Code of the topic.
    pub topic: String,
    /// Division of the enterprise when it was raised.
    pub division: String,
    /// State as stored; see [`Signal::state_on`].
    pub state: State,
    /// Identifier of the scan that raised it.
    pub scan: String,
    /// Why.
    pub evidence: Evidence,
    /// Last day that the scan looked at.
    pub as_of: NaiveDate,
    /// Day on which it was raised.
    pub raised_on: NaiveDate,
    /// Person who decided last; empty before.
    pub decided_by: String,
    /// Day of that.
    pub decided_on: Option<NaiveDate>,
    /// Reason of that.
    pub reason: String,
    /// Days of the flag; `None` before the confirmation.
    pub flag: Option<Term>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it was raised.
    pub created_at: MicrosUtc,
}

/// The days of a flag, first and last both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub since: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Day by which it is to be looked at again.
    pub review_on: NaiveDate,
}

impl Signal {
    /// `signals/{id}`.
    pub fn name(&self) -> String {
        format!("signals/{}", self.id)
    }

    /// `flags/{id}`.
    pub fn flag_name(&self) -> String {
        format!("flags/{}", self.id)
    }

    /// The state on a day: a term that has ended is off, whether or not the daily job has said so.
    pub fn state_on(&self, day: NaiveDate) -> State {
        if self.state.is_on() && self.flag.is_some_and(|term| term.until < day) {
            return State::AttentionOff;
        }
        self.state
    }
}

/// A look at the complaints of all fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Identifier.
    pub id: String,
    /// Last day looked at.
    pub as_of: NaiveDate,
    /// Enterprises, one for each field.
    pub enterprises: i64,
    /// Events that counted, in the longest window.
    pub events: i64,
    /// Hypotheses tested.
    pub tests: i64,
    /// Signals newly raised.
    pub raised: i64,
    /// SM3 of the rulebook in force, hex.
    pub rulebook_hash: String,
    /// Person who asked for it, or `SYSTEM`.
    pub created_by: String,
    /// When it was made.
    pub created_at: MicrosUtc,
}

impl Scan {
    /// `scans/{id}`.
    pub fn name(&self) -> String {
        format!("scans/{}", self.id)
    }
}
