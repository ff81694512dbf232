//! Annual plans.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use contract::inspection::v1 as pb;
use rulebook::Rulebook;
use service::FieldErrors;

use super::{field, text, timestamp};
use crate::domain::PlanName;
use crate::domain::plan::{Conflict, Drafting, Month, Plan, PlanMonth, PlannedVisit};

/// Longest title, and longest number of a document, in characters.
const LONGEST_TITLE: usize = 100;
/// Longest reason of an amendment, and for giving a version up, in characters.
const LONGEST_REASON: usize = 500;
/// Most visits of a month that make sense.
const LARGEST_CAPACITY: i32 = 1_000_000;
/// What officers read where nobody has set a cap.
const NOT_SUPPLIED: &str = "未提供";

/// Reads the name of a plan.
pub(crate) fn plan_name(errors: &mut FieldErrors, path: &str, text: &str) -> Option<PlanName> {
    errors.check(path, PlanName::parse(text))
}

/// Reads the year of a plan to draft on `today`: this one or the next.
pub(crate) fn parse_year(errors: &mut FieldErrors, sent: i32, today: NaiveDate) -> Option<i32> {
    if (today.year()..=today.year() + 1).contains(&sent) {
        return Some(sent);
    }
    errors.push("year", format!("must be {} or {}", today.year(), today.year() + 1));
    None
}

/// Reads a month.
pub(crate) fn parse_month(errors: &mut FieldErrors, sent: i32) -> Option<Month> {
    let month = Month::try_from(sent).ok().filter(|month| (1..=12).contains(month));
    if month.is_none() {
        errors.push("month", "must be 1 to 12");
    }
    month
}

/// Reads what an officer decides about a plan.
pub(crate) fn parse_drafting(
    errors: &mut FieldErrors,
    sent: Option<pb::Plan>,
    book: &Rulebook,
) -> Option<Drafting> {
    let sent = errors.require("plan", sent)?;
    let title = text(errors, "plan.title", &sent.title, (1, LONGEST_TITLE));
    let mut capacity = BTreeMap::new();
    for (at, one) in sent.capacities.iter().enumerate() {
        let path = |part: &str| format!("plan.capacities[{at}].{part}");
        let field = field(errors, &path("field"), &one.field, book);
        if !(1..=LARGEST_CAPACITY).contains(&one.visits_per_month) {
            errors.push(path("visits_per_month"), format!("must be 1 to {LARGEST_CAPACITY}"));
        }
        let visits = u64::try_from(one.visits_per_month).unwrap_or(0);
        if field.is_some_and(|field| capacity.insert(field, visits).is_some()) {
            errors.push(path("field"), "stands twice");
        }
    }
    Some(Drafting { title: title?, capacity })
}

/// Reads the number of the document with which a plan was filed.
pub(crate) fn parse_document_no(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    text(errors, "document_no", sent, (1, LONGEST_TITLE))
}

/// Reads the reason of an amendment, or for giving a version up.
pub(crate) fn parse_reason(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    text(errors, "reason", sent, (1, LONGEST_REASON))
}

/// The plan as the API shows it.
pub(crate) fn plan_to_pb(plan: &Plan) -> pb::Plan {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let capacity = |(field, visits): (&domain::FieldCode, &u64)| pb::PlanCapacity {
        field: field.to_string(),
        visits_per_month: i32::try_from(*visits).unwrap_or(i32::MAX),
    };
    let month = |one: &PlanMonth| pb::PlanMonth {
        month: small(one.month),
        field: one.field.to_string(),
        visits: count(one.visits),
        full_checks: count(one.full_checks),
    };
    pb::Plan {
        name: plan.name.to_string(),
        title: plan.drafting.title.clone(),
        capacities: plan.drafting.capacity.iter().map(capacity).collect(),
        state: plan.state.word().to_owned(),
        reason: plan.reason.clone(),
        from_month: small(plan.from),
        annual_cap: plan.cap.map_or(0, small),
        annual_cap_supplied: plan.cap.is_some(),
        annual_cap_status: plan.cap.map_or_else(|| NOT_SUPPLIED.to_owned(), |cap| cap.to_string()),
        months: plan.months.iter().map(month).collect(),
        visit_count: count(plan.visits),
        overdue_count: count(plan.overdue),
        conflict_count: count(plan.conflicts),
        document_no: plan.document_no.clone(),
        cancel_reason: plan.cancelled_for.clone(),
        rulebook_hash: plan.rulebook_hash.clone(),
        revision: plan.revision,
        create_time: Some(timestamp(plan.created_at)),
    }
}

/// A planned visit as the API shows it, to somebody who may know of key attention in these fields.
pub(crate) fn visit_to_pb(visit: &PlannedVisit, attention: Option<&Vec<String>>) -> pb::PlannedVisit {
    let codes = |fields: &[domain::FieldCode]| fields.iter().map(ToString::to_string).collect();
    pb::PlannedVisit {
        month: i32::try_from(visit.month).unwrap_or(0),
        uscc: visit.uscc.to_string(),
        fields: codes(&visit.fields),
        full_check_fields: codes(&visit.full_check),
        counts: visit.counts,
        attention_fields: attention.cloned().unwrap_or_default(),
    }
}

/// A conflict as it is kept and as the API shows it.
pub(crate) fn conflict_to_pb(conflict: &Conflict) -> pb::PlanConflict {
    pb::PlanConflict {
        kind: conflict.kind().to_owned(),
        uscc: conflict.uscc().map(ToString::to_string).unwrap_or_default(),
        excess: i64::try_from(conflict.excess()).unwrap_or(i64::MAX),
        description: conflict.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(sent: pb::Plan) -> Vec<String> {
        let mut errors = FieldErrors::default();
        parse_drafting(&mut errors, Some(sent), &Rulebook::builtin());
        errors.iter().map(|error| error.path.clone()).collect()
    }

    #[test]
    fn every_bad_field_of_a_plan_is_named_at_once() {
        let capacity =
            |field: &str, visits_per_month| pb::PlanCapacity { field: field.into(), visits_per_month };
        let capacities = vec![capacity("FOOD", 0), capacity("TOYS", 5), capacity("FOOD", 7)];
        assert_eq!(
            problems(pb::Plan { capacities, ..pb::Plan::default() }),
            [
                "plan.title",
                "plan.capacities[0].visits_per_month",
                "plan.capacities[1].field",
                "plan.capacities[2].field"
            ]
        );
    }

    #[test]
    fn a_plan_is_drafted_for_this_year_or_the_next() {
        let today = "2026-11-01".parse().unwrap();
        let read = |year| parse_year(&mut FieldErrors::default(), year, today);
        assert_eq!([2025, 2026, 2027, 2028].map(read), [None, Some(2026), Some(2027), None]);
    }
}
