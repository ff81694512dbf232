//! What a penalty, an inspection and a sampling result say.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::Money;
use service::FieldErrors;

use super::Judge;
use super::text::{clear, clear_required, code_of_unit};
use crate::domain::penalty;

/// Mode of an inspection that is delivered without one.
const ROUTINE: &str = "Routine";
/// Longest names and numbers, in characters.
const LONGEST_NAME: usize = 200;
/// Longest legal basis, in characters.
const LONGEST_BASIS: usize = 1_000;
/// Longest account of facts, in characters.
const LONGEST_FACTS: usize = 4_000;
/// Most codes or items in one list.
const MOST_ITEMS: usize = 50;

/// Checks what a record says, permits and list entries excepted, and puts it into canonical form.
pub(super) fn check(judge: &Judge<'_>, errors: &mut FieldErrors, content: &mut Content, on: NaiveDate) {
    match content {
        Content::Penalty(penalty) => check_penalty(judge, errors, penalty, on),
        Content::Inspection(inspection) => check_inspection(judge, errors, inspection, on),
        Content::Sampling(sampling) => check_sampling(judge, errors, sampling, on),
        Content::Permit(_) | Content::ListEntry(_) => {}
    }
}

fn check_penalty(judge: &Judge<'_>, errors: &mut FieldErrors, penalty: &mut pb::Penalty, on: NaiveDate) {
    clear_required(errors, "penalty.violation_type", &mut penalty.violation_type, LONGEST_NAME);
    clear(errors, "penalty.violation_facts", &mut penalty.violation_facts, LONGEST_FACTS);
    clear_required(errors, "penalty.legal_basis", &mut penalty.legal_basis, LONGEST_BASIS);
    clear(errors, "penalty.content", &mut penalty.content, LONGEST_FACTS);
    clear(errors, "penalty.affected_certificate", &mut penalty.affected_certificate, LONGEST_NAME);
    clear(errors, "penalty.authority", &mut penalty.authority, LONGEST_NAME);
    code_of_unit(errors, "penalty.authority_uscc", &mut penalty.authority_uscc);
    let valid_to = errors.check_optional("penalty.valid_to", &penalty.valid_to, domain::parse_date);
    if valid_to.is_some_and(|last| last < on) {
        errors.push("penalty.valid_to", "lies before the day of the decision");
    }
    errors.check("penalty.fine_fen", Money::from_fen(penalty.fine_fen));
    errors.check("penalty.confiscated_fen", Money::from_fen(penalty.confiscated_fen));
    if !penalty.discretion_grade.is_empty() {
        let (path, set) = ("penalty.discretion_grade", "discretion_grade");
        judge.delivered_code(errors, path, set, &penalty.discretion_grade, on);
    }
    check_kinds(judge, errors, penalty, on);
}

/// The kinds of penalty are those of the law on the day of the decision; some of them need an amount or a certificate, and
/// amounts need them.
fn check_kinds(judge: &Judge<'_>, errors: &mut FieldErrors, penalty: &pb::Penalty, on: NaiveDate) {
    if penalty.penalty_kinds.is_empty() {
        return errors.push("penalty.penalty_kinds", "must be given");
    }
    if too_many(errors, "penalty.penalty_kinds", &penalty.penalty_kinds) {
        return;
    }
    let mut kinds = Vec::with_capacity(penalty.penalty_kinds.len());
    for (index, kind) in penalty.penalty_kinds.iter().enumerate() {
        let known = judge.book.code("penalty_kind", kind, on);
        match known {
            Some(_) if penalty.penalty_kinds[..index].contains(kind) => {
                errors.push(format!("penalty.penalty_kinds[{index}]"), "stands twice");
            }
            Some(code) => kinds.push(code),
            None => {
                judge.lawful_code(
                    errors,
                    &format!("penalty.penalty_kinds[{index}]"),
                    "penalty_kind",
                    kind,
                    on,
                );
            }
        }
    }
    for fault in penalty::faults(&kinds, penalty.fine_fen, &penalty.affected_certificate) {
        errors.push(format!("penalty.{}", fault.field()), fault);
    }
    // Of kinds that are not known, nothing is said.
    if kinds.len() == penalty.penalty_kinds.len() {
        for fault in penalty::unnamed(&kinds, penalty.fine_fen, penalty.confiscated_fen) {
            errors.push(format!("penalty.{}", fault.field()), fault);
        }
    }
}

fn check_inspection(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    inspection: &mut pb::Inspection,
    on: NaiveDate,
) {
    if inspection.mode.is_empty() {
        inspection.mode = ROUTINE.to_owned();
    }
    judge.delivered_code(errors, "inspection.mode", "inspection_mode", &inspection.mode, on);
    judge.delivered_code(errors, "inspection.result", "inspection_result", &inspection.result, on);
    clear(errors, "inspection.task", &mut inspection.task, LONGEST_NAME);
    clear(errors, "inspection.authority", &mut inspection.authority, LONGEST_NAME);
    clear(errors, "inspection.plan_no", &mut inspection.plan_no, LONGEST_NAME);
    clear(errors, "inspection.task_no", &mut inspection.task_no, LONGEST_NAME);
    clear(errors, "inspection.plan_name", &mut inspection.plan_name, LONGEST_NAME);
    clear_all(errors, "inspection.items", &mut inspection.items);
    for (path, count) in [
        ("inspection.critical_count", inspection.critical_count),
        ("inspection.serious_count", inspection.serious_count),
        ("inspection.minor_count", inspection.minor_count),
    ] {
        if count < 0 {
            errors.push(path, "is negative");
        }
    }
}

fn check_sampling(judge: &Judge<'_>, errors: &mut FieldErrors, sampling: &mut pb::Sampling, on: NaiveDate) {
    clear_required(errors, "sampling.product", &mut sampling.product, LONGEST_NAME);
    if !sampling.level.is_empty() {
        judge.delivered_code(errors, "sampling.level", "sampling_level", &sampling.level, on);
    }
    if sampling.passed && !sampling.failed_items.is_empty() {
        errors.push("sampling.failed_items", "must be empty: the sample passed");
    }
    clear_all(errors, "sampling.failed_items", &mut sampling.failed_items);
    clear(errors, "sampling.specification", &mut sampling.specification, LONGEST_NAME);
    clear(errors, "sampling.batch", &mut sampling.batch, LONGEST_NAME);
    clear(errors, "sampling.sampled_unit", &mut sampling.sampled_unit, LONGEST_NAME);
    clear(errors, "sampling.testing_institution", &mut sampling.testing_institution, LONGEST_NAME);
    let failed = sampling.failed_items.len();
    for (path, values) in [
        ("sampling.measured_values", &mut sampling.measured_values),
        ("sampling.standard_values", &mut sampling.standard_values),
    ] {
        if values.is_empty() || values.len() == failed {
            clear_all(errors, path, values);
        } else {
            errors.push(path, format!("must name one for each failed item, of which there are {failed}"));
        }
    }
}

/// Clears each text of a list, all of which must be given.
fn clear_all(errors: &mut FieldErrors, path: &str, texts: &mut [String]) {
    if too_many(errors, path, texts) {
        return;
    }
    for text in texts {
        clear_required(errors, path, text, LONGEST_NAME);
    }
}

fn too_many<T>(errors: &mut FieldErrors, path: &str, items: &[T]) -> bool {
    let many = items.len() > MOST_ITEMS;
    if many {
        errors.push(path, format!("has more than {MOST_ITEMS} entries"));
    }
    many
}
