//! A version of a plan as it is kept.

use std::collections::BTreeMap;

use domain::{FieldCode, MicrosUtc};

use super::Month;
use crate::domain::PlanName;
use crate::machines::plan::State;

/// What an officer decides about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafting {
    /// Title, 1 to 100 characters.
    pub title: String,
    /// Visits a month by field; a field that is not named has no limit.
    pub capacity: BTreeMap<FieldCode, u64>,
}

/// A version of a plan. Its visits and conflicts are kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub name: PlanName,
    /// What it was drafted with.
    pub drafting: Drafting,
    /// State of the machine.
    pub state: State,
    /// Why the version before was amended; empty for the first.
    pub reason: String,
    /// Who drafted it last.
    pub drafted_by: String,
    /// First month that it plans.
    pub from: Month,
    /// The annual cap that it was drafted under; `None` while nobody has set one.
    pub cap: Option<u32>,
    /// Visits of each month and field.
    pub months: Vec<PlanMonth>,
    /// Number of visits.
    pub visits: u64,
    /// Full checks whose term had run out.
    pub overdue: u64,
    /// Number of conflicts.
    pub conflicts: u64,
    /// Number of the document with which it was filed; empty before.
    pub document_no: String,
    /// Why it was given up; empty when it was not.
    pub cancelled_for: String,
    /// Hash of the rulebook that it was drafted by.
    pub rulebook_hash: String,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it was first drafted.
    pub created_at: MicrosUtc,
}

/// The visits of a field in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMonth {
    /// The month.
    pub month: Month,
    /// The field.
    pub field: FieldCode,
    /// Visits in this field.
    pub visits: u64,
    /// Those that are the full check that the law asks for.
    pub full_checks: u64,
}

/// The visits of each month and field, in this order.
pub fn months_of<'a>(visits: impl IntoIterator<Item = &'a super::PlannedVisit>) -> Vec<PlanMonth> {
    let mut counts: BTreeMap<(Month, &FieldCode), (u64, u64)> = BTreeMap::new();
    for visit in visits {
        for field in &visit.fields {
            let (visits, full_checks) = counts.entry((visit.month, field)).or_default();
            *visits += 1;
            *full_checks += u64::from(visit.full_check.contains(field));
        }
    }
    let month = |((month, field), (visits, full_checks)): ((Month, &FieldCode), (u64, u64))| PlanMonth {
        month,
        field: field.clone(),
        visits,
        full_checks,
    };
    counts.into_iter().map(month).collect()
}
