//! A record as it is delivered.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};
use service::FieldErrors;

use super::text::{clear, code_of_unit};
use super::{Judge, content, list_entry, permit};
use crate::domain::privacy::holds_identity_number;
use crate::domain::publication::{PARTY_KIND, is_person};
use crate::domain::{Key, Kind, NewRecord, settle};

/// Longest name of a unit, in characters.
const LONGEST_NAME: usize = 200;
/// Longest code of a party beside its credit code, in characters.
const LONGEST_CODE: usize = 50;
/// Longest remark, in characters.
const LONGEST_REMARK: usize = 1_000;

/// Reads a record, or says everything that is wrong with it.
pub fn read_record(judge: &Judge<'_>, mut sent: pb::Record) -> Result<NewRecord, FieldErrors> {
    let mut errors = FieldErrors::default();
    let uscc = errors.check_optional("uscc", &sent.uscc, Uscc::parse);
    let party_name = errors.check("party_name", LegalName::parse(&sent.party_name));
    let field = judge.field(&mut errors, &sent.field);
    let producer = provenance(&mut errors, sent.provenance.as_mut());
    let document_no = errors.check("document_no", DocumentNumber::parse(&sent.document_no));
    let decided_on = judge.past_day(&mut errors, "decided_on", &sent.decided_on);
    let division = errors.check_optional("division", &sent.division, DivisionCode::parse);
    standard_fields(judge, &mut errors, &mut sent);
    let field = match (&mut sent.content, decided_on) {
        (None, _) => {
            errors.push(
                "content",
                "must say a permit, a penalty, an inspection, a sampling result or a list entry",
            );
            field
        }
        // Codes and rules are those of the day of the fact: without it, only the other parts can be judged.
        (Some(_), None) => field,
        (Some(Content::Permit(sent)), Some(on)) => permit::check(judge, &mut errors, sent, field, on),
        (Some(Content::ListEntry(sent)), Some(on)) => {
            list_entry::check(judge, &mut errors, sent, on);
            field
        }
        (Some(other), Some(on)) => {
            content::check(judge, &mut errors, other, on);
            field
        }
    };
    catalogued(judge, &mut errors, sent.content.as_ref(), field.as_ref());
    let record = match (party_name, producer, document_no, decided_on) {
        (Some(party_name), Some(producer), Some(document_no), Some(decided_on)) if errors.is_empty() => {
            NewRecord::new(Key { uscc, party_name, field, division, producer, document_no, decided_on }, sent)
        }
        _ => None,
    };
    record.ok_or(errors)
}

/// What the public data standards know beside (concepts §6.1): all of it may be left out, and is then not guessed here.
fn standard_fields(judge: &Judge<'_>, errors: &mut FieldErrors, sent: &mut pb::Record) {
    let is_person = is_person(judge.book, sent, judge.today);
    if !sent.party_kind.is_empty() {
        judge.delivered_code(errors, "party_kind", PARTY_KIND, &sent.party_kind, judge.today);
        if is_person && !sent.uscc.trim().is_empty() {
            errors.push("party_kind", "names a natural person, who has no credit code");
        }
    }
    party_codes(errors, &mut sent.party_codes, is_person);
    clear(errors, "source_unit", &mut sent.source_unit, LONGEST_NAME);
    code_of_unit(errors, "source_unit_uscc", &mut sent.source_unit_uscc);
    clear(errors, "remark", &mut sent.remark, LONGEST_REMARK);
}

/// Codes beside the credit code: none of a natural person, and none with an identity number in it (X5). A message without any says
/// nothing.
fn party_codes(errors: &mut FieldErrors, sent: &mut Option<pb::PartyCodes>, is_person: bool) {
    let Some(codes) = sent else { return };
    for (path, code) in [
        ("party_codes.registration_no", &mut codes.registration_no),
        ("party_codes.organization_code", &mut codes.organization_code),
        ("party_codes.tax_no", &mut codes.tax_no),
        ("party_codes.institution_no", &mut codes.institution_no),
        ("party_codes.society_no", &mut codes.society_no),
    ] {
        clear(errors, path, code, LONGEST_CODE);
        if is_person && !code.is_empty() {
            errors.push(path, "must be empty: the party is a natural person");
        } else if holds_identity_number(code) {
            errors.push(path, "holds an identity number, which is not taken");
        }
    }
    if *codes == pb::PartyCodes::default() {
        *sent = None;
    }
}

/// Reads the record that stands at `path` of a request; each fault is told with its path below it. `None` when it is not there or
/// not in order.
pub(crate) fn read_record_at(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    path: &str,
    sent: Option<&pb::Record>,
) -> Option<NewRecord> {
    match read_record(judge, errors.require(path, sent)?.clone()) {
        Ok(new) => Some(new),
        Err(faults) => {
            errors.extend(path, faults);
            None
        }
    }
}

/// What is collected stands in the catalogue on the day of receipt (R16); anything else is refused.
fn catalogued(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    content: Option<&Content>,
    field: Option<&FieldCode>,
) {
    let Some(kind) = content.map(Kind::of) else { return };
    // Of a wrong field nothing more is said.
    if !errors.is_empty() {
        return;
    }
    let field = field.map_or("", FieldCode::as_str);
    if !judge.book.collection_items(judge.today).any(|item| item.holds(kind.as_str(), field)) {
        let (kind, today) = (kind.as_str(), judge.today);
        let of = if field.is_empty() { "no key field".to_owned() } else { format!("field {field}") };
        errors.push(
            kind,
            format!("OUTSIDE_CATALOGUE: no item of {today} holds records of kind {kind} and {of}"),
        );
    }
}

/// Who produced, provides and answers for the record (R25): all three, or it is refused. Returns the producer.
fn provenance(errors: &mut FieldErrors, sent: Option<&mut pb::Provenance>) -> Option<LegalName> {
    let sent = errors.require("provenance", sent)?;
    let producer = errors.check("provenance.producer", LegalName::parse(&sent.producer));
    let provider = errors.check("provenance.provider", LegalName::parse(&sent.provider));
    let responsible = errors.check("provenance.responsible", LegalName::parse(&sent.responsible));
    let (producer, provider, responsible) = (producer?, provider?, responsible?);
    settle(&mut sent.producer, producer.as_str());
    settle(&mut sent.provider, provider.as_str());
    settle(&mut sent.responsible, responsible.as_str());
    Some(producer)
}

#[cfg(test)]
mod tests;
