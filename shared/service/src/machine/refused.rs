//! Why a step is not taken.

use tonic::Code;

use crate::error::{Reason, ServiceError};

/// Why a step is not taken, with what would be possible instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The table has no such step.
    #[error("`{event}` is not possible in state `{state}`; possible here: {}", list(possible))]
    Transition {
        /// What was wanted.
        event: String,
        /// The state; `-` for what does not exist yet.
        state: String,
        /// Events that lead on from the state.
        possible: Vec<String>,
    },
    /// The step belongs to other offices.
    #[error("office `{office}` may not `{event}` in state `{state}`; that is for: {}", list(offices))]
    Office {
        /// The actor's office.
        office: String,
        /// What was wanted.
        event: String,
        /// The state.
        state: String,
        /// Offices that may.
        offices: Vec<&'static str>,
    },
    /// The step needs a second person.
    #[error("`{event}` needs four eyes: {}", if *proposed { format!("`{person}` proposed it and may not decide it") } else { "nobody has proposed it".to_owned() })]
    FourEyes {
        /// What was wanted.
        event: String,
        /// The actor.
        person: String,
        /// Whether anybody proposed it; then the actor did.
        proposed: bool,
    },
    /// The step needs a legal basis.
    #[error("`{event}` needs a legal basis")]
    BasisMissing {
        /// What was wanted.
        event: String,
    },
}

fn list<T: AsRef<str>>(items: &[T]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

impl ServiceError for Refused {
    fn reason(&self) -> Reason {
        match self {
            Self::Transition { event, state, possible } => {
                Reason::new(Code::FailedPrecondition, "TRANSITION_NOT_ALLOWED")
                    .with("event", event)
                    .with("state", state)
                    .with("possible", list(possible))
            }
            Self::Office { office, event, state, offices } => {
                Reason::new(Code::PermissionDenied, "OFFICE_NOT_ALLOWED")
                    .with("office", office)
                    .with("event", event)
                    .with("state", state)
                    .with("offices", list(offices))
            }
            Self::FourEyes { event, person, .. } => {
                Reason::new(Code::PermissionDenied, "FOUR_EYES").with("event", event).with("person", person)
            }
            Self::BasisMissing { event } => {
                Reason::new(Code::InvalidArgument, "LEGAL_BASIS_REQUIRED").with("event", event)
            }
        }
    }
}
