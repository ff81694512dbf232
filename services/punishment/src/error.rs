//! What can go wrong in this service, and the one table of what it means to a client.

use chrono::NaiveDate;
use domain::{DocumentNumber, Uscc};
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::heavier::NotListable;
use crate::domain::list::EntryName;

/// Errors of this service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such entry of the directory.
    #[error("entry `{0}` does not exist")]
    EntryNotFound(EntryName),
    /// No such case.
    #[error("case `{0}` does not exist")]
    CaseNotFound(EntryName),
    /// The enterprise has a live entry on the same ground.
    #[error("`{uscc}` already has a live entry on ground `{ground}`")]
    EntryExists {
        /// The enterprise.
        uscc: Uscc,
        /// The ground.
        ground: String,
    },
    /// The penalty decision has a live case.
    #[error("`{uscc}` already has a live case for penalty decision `{penalty}`")]
    CaseExists {
        /// The party.
        uscc: Uscc,
        /// The penalty decision.
        penalty: DocumentNumber,
    },
    /// The computed part of the listing test fails.
    #[error(transparent)]
    NotListable(#[from] NotListable),
    /// The party may still defend itself.
    #[error("the party may state its defence until {until}; record it, or wait until that day has passed")]
    DefencePeriodRunning {
        /// Last day of the period.
        until: NaiveDate,
    },
    /// The last day of the period for defence cannot be computed yet.
    #[error("the last day for the defence awaits the calendar of its year")]
    DefencePeriodUnknown,
    /// The date of the act lies in the future or before the step it follows.
    #[error("the act cannot take effect on {on}: {problem}")]
    DateOutOfOrder {
        /// The day given.
        on: NaiveDate,
        /// Why not.
        problem: &'static str,
    },
    /// What every service has.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::EntryNotFound(name) => Reason::new(Code::NotFound, "ENTRY_NOT_FOUND").with("name", name),
            Self::CaseNotFound(name) => Reason::new(Code::NotFound, "CASE_NOT_FOUND").with("name", name),
            Self::EntryExists { uscc, ground } => {
                Reason::new(Code::AlreadyExists, "ENTRY_EXISTS").with("uscc", uscc).with("ground", ground)
            }
            Self::CaseExists { uscc, penalty } => Reason::new(Code::AlreadyExists, "CASE_EXISTS")
                .with("uscc", uscc)
                .with("penalty_document_no", penalty),
            Self::NotListable(NotListable::GroundUnknown { ground, on }) => {
                Reason::new(Code::InvalidArgument, "GROUND_UNKNOWN").with("ground", ground).with("on", on)
            }
            Self::NotListable(NotListable::NotHeavier { kinds, grade }) => {
                Reason::new(Code::FailedPrecondition, "PENALTY_NOT_HEAVIER")
                    .with("kinds", kinds)
                    .with("grade", grade)
            }
            Self::DefencePeriodRunning { until } => {
                Reason::new(Code::FailedPrecondition, "DEFENCE_PERIOD_RUNNING").with("until", until)
            }
            Self::DefencePeriodUnknown => Reason::new(Code::FailedPrecondition, "DEFENCE_PERIOD_UNKNOWN"),
            Self::DateOutOfOrder { on, problem } => Reason::new(Code::InvalidArgument, "DATE_OUT_OF_ORDER")
                .with("on", on)
                .with("problem", problem),
            Self::Common(error) => error.reason(),
        }
    }
}
