//! Protobuf to domain and back. What comes in is checked here, all fields at once; past this module every value is valid.

mod as_of;
mod breach;
mod commitment;
mod division;
mod enterprise;
mod filter;
mod licence;
mod licence_number;
mod mark;
mod party;
mod patch;
mod review;
mod search;
mod template;

pub(crate) use as_of::{as_of, parse_enterprise_names, party_as_of};
pub(crate) use breach::{breach_to_pb, breach_with_statement, parse_breach_name};
pub(crate) use commitment::{
    check_copy, commitment_state_filter, commitment_to_pb, missing_to_pb, parse_addressees,
    parse_commitment_name, parse_key_field, parse_last_day, parse_past_day, parse_term, signing_key_to_pb,
};
pub(crate) use division::{division_to_pb, parse_as_of};
pub(crate) use enterprise::{
    day_not_ahead, enterprise_to_pb, enterprise_without_person, import_row, parse_enterprise,
    parse_enterprise_name,
};
pub(crate) use filter::{division_filter, field_filter, state_filter, uscc_filter};
pub(crate) use licence::{
    SentLicence, licence_to_pb, parse_licence, parse_licence_name, refused_permit_to_pb,
};
pub(crate) use mark::{mark_to_pb, parse_mark_name, parse_mark_names};
pub(crate) use party::{parse_party, parse_party_name, parse_party_patch, party_to_pb, party_without_person};
pub(crate) use patch::parse_patch;
pub(crate) use review::{advice_to_pb, class_name, foreign_review_to_pb, parse_purpose};
pub(crate) use search::{match_to_pb, parse_after, parse_query};
pub(crate) use template::{parse_template, parse_template_content, parse_template_name, template_to_pb};

use domain::{MicrosUtc, RequestId};
use service::FieldErrors;

/// Longest reason or legal basis, in characters.
const LONGEST_REMARK: usize = 500;
/// Longest number of a document or name of an authority, in characters.
const LONGEST_REFERENCE: usize = 200;

/// Reads a request id.
pub(crate) fn request_id(errors: &mut FieldErrors, text: &str) -> Option<RequestId> {
    errors.check("request_id", RequestId::parse(text))
}

/// Reads a remark of an officer of 1 to 500 characters.
pub(crate) fn remark(errors: &mut FieldErrors, path: &str, text: &str) -> Option<String> {
    let text = text.trim();
    match text.chars().count() {
        0 => errors.push(path, "must be given"),
        1..=LONGEST_REMARK => return Some(text.to_owned()),
        _ => errors.push(path, format!("has more than {LONGEST_REMARK} characters")),
    }
    None
}

/// Reads a remark that may be left out.
pub(crate) fn optional_remark(errors: &mut FieldErrors, path: &str, text: &str) -> Option<String> {
    if text.trim().is_empty() { Some(String::new()) } else { remark(errors, path, text) }
}

/// Reads free text of at most `longest` characters; control characters are refused.
fn free_text(errors: &mut FieldErrors, path: &str, text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > longest {
        errors.push(path, format!("has more than {longest} characters"));
    } else if text.chars().any(char::is_control) {
        errors.push(path, "holds a control character");
    } else {
        return Some(text.to_owned());
    }
    None
}

/// Reads the number of a document, the name of an authority or of an inspection: 1 to 200 characters.
pub(crate) fn reference(errors: &mut FieldErrors, path: &str, text: &str) -> Option<String> {
    let text = free_text(errors, path, text, LONGEST_REFERENCE)?;
    if text.is_empty() {
        errors.push(path, "must be given");
        return None;
    }
    Some(text)
}

/// Reads a text of several lines, of 1 to `longest` characters; control characters but line feeds are refused.
fn letter_text(errors: &mut FieldErrors, path: &str, text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    match text.chars().count() {
        0 => errors.push(path, "must be given"),
        length if length > longest => errors.push(path, format!("has more than {longest} characters")),
        _ if text.chars().any(|character| character.is_control() && character != '\n') => {
            errors.push(path, "holds a control character");
        }
        _ => return Some(text.to_owned()),
    }
    None
}

/// An instant as protobuf writes it.
pub(crate) fn timestamp(instant: MicrosUtc) -> prost_types::Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}
