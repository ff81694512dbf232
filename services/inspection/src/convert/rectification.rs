//! Rectifications.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use domain::{Uscc, parse_date};
use service::FieldErrors;

use super::text;
use crate::domain::TaskName;
use crate::domain::rectification::{Recheck, Rectification, RectificationFilter, RectificationName};

/// Longest report, and longest note of a re-check, in characters.
const LONGEST_TEXT: usize = 2_000;
/// Longest number of a case, in characters.
const LONGEST_CASE: usize = 100;
/// Longest reason why no case is filed, in characters.
const LONGEST_REASON: usize = 500;

/// Reads the name of a rectification.
pub(crate) fn name(errors: &mut FieldErrors, text: &str) -> Option<RectificationName> {
    errors.check("name", RectificationName::parse(text))
}

/// Reads a day that has come.
fn past_day(errors: &mut FieldErrors, path: &str, sent: &str, today: NaiveDate) -> Option<NaiveDate> {
    let day = errors.check(path, parse_date(sent))?;
    if day > today {
        errors.push(path, "lies in the future");
    }
    Some(day)
}

/// Reads a report: its day and its text.
pub(crate) fn parse_report(
    errors: &mut FieldErrors,
    sent: &pb::ReportRectificationRequest,
    today: NaiveDate,
) -> Option<(NaiveDate, String)> {
    let on = past_day(errors, "reported_on", &sent.reported_on, today);
    let report = text(errors, "report", &sent.report, (1, LONGEST_TEXT));
    on.zip(report)
}

/// Reads a re-check. A new last day belongs to one that found something, and lies after it.
pub(crate) fn parse_recheck(
    errors: &mut FieldErrors,
    sent: &pb::RecheckRectificationRequest,
    today: NaiveDate,
) -> Option<Recheck> {
    let on = past_day(errors, "rechecked_on", &sent.rechecked_on, today);
    let note = text(errors, "note", &sent.note, (usize::from(!sent.passed), LONGEST_TEXT));
    let rectify_by = errors.check_optional("rectify_by", &sent.rectify_by, parse_date);
    if rectify_by.is_some() && sent.passed {
        errors.push("rectify_by", "belongs to a re-check that found something");
    } else if rectify_by.zip(on).is_some_and(|(last, on)| last <= on) {
        errors.push("rectify_by", "must lie after the re-check");
    }
    Some(Recheck { on: on?, passed: sent.passed, note: note?, rectify_by })
}

/// Reads the number of a case.
pub(crate) fn parse_case_no(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    text(errors, "case_no", sent, (1, LONGEST_CASE))
}

/// Reads why no case is filed.
pub(crate) fn parse_decline_reason(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    text(errors, "reason", sent, (1, LONGEST_REASON))
}

/// Reads a filter.
pub(crate) fn parse_filter(
    errors: &mut FieldErrors,
    sent: &pb::ListRectificationsRequest,
    today: NaiveDate,
) -> RectificationFilter {
    RectificationFilter {
        task: errors.check_optional("task", &sent.task, TaskName::parse),
        uscc: errors.check_optional("uscc", &sent.uscc, Uscc::parse),
        state: errors.check_optional("state", &sent.state, str::parse),
        overdue_on: sent.only_overdue.then_some(today),
    }
}

/// The rectification as the API shows it on a day.
pub(crate) fn to_pb(one: &Rectification, today: NaiveDate) -> pb::Rectification {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    pb::Rectification {
        name: one.name.to_string(),
        uscc: one.name.0.uscc.to_string(),
        field: one.field.to_string(),
        division: one.division.to_string(),
        state: one.state.word().to_owned(),
        ordered_on: one.ordered_on.to_string(),
        rectify_by: day(one.rectify_by),
        overdue: one.is_overdue(today),
        reported_on: day(one.reported_on),
        report: one.report.clone(),
        recheck_by: day(one.recheck_by),
        rechecked_on: day(one.rechecked_on),
        recheck_note: one.recheck_note.clone(),
        failed_rechecks: i32::try_from(one.failed_rechecks).unwrap_or(i32::MAX),
        case_no: one.case_no.clone(),
        lifted_on: day(one.lifted_on),
        case_lead: one.case_lead,
        lead_only: one.lead_only,
        order_no: one.order_no.clone(),
        case_declined_on: day(one.case_declined_on),
        case_decline_reason: one.case_declined_for.clone(),
        revision: one.revision,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_re_check_that_found_something_says_what_and_its_new_last_day_lies_after_it() {
        let sent = pb::RecheckRectificationRequest {
            rechecked_on: "2026-11-02".into(),
            rectify_by: "2026-11-01".into(),
            ..Default::default()
        };
        let problems = |sent: &pb::RecheckRectificationRequest| {
            let mut errors = FieldErrors::default();
            parse_recheck(&mut errors, sent, "2026-11-03".parse().unwrap());
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(problems(&sent), ["note", "rectify_by"]);
        assert_eq!(
            problems(&pb::RecheckRectificationRequest { passed: true, ..sent.clone() }),
            ["rectify_by"]
        );
        let right =
            pb::RecheckRectificationRequest { note: "未整改".into(), rectify_by: String::new(), ..sent };
        assert_eq!(problems(&right), Vec::<String>::new());
        let early = pb::RecheckRectificationRequest { rechecked_on: "2026-11-04".into(), ..right };
        assert_eq!(problems(&early), ["rechecked_on"]);
    }
}
