//! The annual plan of inspections: who must be visited, in which month, and what cannot be met together.
//!
//! Coverage comes first, chance second (R32): a full check of everybody that the law asks for stands in the plan before any draw, and
//! visits by class fill the year (R31). Visits of several fields to one enterprise are made together (进一次门、查多项事). The annual cap
//! counts the checks of all departments; a check that the law itself asks for does not use it up, and a cap that nobody has set blocks
//! nothing. The planner is arithmetic: the same subjects and rules give the same plan.

mod calendar;
mod conflict;
mod item;
mod joint;
mod need;
mod record;
mod rules;

#[cfg(test)]
mod city_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{FieldCode, Uscc};

pub use conflict::Conflict;
pub use item::{PlanItem, items_of};
pub use joint::JointVisit;
pub use record::{Drafting, Plan, PlanMonth, months_of};
pub(crate) use rules::no_repeat_months;
pub use rules::{PlanRules, PlanRulesError};

use need::Need;

/// A month of the plan's year, 1 to 12.
pub type Month = u32;

/// An enterprise that the plan is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSubject {
    /// Its credit code.
    pub uscc: Uscc,
    /// The key fields in which it carries a mark, each once.
    pub fields: Vec<FieldOf>,
    /// Checks of the plan's year that use up the annual cap beside the visits of this plan: of all departments, and for an amended plan
    /// our own that were made.
    pub other_checks: u32,
}

/// An enterprise in one key field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOf {
    /// The field.
    pub field: FieldCode,
    /// Code of its risk class, if it has one.
    pub class: Option<String>,
    /// Day of the last full check, or else the day since which it is supervised; `None` when neither is known: then it is due within
    /// the year.
    pub covered_on: Option<NaiveDate>,
    /// Day of the last check by a higher body.
    pub superior_on: Option<NaiveDate>,
    /// Months of the plan's year in which it was inspected in this field, or for which its visit stands in a task of a plan: a visit by
    /// class is not made twice in its share of the year.
    pub visited: Vec<Month>,
    /// Whether the full check stands in a task of a plan and is still to be made: then it is not planned again.
    pub full_check_stands: bool,
}

/// A visit of the plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedVisit {
    /// The month.
    pub month: Month,
    /// The enterprise.
    pub uscc: Uscc,
    /// The fields that are inspected: more than one is a joint visit.
    pub fields: Vec<FieldCode>,
    /// The fields in which it is the full check that the law asks for.
    pub full_check: Vec<FieldCode>,
    /// Whether it uses up the annual cap: not when the law asks for all of it.
    pub counts: bool,
}

/// What came of planning: a calendar that meets every rule, or what cannot be met together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The visits by month and credit code. With conflicts they are those that can be placed.
    pub visits: Vec<PlannedVisit>,
    /// What cannot be met together and by how much; empty when the calendar meets every rule.
    pub conflicts: Vec<Conflict>,
    /// Full checks whose term has run out: they come before others.
    pub overdue: u64,
}

/// Plans a year from the month `from` on: January for a new plan, the present month for one that is amended.
pub fn plan(subjects: &[PlanSubject], rules: &PlanRules, from: Month) -> Planned {
    let needs: Vec<Vec<Need>> = subjects.iter().map(|subject| need::of(subject, rules, from)).collect();
    let overdue = needs.iter().flatten().filter(|need| need.overdue).count() as u64;
    let mut conflicts = Vec::new();
    let mut open = Vec::with_capacity(needs.len());
    for (subject, needs) in subjects.iter().zip(needs) {
        let (possible, impossible): (Vec<_>, Vec<_>) = needs.into_iter().partition(Need::has_room);
        conflicts.extend(impossible.iter().map(|need| Conflict::no_month(subject, need)));
        open.push(possible);
    }
    let placed = calendar::place(subjects, &open, rules);
    conflicts.extend(placed.conflicts);
    conflicts.extend(over_cap(subjects, &placed.visits, rules));
    let mut visits = placed.visits;
    visits.sort();
    Planned { visits, conflicts, overdue }
}

/// The enterprises whose visits exceed the cap.
fn over_cap<'a>(
    subjects: &'a [PlanSubject],
    visits: &[PlannedVisit],
    rules: &PlanRules,
) -> impl Iterator<Item = Conflict> + use<'a> {
    let cap = rules.cap;
    let mut counted: BTreeMap<Uscc, u32> = BTreeMap::new();
    for visit in visits.iter().filter(|visit| visit.counts) {
        *counted.entry(visit.uscc.clone()).or_default() += 1;
    }
    subjects.iter().filter_map(move |subject| {
        let planned = counted.get(&subject.uscc).copied().unwrap_or(0);
        // Who has no visit of ours is no matter of this plan, whatever others do.
        let cap = cap.filter(|cap| planned > 0 && planned + subject.other_checks > *cap)?;
        Some(Conflict::Cap { uscc: subject.uscc.clone(), planned, others: subject.other_checks, cap })
    })
}
