//! An officer's class in the place of the computed one.

use chrono::NaiveDate;
use domain::MicrosUtc;

use super::scheme::Scheme;
use crate::machines::overriding::State;

/// An override, from its proposal to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Identifier, a UUID.
    pub id: String,
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Division of the enterprise when it was proposed.
    pub division: String,
    /// Combined class that is to stand.
    pub code: String,
    /// Combined class that was computed when it was proposed.
    pub computed_code: String,
    /// Why.
    pub reason: String,
    /// Document and article that it rests on.
    pub legal_basis: String,
    /// Last day on which it stands.
    pub ends_on: NaiveDate,
    /// State, as it was noted last.
    pub state: State,
    /// Person who proposed it.
    pub proposed_by: String,
    /// Office of that person.
    pub proposed_office: String,
    /// Person who approved or refused it; empty before.
    pub decided_by: String,
    /// Why it was refused, taken back or lifted; empty otherwise.
    pub end_reason: String,
    /// When it was proposed.
    pub created_at: MicrosUtc,
    /// Rises by one with every step.
    pub revision: i64,
}

impl Override {
    /// What it is on a day: behind its last one it has expired, whether this was noted or not.
    pub fn state_on(&self, day: NaiveDate) -> State {
        if self.ends_on < day { self.state.behind_its_end() } else { self.state }
    }
}

/// An override in force, beside the computed class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Identifier of the override.
    pub id: String,
    /// Class that was asked for.
    pub asked: String,
    /// Class that stands: the one asked for, or the floor where that is riskier.
    pub code: String,
    /// Last day.
    pub until: NaiveDate,
}

impl Standing {
    /// An override beside a computed class with this floor. Floors and vetoes win upward, also those that came later.
    pub fn beside(scheme: &Scheme, id: &str, asked: &str, until: NaiveDate, floor: &str) -> Self {
        let code = if scheme.rank(floor) > scheme.rank(asked) { floor } else { asked };
        Self { id: id.to_owned(), asked: asked.to_owned(), code: code.to_owned(), until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_above_the_class_asked_for_stands_and_one_below_does_not() {
        let classes = ["A", "B", "C"].map(|code| (code.to_owned(), String::new()));
        let scheme = Scheme::new("x", classes.to_vec()).unwrap();
        let until = "2026-12-31".parse().unwrap();
        let stands = |asked, floor| Standing::beside(&scheme, "1", asked, until, floor).code;
        assert_eq!([stands("A", "A"), stands("A", "C"), stands("C", "B")], ["A", "C", "C"]);
    }
}
