//! Messages of the services to messages for everyone, field by field.

use chrono::NaiveDate;
use contract::{
    collection::v1::{Record, record::Content},
    inspection::v1::Visit,
    public::v1::{PublicEntry, PublicInspectionResult, PublicMark, PublicPenalty},
    punishment::v1::{AbnormalEntry, SeriousCase},
    registry::v1::Mark,
};
use domain::{Uscc, parse_date};
use service::FieldErrors;

use crate::labels::Labels;

/// The chain that everyone may see.
const PUBLICITY: &str = "publicity";
/// Largest page.
const LARGEST: u32 = 500;
/// Page when none is asked for.
const USUAL: u32 = 50;

/// What every list takes: an enterprise and a page size, checked together.
pub(super) fn filter(errors: &mut FieldErrors, uscc: &str, page_size: i32) -> (String, i32) {
    let uscc = errors.check_optional("uscc", uscc, Uscc::parse);
    let size = self::page_size(errors, page_size);
    // The bound is an i32 itself.
    (uscc.map(|uscc| uscc.to_string()).unwrap_or_default(), i32::try_from(size).unwrap_or(i32::MAX))
}

/// Reads a page size.
pub(super) fn page_size(errors: &mut FieldErrors, sent: i32) -> i64 {
    errors.check("page_size", db::page_size(sent, USUAL, LARGEST)).unwrap_or_default()
}

pub(super) fn mark(mark: Mark, labels: Labels<'_>) -> PublicMark {
    PublicMark {
        uscc: mark.uscc,
        legal_name: mark.legal_name,
        label: mark.label,
        sub_kinds: labels.sub_kinds(&mark.shown_sub_kinds),
        licence_nos: mark.shown_licence_nos,
    }
}

pub(super) fn abnormal(entry: AbnormalEntry, labels: Labels<'_>) -> PublicEntry {
    // A sole trader is marked, and not entered in the directory.
    let (list, grounds) = match entry.kind.as_str() {
        "MARK" => ("ABNORMAL_MARK", "abnormal_mark_ground"),
        _ => ("ABNORMAL", "abnormal_ground"),
    };
    PublicEntry {
        list: list.to_owned(),
        ground: labels.code(grounds, &entry.ground, &entry.listed_on),
        uscc: entry.uscc,
        party_name: entry.party_name,
        listed_on: entry.listed_on,
        decision_no: entry.decision_no,
    }
}

pub(super) fn serious(case: SeriousCase, labels: Labels<'_>) -> PublicEntry {
    PublicEntry {
        list: "SERIOUS".to_owned(),
        ground: labels.code("serious_ground", &case.ground, &case.listed_on),
        uscc: case.uscc,
        party_name: case.party_name,
        listed_on: case.listed_on,
        decision_no: case.decision_no,
    }
}

/// Whether a case counts on a day: its term still runs, though an end may not have been booked yet, and no order suspends it.
pub(super) fn runs(case: &SeriousCase, today: NaiveDate) -> bool {
    case.suspended_on.is_empty() && parse_date(&case.term_ends_on).map_or(true, |last| today <= last)
}

/// The digest of a penalty; `None` of what is no penalty, or is not shown by the publicity system.
pub(super) fn penalty(record: Record, labels: Labels<'_>) -> Option<PublicPenalty> {
    let shown = record.publications.into_iter().find(|publication| publication.chain == PUBLICITY)?;
    let Some(Content::Penalty(penalty)) = record.content else { return None };
    let content = match penalty.content.as_str() {
        "" => labels.penalty(&penalty, &record.decided_on),
        stated => stated.to_owned(),
    };
    let producer = record.provenance.map(|provenance| provenance.producer).unwrap_or_default();
    Some(PublicPenalty {
        uscc: record.uscc,
        party_name: record.party_name,
        decision_no: record.document_no,
        violation_type: penalty.violation_type,
        content,
        authority: if penalty.authority.is_empty() { producer } else { penalty.authority },
        decided_on: record.decided_on,
        published_on: shown.published_on,
        published_until: shown.ends_on,
        decision_text: record.decision_text,
        decision_text_digest: record.decision_text_digest,
    })
}

/// The result of a collected inspection; `None` of what is none, and of the record of a visit, whose result is listed as such.
pub(super) fn collected_result(record: Record, labels: Labels<'_>) -> Option<PublicInspectionResult> {
    if !record.origin.is_empty() {
        return None;
    }
    let Some(Content::Inspection(inspection)) = record.content else { return None };
    Some(PublicInspectionResult {
        result: labels.code("inspection_result", &inspection.result, &record.decided_on),
        uscc: record.uscc,
        visited_on: record.decided_on,
        task: inspection.task_no,
    })
}

pub(super) fn result(visit: Visit, labels: Labels<'_>) -> PublicInspectionResult {
    // A visit that follows a clue was not drawn: there is no draw under its task that anybody could look up.
    let task = visit.name.split_once("/visits/").filter(|_| !visit.clue_led);
    let task = task.map_or("", |(task, _)| task).to_owned();
    PublicInspectionResult {
        result: labels.code("inspection_result", &visit.result, &visit.visited_on),
        uscc: visit.uscc,
        visited_on: visit.visited_on,
        task,
    }
}

#[cfg(test)]
mod tests {
    use contract::collection::v1::{Inspection, Penalty, Provenance, Publication};
    use rulebook::Rulebook;

    use super::*;

    #[test]
    fn codes_become_words_and_names_of_tasks_are_cut_out() {
        let book = Rulebook::builtin();
        let labels = Labels::of(&book);
        let sent = Mark { shown_sub_kinds: vec!["HealthFood".into()], ..Mark::default() };
        assert_eq!(mark(sent, labels).sub_kinds, ["保健食品"]);
        let sent = AbnormalEntry { ground: "1".into(), listed_on: "2024-07-08".into(), ..Default::default() };
        assert_eq!(abnormal(sent, labels).ground, "未按规定期限公示年度报告");
        let sent = SeriousCase { ground: "F1".into(), listed_on: "2024-07-08".into(), ..Default::default() };
        assert_eq!(serious(sent, labels).ground, "未取得许可从事食品生产经营活动");
        let sent = Visit {
            name: "tasks/t1/visits/91350100M000100Y43".into(),
            result: "1".into(),
            visited_on: "2024-07-08".into(),
            ..Visit::default()
        };
        let on_a_clue = super::result(Visit { clue_led: true, ..sent.clone() }, labels);
        assert_eq!(
            (on_a_clue.result.as_str(), on_a_clue.task.as_str()),
            ("未发现问题", ""),
            "it was not drawn"
        );
        let result = result(sent, labels);
        assert_eq!((result.result.as_str(), result.task.as_str()), ("未发现问题", "tasks/t1"));
    }

    #[test]
    fn the_record_of_a_visit_is_not_listed_a_second_time() {
        let book = Rulebook::builtin();
        let labels = Labels::of(&book);
        let content = Some(Content::Inspection(Inspection { result: "1".into(), ..Inspection::default() }));
        let collected = Record { content, decided_on: "2026-02-27".into(), ..Record::default() };
        let derived = Record { origin: "inspection".into(), ..collected.clone() };
        assert_eq!(collected_result(collected, labels).unwrap().result, "未发现问题");
        assert_eq!(collected_result(derived, labels), None);
    }

    #[test]
    fn inspectors_findings_and_facts_do_not_leave() {
        let book = Rulebook::builtin();
        let labels = Labels::of(&book);
        let secret = || "SECRET".to_owned();
        let visit = Visit { findings: secret(), inspectors: vec![secret()], ..Visit::default() };
        let entry = AbnormalEntry { facts: secret(), ..AbnormalEntry::default() };
        let case =
            SeriousCase { penalty_document_no: secret(), discretion_grade: secret(), ..Default::default() };
        let seen =
            format!("{:?}{:?}{:?}", result(visit, labels), abnormal(entry, labels), serious(case, labels));
        assert!(!seen.contains("SECRET"), "{seen}");
    }

    #[test]
    fn of_a_penalty_only_the_digest_leaves() {
        let book = Rulebook::builtin();
        let labels = Labels::of(&book);
        let secret = || "SECRET".to_owned();
        let content = Penalty {
            violation_type: "未按规定进行检验".into(),
            violation_facts: secret(),
            legal_basis: secret(),
            affected_certificate: secret(),
            discretion_grade: secret(),
            authority_uscc: secret(),
            penalty_kinds: vec!["3".into()],
            fine_fen: 100,
            ..Penalty::default()
        };
        let provenance = Provenance { producer: "某局".into(), provider: secret(), responsible: secret() };
        let shown = Publication {
            chain: "publicity".into(),
            published_on: "2026-03-02".into(),
            ends_on: "2027-03-02".into(),
            problem: secret(),
            ..Publication::default()
        };
        let record = Record {
            name: secret(),
            remark: secret(),
            source_unit: secret(),
            decided_on: "2026-02-27".into(),
            content: Some(Content::Penalty(content)),
            provenance: Some(provenance),
            publications: vec![Publication { chain: "credit-china".into(), ..Default::default() }, shown],
            ..Record::default()
        };
        let seen = penalty(record.clone(), labels).unwrap();
        assert_eq!((seen.content.as_str(), seen.authority.as_str()), ("罚款1.00元", "某局"));
        assert_eq!((seen.published_on.as_str(), seen.published_until.as_str()), ("2026-03-02", "2027-03-02"));
        assert!(!format!("{seen:?}").contains("SECRET"), "{seen:?}");
        assert_eq!((seen.decision_text.as_str(), seen.decision_text_digest.as_str()), ("", ""));
        let with_text = Record { decision_text: "records/1/decisionText".into(), ..record.clone() };
        assert_eq!(penalty(with_text, labels).unwrap().decision_text, "records/1/decisionText");
        assert_eq!(penalty(Record { publications: vec![], ..record }, labels), None);
    }

    #[test]
    fn a_case_runs_to_the_last_day_of_its_term() {
        let case = SeriousCase { term_ends_on: "2026-05-31".into(), ..SeriousCase::default() };
        assert!(runs(&case, parse_date("2026-05-31").unwrap()));
        assert!(!runs(&case, parse_date("2026-06-01").unwrap()));
        let suspended = SeriousCase { suspended_on: "2026-03-02".into(), ..case };
        assert!(!runs(&suspended, parse_date("2026-05-31").unwrap()), "an order suspends it");
    }

    #[test]
    fn pages_are_bounded_and_faults_named_together() {
        let mut errors = FieldErrors::default();
        assert_eq!(filter(&mut errors, "", 0), (String::new(), 50));
        assert_eq!(filter(&mut errors, "91350100M000100Y43", 501), ("91350100M000100Y43".to_owned(), 500));
        assert!(errors.is_empty());
        filter(&mut errors, "1", -1);
        assert_eq!(errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["uscc", "page_size"]);
    }
}
