//! Visits and their results.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use domain::{MicrosUtc, Uscc, parse_date, shanghai_date};
use rulebook::Rulebook;
use service::FieldErrors;

use super::checks::{checks_to_pb, parse_checks, parse_refusal};
use super::{known_code, text, timestamp};
use crate::domain::{Finding, TaskName, Visit, VisitFilter, visit::RESULT_SET, visit::orders_rectification};

/// Longest findings, in characters.
const LONGEST_FINDINGS: usize = 2_000;
/// Longest reason of a review, in characters.
const LONGEST_REASON: usize = 500;
/// Longest reason of a visit on another day, in characters.
const LONGEST_APART: usize = 200;
/// Longest number of an order, in characters.
const LONGEST_ORDER_NO: usize = 100;
/// Tag of results that are a problem.
const PROBLEM: &str = "problem";
/// Most findings of one degree.
const MOST_FINDINGS: i32 = 100_000;

/// Reads what a visit found, as entered `now`.
pub(crate) fn parse_finding(
    errors: &mut FieldErrors,
    sent: &pb::EnterResultRequest,
    book: &Rulebook,
    now: MicrosUtc,
) -> Option<Finding> {
    let today = shanghai_date(now);
    let visited_on = errors.check("visited_on", parse_date(&sent.visited_on));
    if visited_on.is_some_and(|day| day > today) {
        errors.push("visited_on", "lies in the future");
    }
    // The code is judged by the day of the visit, or of the entry while that day is not known.
    known_code(errors, "result", &sent.result, (book, RESULT_SET, visited_on.unwrap_or(today)));
    let mut count = |path: &str, number: i32| {
        let in_range = (0..=MOST_FINDINGS).contains(&number);
        if !in_range {
            errors.push(path, format!("must be 0 to {MOST_FINDINGS}"));
        }
        u32::try_from(number).ok().filter(|_| in_range)
    };
    let critical = count("critical_count", sent.critical_count);
    let serious = count("serious_count", sent.serious_count);
    let minor = count("minor_count", sent.minor_count);
    if !is_problem(&sent.result, book, visited_on.unwrap_or(today)) {
        for (path, found) in [("critical_count", critical), ("serious_count", serious)] {
            if found.is_some_and(|found| found > 0) {
                errors.push(path, "contradicts a result under which no problem was found");
            }
        }
    }
    let rectify_by = rectify_by(errors, sent, visited_on, book);
    let order_no = order_no(errors, sent, visited_on.unwrap_or(today), book);
    let findings = text(errors, "findings", &sent.findings, (0, LONGEST_FINDINGS));
    let judged_by = (book, visited_on.unwrap_or(today), now);
    let checks = parse_checks(errors, sent.checks.as_ref(), judged_by);
    let refusal_witness = parse_refusal(errors, sent);
    Some(Finding {
        result: sent.result.clone(),
        visited_on: visited_on?,
        critical_count: critical?,
        serious_count: serious?,
        minor_count: minor?,
        findings: findings?,
        rectify_by,
        order_no: order_no?,
        checks,
        refusal_witness,
        // Judged where the task is known.
        verdict: String::new(),
    })
}

/// Whether a result on a day says that something is wrong; an unknown one, which is refused for itself, contradicts nothing.
fn is_problem(result: &str, book: &Rulebook, on: NaiveDate) -> bool {
    book.code(RESULT_SET, result, on).is_none_or(|code| code.has_tag(PROBLEM))
}

/// The last day to put right what was found: after the visit, and only for a result that orders it.
fn rectify_by(
    errors: &mut FieldErrors,
    sent: &pb::EnterResultRequest,
    visited_on: Option<NaiveDate>,
    book: &Rulebook,
) -> Option<NaiveDate> {
    let day = errors.check_optional("rectify_by", &sent.rectify_by, parse_date)?;
    let visited_on = visited_on?;
    if !orders_rectification(&sent.result, book, visited_on) {
        errors.push("rectify_by", "belongs to a result that orders rectification");
    } else if day <= visited_on {
        errors.push("rectify_by", "must lie after the visit");
    }
    Some(day)
}

/// The number of a written order: only of a result that orders something.
fn order_no(
    errors: &mut FieldErrors,
    sent: &pb::EnterResultRequest,
    on: NaiveDate,
    book: &Rulebook,
) -> Option<String> {
    let order_no = text(errors, "order_no", &sent.order_no, (0, LONGEST_ORDER_NO))?;
    if !order_no.is_empty() && !orders_rectification(&sent.result, book, on) {
        errors.push("order_no", "belongs to a result that orders rectification");
    }
    Some(order_no)
}

/// Reads the reason of a review: must be given when a result goes back.
pub(crate) fn parse_reason(errors: &mut FieldErrors, sent: &pb::ReviewResultRequest) -> Option<String> {
    let shortest = usize::from(!sent.approve);
    text(errors, "reason", &sent.reason, (shortest, LONGEST_REASON))
}

/// Reads why a visit is made on another day than those of the other departments; empty for one that is not.
pub(crate) fn parse_apart(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    text(errors, "apart_reason", sent, (0, LONGEST_APART))
}

/// Reads a filter.
pub(crate) fn parse_filter(errors: &mut FieldErrors, sent: &pb::ListVisitsRequest) -> VisitFilter {
    VisitFilter {
        task: errors.check_optional("task", &sent.task, TaskName::parse),
        uscc: errors.check_optional("uscc", &sent.uscc, Uscc::parse),
        state: errors.check_optional("state", &sent.state, str::parse),
        ..VisitFilter::default()
    }
}

/// The visit as the API shows it.
pub(crate) fn visit_to_pb(visit: &Visit) -> pb::Visit {
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let of_finding = |number: fn(&Finding) -> u32| visit.finding.as_ref().map(number).map_or(0, small);
    let finding = visit.finding.as_ref();
    pb::Visit {
        name: visit.name.to_string(),
        uscc: visit.name.uscc.to_string(),
        field: visit.field.to_string(),
        division: visit.division.to_string(),
        position: small(visit.position),
        inspectors: visit.inspectors.iter().map(ToString::to_string).collect(),
        state: visit.state.word().to_owned(),
        result: finding.map(|finding| finding.result.clone()).unwrap_or_default(),
        visited_on: finding.map(|finding| finding.visited_on.to_string()).unwrap_or_default(),
        critical_count: of_finding(|finding| finding.critical_count),
        serious_count: of_finding(|finding| finding.serious_count),
        minor_count: of_finding(|finding| finding.minor_count),
        findings: finding.map(|finding| finding.findings.clone()).unwrap_or_default(),
        publish_by: visit.publish_by.map(|day| day.to_string()).unwrap_or_default(),
        publish_time: visit.published_at.map(timestamp),
        revision: visit.revision,
        party_name: visit.party_name.clone(),
        rectify_by: finding
            .and_then(|finding| finding.rectify_by)
            .map(|day| day.to_string())
            .unwrap_or_default(),
        checks: finding.and_then(|finding| finding.checks.as_deref()).map(checks_to_pb),
        signature_refused: finding.is_some_and(|finding| finding.refusal_witness.is_some()),
        refusal_witness: finding.and_then(|finding| finding.refusal_witness.clone()).unwrap_or_default(),
        scan_in_time: visit.scanned_in.as_ref().map(|scanned| timestamp(scanned.at)),
        scanned_in_by: visit.scanned_in.as_ref().map(|scanned| scanned.by.to_string()).unwrap_or_default(),
        apart_reason: visit.apart_for.clone(),
        clue_led: visit.clue_led,
        withdrawn_on: visit.withdrawn.as_ref().map(|one| one.on.to_string()).unwrap_or_default(),
        order_no: finding.map(|finding| finding.order_no.clone()).unwrap_or_default(),
        verdict: finding.map(|finding| finding.verdict.clone()).unwrap_or_default(),
        withdraw_reason: visit.withdrawn.as_ref().map(|one| one.reason.clone()).unwrap_or_default(),
        // Who answers a list of a task adds it; what is told in events never says so.
        key_attention: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon of 2026-11-01 in Shanghai.
    const NOW: MicrosUtc = MicrosUtc(1_793_505_600_000_000);

    #[test]
    fn every_bad_field_of_a_result_is_named_at_once() {
        let sent = pb::EnterResultRequest {
            result: "9".into(),
            visited_on: "2026-11-02".into(),
            serious_count: -1,
            findings: "记".repeat(2_001),
            ..pb::EnterResultRequest::default()
        };
        let mut errors = FieldErrors::default();
        assert_eq!(parse_finding(&mut errors, &sent, &Rulebook::builtin(), NOW), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["visited_on", "result", "serious_count", "findings"]);
    }

    #[test]
    fn a_last_day_belongs_to_a_result_that_orders_rectification_and_lies_after_the_visit() {
        let sent = |result: &str, rectify_by: &str| pb::EnterResultRequest {
            result: result.into(),
            visited_on: "2026-10-20".into(),
            rectify_by: rectify_by.into(),
            ..pb::EnterResultRequest::default()
        };
        let problems = |sent| {
            let mut errors = FieldErrors::default();
            parse_finding(&mut errors, &sent, &Rulebook::builtin(), NOW);
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(problems(sent("5", "2026-10-21")), Vec::<String>::new());
        assert_eq!(problems(sent("5", "2026-10-20")), ["rectify_by"]);
        for result in ["1", "8"] {
            assert_eq!(problems(sent(result, "2026-10-21")), ["rectify_by"], "{result}");
        }
    }

    #[test]
    fn a_number_of_an_order_belongs_to_a_result_that_orders_something() {
        let problems = |result: &str| {
            let sent = pb::EnterResultRequest {
                result: result.into(),
                visited_on: "2026-10-20".into(),
                order_no: "济市监特令〔2026〕3号".into(),
                ..pb::EnterResultRequest::default()
            };
            let mut errors = FieldErrors::default();
            parse_finding(&mut errors, &sent, &Rulebook::builtin(), NOW);
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(problems("5"), Vec::<String>::new());
        assert_eq!(problems("1"), ["order_no"]);
    }

    #[test]
    fn a_result_without_a_problem_contradicts_serious_and_critical_findings_and_no_minor_ones() {
        let problems = |result: &str, [critical_count, serious_count, minor_count]: [i32; 3]| {
            let sent = pb::EnterResultRequest {
                result: result.into(),
                visited_on: "2026-10-20".into(),
                critical_count,
                serious_count,
                minor_count,
                ..pb::EnterResultRequest::default()
            };
            let mut errors = FieldErrors::default();
            parse_finding(&mut errors, &sent, &Rulebook::builtin(), NOW);
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        for result in ["1", "7", "Deregistered"] {
            assert_eq!(problems(result, [1, 2, 0]), ["critical_count", "serious_count"], "{result}");
            assert_eq!(problems(result, [0, 0, 3]), Vec::<String>::new(), "{result}");
        }
        for result in ["5", "6", "8"] {
            assert_eq!(problems(result, [1, 2, 3]), Vec::<String>::new(), "{result}");
        }
    }

    #[test]
    fn a_result_goes_back_only_with_a_reason() {
        let back = pb::ReviewResultRequest::default();
        let mut errors = FieldErrors::default();
        assert_eq!(parse_reason(&mut errors, &back), None);
        let approved = pb::ReviewResultRequest { approve: true, ..back };
        assert_eq!(parse_reason(&mut FieldErrors::default(), &approved).as_deref(), Some(""));
    }
}
