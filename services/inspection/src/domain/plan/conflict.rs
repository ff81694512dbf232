//! What cannot be met together, and by how much.

use std::fmt;

use domain::{FieldCode, Uscc};

use super::need::Need;
use super::{Month, PlanSubject};

/// Rules that cannot be met together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// The visits of an enterprise exceed the annual cap over all departments.
    Cap {
        /// The enterprise.
        uscc: Uscc,
        /// Visits of the plan that count.
        planned: u32,
        /// Checks of others that count.
        others: u32,
        /// The cap.
        cap: u32,
    },
    /// Inspectors of a field can make fewer visits within some months than must be made within them.
    Capacity {
        /// The field.
        field: FieldCode,
        /// First month.
        first: Month,
        /// Last month.
        last: Month,
        /// Visits that must be made within these months.
        wanted: u64,
        /// Visits that can be made.
        possible: u64,
    },
    /// A higher body has checked so late that no month is left for a visit by class.
    Repeat {
        /// The enterprise.
        uscc: Uscc,
        /// The field.
        field: FieldCode,
        /// First month in which the check may be repeated; above 12 for a later year.
        free_from: Month,
        /// Last month in which the visit has to be made.
        last: Month,
    },
}

impl Conflict {
    /// The conflict of a need for which no month is left.
    pub(super) fn no_month(subject: &PlanSubject, need: &Need) -> Self {
        let (uscc, field) = (subject.uscc.clone(), need.field.clone());
        Self::Repeat { uscc, field, free_from: need.first, last: need.last }
    }

    /// The word in contract and database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Cap { .. } => "CAP",
            Self::Capacity { .. } => "CAPACITY",
            Self::Repeat { .. } => "REPEAT",
        }
    }

    /// By how much the rules miss each other: visits, and for `REPEAT` months.
    pub fn excess(&self) -> u64 {
        match self {
            Self::Cap { planned, others, cap, .. } => u64::from(planned + others - cap),
            Self::Capacity { wanted, possible, .. } => wanted - possible,
            Self::Repeat { free_from, last, .. } => u64::from(free_from - last),
        }
    }

    /// The enterprise that it is about; `None` for one about all of a field.
    pub const fn uscc(&self) -> Option<&Uscc> {
        match self {
            Self::Cap { uscc, .. } | Self::Repeat { uscc, .. } => Some(uscc),
            Self::Capacity { .. } => None,
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cap { uscc, planned, others, cap } => write!(
                f,
                "{uscc}: {planned} visits of the plan and {others} checks of others exceed the annual cap of {cap} by {}",
                self.excess()
            ),
            Self::Capacity { field, first, last, wanted, possible } => write!(
                f,
                "{field}: months {first} to {last} must hold {wanted} visits, inspectors can make {possible}: {} too many",
                self.excess()
            ),
            Self::Repeat { uscc, field, free_from, last } => write!(
                f,
                "{uscc}: the check of a higher body in {field} bars visits before month {free_from}, and the visit by class has \
                 to be made by month {last}"
            ),
        }
    }
}
