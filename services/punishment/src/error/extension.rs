//! Why a case gets no more time, and what that means to a client.

use chrono::NaiveDate;
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::list::EntryName;

/// Refusals of more time for a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionRefused {
    /// The case is decided or dropped.
    #[error("no period runs in which `{0}` is to be decided")]
    NotRunning(EntryName),
    /// Its period has passed.
    #[error("`{name}` was to be decided by {last_day}; what is over is not extended")]
    Over {
        /// The case.
        name: EntryName,
        /// Last day of its period.
        last_day: NaiveDate,
    },
    /// The last day of its period is not known yet.
    #[error("the last day to decide `{0}` awaits the calendar of its year")]
    AwaitsCalendar(EntryName),
}

impl ServiceError for ExtensionRefused {
    fn reason(&self) -> Reason {
        let precondition = |name| Reason::new(Code::FailedPrecondition, name);
        match self {
            Self::NotRunning(name) => precondition("CASE_PERIOD_NOT_RUNNING").with("name", name),
            Self::Over { name, last_day } => {
                precondition("CASE_PERIOD_OVER").with("name", name).with("last_day", last_day)
            }
            Self::AwaitsCalendar(name) => precondition("CASE_PERIOD_AWAITS_CALENDAR").with("name", name),
        }
    }
}
