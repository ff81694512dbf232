//! What a permit says.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use domain::FieldCode;
use service::FieldErrors;

use super::Judge;
use super::text::{clear, clear_required, code_of_unit};
use crate::domain::permit::identify;

/// State of a permit that is delivered without one.
const VALID: &str = "Valid";
/// Longest names, in characters.
const LONGEST_NAME: usize = 200;
/// Longest permit number, in characters; those of key fields are shorter.
const LONGEST_NUMBER: usize = 100;
/// Longest description of what is permitted, in characters.
const LONGEST_CONTENT: usize = 4_000;

/// Checks a permit and puts it into canonical form. Returns the field of the record: the number decides, see [`identify`].
pub(super) fn check(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    permit: &mut pb::Permit,
    given: Option<FieldCode>,
    decided_on: NaiveDate,
) -> Option<FieldCode> {
    judge.delivered_code(errors, "permit.permit_class", "permit_class", &permit.permit_class, decided_on);
    if permit.state.is_empty() {
        permit.state = VALID.to_owned();
    }
    judge.delivered_code(errors, "permit.state", "licence_state", &permit.state, decided_on);
    clear(errors, "permit.certificate_name", &mut permit.certificate_name, LONGEST_NAME);
    clear(errors, "permit.authority", &mut permit.authority, LONGEST_NAME);
    clear(errors, "permit.decision_title", &mut permit.decision_title, LONGEST_NAME);
    code_of_unit(errors, "permit.authority_uscc", &mut permit.authority_uscc);
    clear(errors, "permit.content", &mut permit.content, LONGEST_CONTENT);
    clear_required(errors, "permit.permit_no", &mut permit.permit_no, LONGEST_NUMBER);
    term(errors, permit);
    let field = number(errors, permit, given);
    sub_kinds(judge, errors, permit, field.as_ref());
    field
}

/// The first day is not after the last.
fn term(errors: &mut FieldErrors, permit: &pb::Permit) {
    let valid_from = errors.check("permit.valid_from", domain::parse_date(&permit.valid_from));
    let valid_to = errors.check("permit.valid_to", domain::parse_date(&permit.valid_to));
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && from > to
    {
        errors.push("permit.valid_to", format!("lies before the first day of validity, {from}"));
    }
}

fn number(errors: &mut FieldErrors, permit: &mut pb::Permit, given: Option<FieldCode>) -> Option<FieldCode> {
    match identify(&permit.permit_no, &permit.certificate_name, given) {
        Ok(identified) => {
            permit.permit_no = identified.permit_no;
            identified.field
        }
        Err(fault) => {
            errors.push(fault.path(), &fault);
            None
        }
    }
}

fn sub_kinds(judge: &Judge<'_>, errors: &mut FieldErrors, permit: &pb::Permit, field: Option<&FieldCode>) {
    for (index, code) in permit.sub_kinds.iter().enumerate() {
        let kind = judge.book.sub_kind(code);
        if kind.is_none_or(|kind| Some(&kind.field) != field) {
            let path = format!("permit.sub_kinds[{index}]");
            errors.push(path, "is not a sub-kind of the permit's key field");
        }
    }
}
