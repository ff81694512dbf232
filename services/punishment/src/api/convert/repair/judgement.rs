//! What is judged of a repair, as told, and the penalties that are judged, as collection tells them.

use chrono::NaiveDate;
use contract::collection::v1::Record as CollectedRecord;
use contract::collection::v1::record::Content;
use contract::punishment::v1 as pb;
use domain::{DocumentNumber, FieldCode};
use rulebook::Rulebook;

use super::super::date;
use crate::domain::repair::{Block, Clock, Eligibility, Least, Penalty, Publication, conditions};
use crate::domain::suspension::Suspended;
use crate::follow::shows;
use crate::store::Found;

/// A judgement as told, with the words of the rulebook.
pub(crate) fn eligibility(book: &Rulebook, found: &Found, judged: &Eligibility) -> pb::Eligibility {
    let as_of = judged.as_of;
    let condition =
        |code: &rulebook::Code| pb::RepairCondition { code: code.code.clone(), label: code.label_zh.clone() };
    pb::Eligibility {
        subject: found.subject.to_string(),
        as_of: as_of.to_string(),
        eligible: judged.is_eligible(),
        eligible_from: date(judged.eligible_from),
        blocks: judged.blocks.iter().map(|one| block(book, one, as_of)).collect(),
        clocks: judged.clocks.iter().map(clock).collect(),
        conditions: conditions(book, &found.record, as_of).map(condition).collect(),
        strict_reasons: judged.strict.iter().map(|reason| (*reason).to_owned()).collect(),
    }
}

fn block(book: &Rulebook, block: &Block, on: NaiveDate) -> pb::RepairBlock {
    let label = book.code("repair_block", block.code, on).map(|code| code.label_zh.clone());
    pb::RepairBlock {
        code: block.code.to_owned(),
        label: label.unwrap_or_default(),
        fact: block.fact.clone(),
        until: date(block.until),
    }
}

/// A clock as told.
pub(crate) fn clock(clock: &Clock) -> pb::RepairClock {
    let (parameter, least_ends_on) = match &clock.least {
        Least::Until { day, parameter } => (parameter.clone(), day.to_string()),
        _ => (String::new(), String::new()),
    };
    pb::RepairClock {
        chain: clock.chain.clone(),
        regime: clock.regime.clone(),
        severity: clock.severity.clone(),
        governs: clock.governs,
        starts_on: clock.starts_on.to_string(),
        parameter,
        least_ends_on,
        eligible_from: date(clock.eligible_from()),
        term_ends_on: date(clock.term_ends_on),
        not_supplied: clock.not_supplied.clone(),
    }
}

/// A penalty from what collection tells, and what is known of its suspensions.
///
/// # Errors
/// What cannot be read, in words.
pub(crate) fn read_penalty(record: &CollectedRecord, suspended: Suspended) -> Result<Penalty, String> {
    let Some(Content::Penalty(penalty)) = &record.content else { return Err("it is no penalty".to_owned()) };
    let day = |text: &str| domain::parse_date(text).map_err(|problem| problem.to_string());
    let field = (!record.field.is_empty()).then(|| FieldCode::parse(&record.field)).transpose();
    let publications = record.publications.iter().filter(|one| shows(one)).map(|one| {
        Ok(Publication {
            chain: one.chain.clone(),
            published_on: day(&one.published_on)?,
            chosen: one.law_choice.as_ref().map(|choice| choice.regime.clone()).unwrap_or_default(),
        })
    });
    Ok(Penalty {
        name: record.name.clone(),
        document_no: DocumentNumber::parse(&record.document_no).map_err(|problem| problem.to_string())?,
        field: field.map_err(|problem| problem.to_string())?,
        violation_type: penalty.violation_type.trim().to_owned(),
        kinds: penalty.penalty_kinds.clone(),
        grade: penalty.discretion_grade.clone(),
        fine_fen: penalty.fine_fen,
        decided_on: day(&record.decided_on)?,
        valid_to: domain::parse_date(&penalty.valid_to).ok(),
        suspended,
        publications: publications.collect::<Result<_, String>>()?,
    })
}
