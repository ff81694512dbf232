//! Letters of commitment.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{FieldCode, Uscc, parse_date, shanghai_date};
use rulebook::Rulebook;
use service::FieldErrors;
use uuid::Uuid;

use super::{parse_enterprise_names, timestamp};
use crate::domain::{CommitmentKey, CommitmentView};
use crate::machines::commitment::State;
use crate::seal::MOST_BYTES;
use crate::store::commitment::{Missing, SigningKey};

/// Media types of signed copies, each with the bytes that such a file begins with.
const MEDIA_TYPES: [(&str, &[u8]); 3] = [
    ("application/pdf", b"%PDF-"),
    ("image/jpeg", &[0xff, 0xd8, 0xff]),
    ("image/png", &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]),
];

/// Reads `enterprises/{uscc}/commitments/{id}`.
pub(crate) fn parse_commitment_name(
    errors: &mut FieldErrors,
    path: &str,
    name: &str,
) -> Option<CommitmentKey> {
    let parts = name.strip_prefix("enterprises/").and_then(|rest| rest.split_once("/commitments/"));
    let key = parts.and_then(|(uscc, id)| {
        Some(CommitmentKey { uscc: Uscc::parse(uscc).ok()?, id: Uuid::try_parse(id).ok()? })
    });
    // One spelling only: the name is a key.
    let key = key.filter(|key| key.name() == name);
    if key.is_none() {
        errors.push(
            path,
            "is not of the form `enterprises/{uscc}/commitments/{id}`, with a UUID in lower case",
        );
    }
    key
}

/// Reads the names of 1 to 1,000 enterprises, none twice.
pub(crate) fn parse_addressees(errors: &mut FieldErrors, path: &str, names: &[String]) -> Option<Vec<Uscc>> {
    let codes = parse_enterprise_names(errors, path, names)?;
    let mut seen = BTreeSet::new();
    let mut twice = false;
    for (index, code) in codes.iter().enumerate() {
        if !seen.insert(code) {
            errors.push(format!("{path}[{index}]"), "stands twice");
            twice = true;
        }
    }
    (!twice).then_some(codes)
}

/// Reads the last day of a letter: after `today`; empty: without end.
pub(crate) fn parse_term(
    errors: &mut FieldErrors,
    path: &str,
    text: &str,
    today: NaiveDate,
) -> Option<Option<NaiveDate>> {
    if text.is_empty() { Some(None) } else { parse_last_day(errors, path, text, today).map(Some) }
}

/// Reads a day after `today`.
pub(crate) fn parse_last_day(
    errors: &mut FieldErrors,
    path: &str,
    text: &str,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let last = errors.check(path, parse_date(text))?;
    if last <= today {
        errors.push(path, "is not after today");
        return None;
    }
    Some(last)
}

/// Reads a day of the past or `today`.
pub(crate) fn parse_past_day(
    errors: &mut FieldErrors,
    path: &str,
    text: &str,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let day = errors.check(path, parse_date(text))?;
    if day > today {
        errors.push(path, "lies ahead");
        return None;
    }
    Some(day)
}

/// Reads a key field that the rulebook knows.
pub(crate) fn parse_key_field(
    errors: &mut FieldErrors,
    path: &str,
    text: &str,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<FieldCode> {
    let code = errors.check(path, FieldCode::parse(text))?;
    if !book.field(&code).is_some_and(|field| field.effective.on(today)) {
        errors.push(path, "is no key field of the rulebook");
        return None;
    }
    Some(code)
}

/// Whether `content` may be a signed copy of `media_type`.
pub(crate) fn check_copy(errors: &mut FieldErrors, media_type: &str, content: &[u8]) -> Option<()> {
    let known = MEDIA_TYPES.iter().find(|(name, _)| *name == media_type);
    if known.is_none() {
        let names = MEDIA_TYPES.map(|(name, _)| name).join(", ");
        errors.push("media_type", format!("is none of {names}"));
    }
    let before = errors.iter().count();
    if content.is_empty() || content.len() > MOST_BYTES {
        errors.push("content", format!("has {} bytes, not 1 to {MOST_BYTES}", content.len()));
    } else if known.is_some_and(|(_, magic)| !content.starts_with(magic)) {
        errors.push("content", format!("does not begin as a file of {media_type} does"));
    }
    (known.is_some() && errors.iter().count() == before).then_some(())
}

/// A key as the API shows it.
pub(crate) fn signing_key_to_pb(key: SigningKey) -> pb::SigningKey {
    let first_used_on = shanghai_date(key.first_used_at()).to_string();
    pb::SigningKey { key_id: key.key_id, public_key: key.public_key, first_used_on }
}

/// A state of letters; `Some(None)`: all.
pub(crate) fn commitment_state_filter(errors: &mut FieldErrors, sent: &str) -> Option<Option<State>> {
    if sent.is_empty() {
        return Some(None);
    }
    errors.check("state", sent.parse()).map(Some)
}

/// The letter as the API shows it.
pub(crate) fn commitment_to_pb(view: &CommitmentView) -> pb::Commitment {
    let letter = &view.commitment;
    let shown = pb::Commitment {
        name: letter.key.name(),
        uscc: letter.key.uscc.to_string(),
        field: letter.field.to_string(),
        template_version: letter.template.name(),
        state: letter.state.word().to_owned(),
        office: letter.office.to_string(),
        issued_on: letter.issued_on.to_string(),
        valid_to: day(letter.valid_to),
        published_on: day(letter.published_on),
        acknowledge_time: letter.acknowledged_at.map(timestamp),
        ended_on: day(letter.ended_on),
        division: view.division.to_string(),
        check_task: letter.check_task.clone(),
        legal_name: view.legal_name.to_string(),
        revision: letter.revision,
        ..pb::Commitment::default()
    };
    let Some(copy) = &letter.copy else { return shown };
    pb::Commitment {
        signed_on: copy.signed_on.to_string(),
        signed_copy: copy.file.to_string(),
        signed_copy_bytes: copy.bytes,
        media_type: copy.media_type.clone(),
        statement: copy.statement.clone(),
        signature: copy.signature.clone(),
        key_id: copy.key_id.clone(),
        retain_until: copy.retain_until.map(|day| day.to_string()).unwrap_or_default(),
        ..shown
    }
}

/// An enterprise without a signed letter.
pub(crate) fn missing_to_pb(missing: Missing) -> pb::MissingCommitment {
    let Missing { uscc, legal_name, division, letter } = missing;
    let commitment =
        if letter.is_empty() { letter } else { format!("enterprises/{uscc}/commitments/{letter}") };
    pb::MissingCommitment { uscc, legal_name, division, commitment }
}

/// A day as the contract writes it; empty when there is none.
pub(super) fn day(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(errors: &FieldErrors) -> Vec<&str> {
        errors.iter().map(|error| error.path.as_str()).collect()
    }

    #[test]
    fn a_name_has_one_spelling() {
        let mut errors = FieldErrors::default();
        let id = "0192d3a0-0000-7000-8000-00000000000a";
        let name = format!("enterprises/91370102MA3C00011F/commitments/{id}");
        assert_eq!(parse_commitment_name(&mut errors, "name", &name).unwrap().name(), name);
        for broken in [name.replace(id, &id.to_uppercase()), name.replace("MA3", "ma3"), id.to_owned()] {
            assert_eq!(parse_commitment_name(&mut errors, "name", &broken), None, "{broken}");
        }
    }

    #[test]
    fn a_copy_is_what_its_media_type_says_and_within_the_bound() {
        for (media_type, content, wrong) in [
            ("application/pdf", b"%PDF-1.7".to_vec(), vec![]),
            ("image/png", b"%PDF-1.7".to_vec(), vec!["content"]),
            ("text/html", b"<script>".to_vec(), vec!["media_type"]),
            ("text/html", Vec::new(), vec!["media_type", "content"]),
            ("application/pdf", [b"%PDF-".to_vec(), vec![0; MOST_BYTES]].concat(), vec!["content"]),
        ] {
            let mut errors = FieldErrors::default();
            assert_eq!(check_copy(&mut errors, media_type, &content).is_some(), wrong.is_empty());
            assert_eq!(paths(&errors), wrong, "{media_type}");
        }
    }

    #[test]
    fn an_addressee_stands_once() {
        let name = "enterprises/91370102MA3C00011F".to_owned();
        let mut errors = FieldErrors::default();
        assert_eq!(parse_addressees(&mut errors, "enterprises", &[name.clone(), name]), None);
        assert_eq!(paths(&errors), ["enterprises[1]"]);
    }
}
