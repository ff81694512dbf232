//! State machines as tables (design §4). One constant table of [`Rule`]s says from which state which event leads where, which
//! offices may do it, whether a second person must, and what follows. The handler, the permission test, the deadlines
//! and the generated page all read the same table; nothing else asks what state something is in.
//!
//! ```
//! use service::machine::{Actor, Machine, Office, on, start};
//!
//! #[derive(Clone, Copy, Debug, PartialEq)]
//! enum State { Candidate, Marked, Removed }
//! #[derive(Clone, Copy, Debug, PartialEq)]
//! enum Event { Propose, Confirm, Reject }
//!
//! const MARK: Machine<State, Event> = Machine(&[
//!     start(Event::Propose).to(State::Candidate).system().obliges("mark.confirm", Office::FOOD_PROD, "mark.confirm"),
//!     on(State::Candidate, Event::Confirm).to(State::Marked).by(&[Office::FOOD_PROD]).fulfils(&["mark.confirm"]),
//!     on(State::Candidate, Event::Reject).to(State::Removed).by(&[Office::FOOD_PROD]).fulfils(&["mark.confirm"]),
//! ]);
//!
//! let officer = Actor::person("FOOD_PROD", "wang");
//! assert_eq!(MARK.step(State::Candidate, Event::Confirm, &officer).unwrap().to, State::Marked);
//! assert!(MARK.step(State::Marked, Event::Confirm, &officer).is_err());
//! ```

mod check;
mod markdown;
mod office;
mod refused;
mod rule;
mod words;

use std::fmt::Debug;

pub use crate::words;
pub use check::{Said, check_against, check_all_triples, check_table};
pub use markdown::to_markdown;
pub use office::Office;
pub use refused::Refused;
pub use rule::{Duty, Rule, on, start};

/// A state machine: its table. States and events are plain enums without data; their `Debug` names are shown.
#[derive(Clone, Copy, Debug)]
pub struct Machine<S: 'static, E: 'static>(pub &'static [Rule<S, E>]);

/// Who wants to take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor<'a> {
    /// Office in whose name the person acts; `SYSTEM` for the system itself.
    pub office: &'a str,
    /// Person or service account.
    pub person: &'a str,
    /// Person who proposed what is now decided; `None` if nobody did.
    pub proposer: Option<&'a str>,
    /// Legal basis that the person cites; `None` or empty if none.
    pub legal_basis: Option<&'a str>,
}

impl<'a> Actor<'a> {
    /// A person of an office.
    pub const fn person(office: &'a str, person: &'a str) -> Self {
        Self { office, person, proposer: None, legal_basis: None }
    }

    /// The system: it takes only the steps that the table marks so.
    pub const fn system() -> Actor<'static> {
        Actor::person(Office::SYSTEM.code(), "system")
    }

    /// Deciding what `proposer` proposed.
    #[must_use]
    pub const fn on_proposal_of(mut self, proposer: &'a str) -> Self {
        self.proposer = Some(proposer);
        self
    }

    /// Citing a legal basis.
    #[must_use]
    pub const fn citing(mut self, legal_basis: &'a str) -> Self {
        self.legal_basis = Some(legal_basis);
        self
    }

    fn is_second_person(&self) -> bool {
        self.proposer.is_some_and(|proposer| proposer != self.person)
    }

    fn cites(&self) -> bool {
        self.legal_basis.is_some_and(|basis| !basis.trim().is_empty())
    }
}

/// A step that the table allows: the next state and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<S> {
    /// State after the step.
    pub to: S,
    /// Parameter of the rulebook for how long the new state may last.
    pub due: Option<&'static str>,
    /// Parameter of the rulebook for when the step is published; `None`: it is not published.
    pub publishes: Option<&'static str>,
    /// Kinds of duties that the step fulfils, in the same transaction.
    pub fulfils: &'static [&'static str],
    duties: [Option<Duty>; rule::MOST_DUTIES],
}

impl<S> Step<S> {
    /// Duties that the step opens, in the same transaction.
    pub fn obliges(&self) -> impl Iterator<Item = &Duty> {
        self.duties.iter().flatten()
    }
}

impl<S: Copy + PartialEq + Debug, E: Copy + PartialEq + Debug> Machine<S, E> {
    /// Takes a step from `state` (`None`: the thing does not exist yet), or says who may do what from here.
    ///
    /// Checked in this order: the table has the step; the office may take it; where it needs four eyes, somebody else
    /// proposed it; where it needs a legal basis, one is cited.
    pub fn step(&self, state: impl Into<Option<S>>, event: E, actor: &Actor<'_>) -> Result<Step<S>, Refused> {
        let state = state.into();
        let rule = self.rule(state, event).ok_or_else(|| self.not_allowed(state, event))?;
        if !rule.admits(actor.office) {
            return Err(Refused::Office {
                office: actor.office.to_owned(),
                event: format!("{event:?}"),
                state: shown(state),
                offices: rule.offices().map(|office| office.code()).collect(),
            });
        }
        if rule.four_eyes && !actor.is_second_person() {
            return Err(Refused::FourEyes {
                event: format!("{event:?}"),
                person: actor.person.to_owned(),
                proposed: actor.proposer.is_some(),
            });
        }
        if rule.basis && !actor.cites() {
            return Err(Refused::BasisMissing { event: format!("{event:?}") });
        }
        Ok(rule.step())
    }

    /// Events that lead on from `state`, in the order of the table.
    pub fn events_from(&self, state: impl Into<Option<S>>) -> impl Iterator<Item = E> {
        let state = state.into();
        self.0.iter().filter(move |rule| rule.from == state).map(|rule| rule.event)
    }

    fn rule(&self, state: Option<S>, event: E) -> Option<&'static Rule<S, E>> {
        self.0.iter().find(|rule| rule.from == state && rule.event == event)
    }

    fn not_allowed(&self, state: Option<S>, event: E) -> Refused {
        Refused::Transition {
            event: format!("{event:?}"),
            state: shown(state),
            possible: self.events_from(state).map(|event| format!("{event:?}")).collect(),
        }
    }
}

/// The name of a state; of the state before existence too.
fn shown<S: Debug>(state: Option<S>) -> String {
    state.map_or_else(|| "-".to_owned(), |state| format!("{state:?}"))
}

#[cfg(test)]
mod tests;
