//! What one enterprise needs in a year: visits, each with the months in which it may be made.

use chrono::{Datelike, NaiveDate};
use domain::{FieldCode, add_months};

use super::rules::PlanRules;
use super::{FieldOf, Month, PlanSubject};

/// Months of a year.
const YEAR: Month = 12;

/// A visit that has to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// The field.
    pub(super) field: FieldCode,
    /// Whether it is the full check that the law asks for.
    pub(super) full_check: bool,
    /// First month in which it may be made.
    pub(super) first: Month,
    /// Last month in which it may be made; before `first` when a check of a higher body bars them all.
    pub(super) last: Month,
    /// Whether the term had run out before the year began.
    pub(super) overdue: bool,
}

impl Need {
    /// Whether a month is left for it.
    pub(super) fn has_room(&self) -> bool {
        self.first <= self.last
    }
}

/// The visits that an enterprise needs.
pub(super) fn of(subject: &PlanSubject, rules: &PlanRules, from: Month) -> Vec<Need> {
    subject.fields.iter().flat_map(|one| in_field(one, rules, from)).collect()
}

/// The visits in one field: the full check, if its term ends within the year, and visits by class, each in its share of the year. The
/// full check is also a visit by class, in whose share it comes at the latest.
fn in_field(one: &FieldOf, rules: &PlanRules, from: Month) -> Vec<Need> {
    let visits = rules.visits_of(one.class.as_deref());
    let full = full_check(one, rules, from);
    let mut needs = Vec::new();
    let mut replaced = false;
    for visit in 0..visits {
        let (first, last) = (YEAR * visit / visits + 1, YEAR * (visit + 1) / visits);
        if !replaced && full.as_ref().is_some_and(|full| full.last <= last) {
            replaced = true;
            continue;
        }
        let is_made = one.visited.iter().any(|month| (first..=last).contains(month));
        if last >= from && !is_made {
            needs.push(by_class(one, rules, first.max(from), last));
        }
    }
    needs.extend(full);
    needs
}

/// The full check whose term ends within the year and which stands in no task yet; one whose term has run out may be made in any month, and comes before others.
fn full_check(one: &FieldOf, rules: &PlanRules, from: Month) -> Option<Need> {
    rules.full_check_years.get(&one.field).filter(|_| !one.full_check_stands)?;
    let due = one.covered_on.and_then(|day| rules.covered_until(&one.field, day));
    let (last, overdue) = match due {
        Some((year, _)) if year > rules.year => return None,
        Some((year, month)) if year == rules.year && month >= from => (month, false),
        Some(_) => (YEAR, true),
        None => (YEAR, false),
    };
    let field = one.field.clone();
    Some(Need { field, full_check: true, first: from, last, overdue })
}

/// A visit by class, not before a check of a higher body may be repeated.
fn by_class(one: &FieldOf, rules: &PlanRules, first: Month, last: Month) -> Need {
    let free = one.superior_on.and_then(|day| free_from(one, rules, day)).unwrap_or(0);
    Need { field: one.field.clone(), full_check: false, first: first.max(free), last, overdue: false }
}

/// First whole month in which a check of a higher body on `day` may be repeated, counted from January of the plan's year.
fn free_from(one: &FieldOf, rules: &PlanRules, day: NaiveDate) -> Option<Month> {
    let months = *rules.no_repeat_months.get(&one.field)?;
    let ends = add_months(day, months)?;
    let month = (ends.year() - rules.year) * 12 + i32::try_from(ends.month()).ok()? + 1;
    Month::try_from(month).ok()
}
