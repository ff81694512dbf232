//! What is left once it is erased who a record is about (X5): which kind of matter it was, where, when and with what result, in codes,
//! numbers, days and names of units; no text that somebody wrote about it, and no number by which it could be asked for elsewhere.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;

/// The record without its party, and without the enterprise that it stood under by mistake. It keeps its place among records: its name, state and revision.
pub fn record(of: &pb::Record) -> pb::Record {
    pb::Record {
        uscc: String::new(),
        party_name: String::new(),
        document_no: String::new(),
        remark: String::new(),
        party_codes: None,
        content: of.content.as_ref().map(content),
        publications: Vec::new(),
        province_push: None,
        decision_text: String::new(),
        decision_text_digest: String::new(),
        ..of.clone()
    }
}

/// Each kind names what stays: a field that is added to the contract goes unless it is named here.
fn content(of: &Content) -> Content {
    match of.clone() {
        Content::Permit(permit) => Content::Permit(pb::Permit {
            permit_class: permit.permit_class,
            valid_from: permit.valid_from,
            valid_to: permit.valid_to,
            authority: permit.authority,
            authority_uscc: permit.authority_uscc,
            state: permit.state,
            sub_kinds: permit.sub_kinds,
            ..pb::Permit::default()
        }),
        Content::Penalty(penalty) => Content::Penalty(pb::Penalty {
            penalty_kinds: penalty.penalty_kinds,
            fine_fen: penalty.fine_fen,
            confiscated_fen: penalty.confiscated_fen,
            discretion_grade: penalty.discretion_grade,
            ordinary_procedure: penalty.ordinary_procedure,
            authority: penalty.authority,
            authority_uscc: penalty.authority_uscc,
            valid_to: penalty.valid_to,
            ..pb::Penalty::default()
        }),
        Content::Inspection(inspection) => Content::Inspection(pb::Inspection {
            mode: inspection.mode,
            result: inspection.result,
            critical_count: inspection.critical_count,
            serious_count: inspection.serious_count,
            minor_count: inspection.minor_count,
            authority: inspection.authority,
            ..pb::Inspection::default()
        }),
        Content::Sampling(sampling) => Content::Sampling(pb::Sampling {
            passed: sampling.passed,
            level: sampling.level,
            producer_confirmed: sampling.producer_confirmed,
            ..pb::Sampling::default()
        }),
        Content::ListEntry(entry) => Content::ListEntry(pb::ListEntry {
            list: entry.list,
            status: entry.status,
            removed_on: entry.removed_on,
            ..pb::ListEntry::default()
        }),
    }
}

/// The objection without what was written in it: who dealt with it, when, and whether it was founded.
pub fn objection(of: &pb::Objection) -> pb::Objection {
    let answer = |answer: &pb::ObjectionAnswer| pb::ObjectionAnswer {
        founded: answer.founded,
        ..pb::ObjectionAnswer::default()
    };
    pb::Objection {
        grounds: String::new(),
        extension_reason: String::new(),
        answer: of.answer.as_ref().map(answer),
        remark: String::new(),
        ..of.clone()
    }
}

/// The remedy without numbers and texts: which body, when, and how it ended.
pub fn remedy(of: &pb::Remedy) -> pb::Remedy {
    let order = |order: &pb::EnforcementOrder| pb::EnforcementOrder {
        document_no: String::new(),
        reason: String::new(),
        ..order.clone()
    };
    let outcome = |outcome: &pb::RemedyOutcome| pb::RemedyOutcome {
        document_no: String::new(),
        summary: String::new(),
        ..outcome.clone()
    };
    pb::Remedy {
        document_no: String::new(),
        orders: of.orders.iter().map(order).collect(),
        outcome: of.outcome.as_ref().map(outcome),
        ..of.clone()
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    const PERSON: &str = "王二小";

    fn about_a_person(content: Content) -> pb::Record {
        let unit = "济南市市场监督管理局".to_owned();
        pb::Record {
            name: "records/0".into(),
            party_name: PERSON.into(),
            field: "FOOD".into(),
            provenance: Some(pb::Provenance {
                producer: unit.clone(),
                provider: unit.clone(),
                responsible: unit,
            }),
            document_no: format!("{PERSON}1号"),
            decided_on: "2026-02-27".into(),
            remark: PERSON.into(),
            party_codes: Some(pb::PartyCodes { registration_no: PERSON.into(), ..Default::default() }),
            content: Some(content),
            ..pb::Record::default()
        }
    }

    fn holds(message: &impl Message) -> bool {
        message.encode_to_vec().windows(PERSON.len()).any(|part| part == PERSON.as_bytes())
    }

    #[test]
    fn no_text_of_any_kind_of_record_is_left() {
        let text = || PERSON.to_owned();
        let contents = [
            Content::Permit(pb::Permit {
                permit_no: text(),
                content: text(),
                certificate_name: text(),
                decision_title: text(),
                ..Default::default()
            }),
            Content::Penalty(pb::Penalty {
                violation_type: text(),
                violation_facts: text(),
                legal_basis: text(),
                content: text(),
                affected_certificate: text(),
                ..Default::default()
            }),
            Content::Inspection(pb::Inspection {
                task: text(),
                plan_no: text(),
                task_no: text(),
                plan_name: text(),
                items: vec![text()],
                ..Default::default()
            }),
            Content::Sampling(pb::Sampling {
                product: text(),
                failed_items: vec![text()],
                sampled_unit: text(),
                batch: text(),
                measured_values: vec![text()],
                ..Default::default()
            }),
            Content::ListEntry(pb::ListEntry { entry: text(), ground: text(), ..Default::default() }),
        ];
        for content in contents {
            let whole = about_a_person(content);
            assert!(holds(&whole));
            let left = record(&whole);
            assert!(!holds(&left), "{left:?}");
            assert_eq!((left.name, left.field, left.decided_on), (whole.name, whole.field, whole.decided_on));
        }
    }

    #[test]
    fn what_a_penalty_came_to_stays() {
        let penalty =
            pb::Penalty { fine_fen: 500_000, penalty_kinds: vec!["3".into()], ..Default::default() };
        let left = record(&about_a_person(Content::Penalty(penalty.clone())));
        assert_eq!(left.content, Some(Content::Penalty(penalty)));
    }

    #[test]
    fn objections_and_remedies_say_only_how_they_went() {
        let contested = pb::Objection {
            state: "Unfounded".into(),
            grounds: PERSON.into(),
            extension_reason: PERSON.into(),
            remark: PERSON.into(),
            answer: Some(pb::ObjectionAnswer {
                founded: true,
                reasons: PERSON.into(),
                legal_basis: PERSON.into(),
                corrected_record: Some(about_a_person(Content::Penalty(pb::Penalty::default()))),
            }),
            ..pb::Objection::default()
        };
        let left = objection(&contested);
        assert!(!holds(&left) && left.answer.is_some_and(|answer| answer.founded));
        let sued = pb::Remedy {
            document_no: PERSON.into(),
            orders: vec![pb::EnforcementOrder { reason: PERSON.into(), ..Default::default() }],
            outcome: Some(pb::RemedyOutcome {
                code: "Upheld".into(),
                summary: PERSON.into(),
                document_no: PERSON.into(),
                ..Default::default()
            }),
            ..pb::Remedy::default()
        };
        let left = remedy(&sued);
        assert!(!holds(&left) && left.outcome.is_some_and(|outcome| outcome.code == "Upheld"));
    }
}
