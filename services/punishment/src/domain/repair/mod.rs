//! Credit repair: from when on something may be repaired, what stands in the way, which route the application takes, which papers
//! it needs. Pure functions of the record, the law of the day, the calendar in the rulebook, and the party's other records.
//!
//! Start with [`judge`]. A period ends with the end of its last day, so a subject may be repaired from the day after.

mod block;
mod clock;
mod eligibility;
mod name;
mod papers;
mod record;
mod remedies;
mod strict;

pub use block::Block;
pub use clock::{Clock, Least};
pub(crate) use clock::{listing_clock, penalty_clocks};
pub use eligibility::{Eligibility, conditions, judge};
pub use name::{InvalidRepairName, RepairName};
pub use papers::{Paper, gaps_beyond, missing_papers};
pub use record::{InvalidSubject, Listing, Others, Penalty, Publication, Record, Subject};
pub use remedies::{Remedy, remedies};
pub use strict::{is_grave, strict_reasons};

/// Set of the kinds of subject: who decides, by which clock, and whether the stricter route exists.
pub const SUBJECTS: &str = "repair_subject";
/// Chain of the publicity system (国家企业信用信息公示系统); where it shows a penalty, its clock is that of the application.
pub const PUBLICITY: &str = "publicity";
/// Chain of Credit China (信用中国).
pub const CREDIT_CHINA: &str = "credit-china";

#[cfg(test)]
mod tests;
