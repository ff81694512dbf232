//! Receipts of party checks: what they attest, as told, and as somebody shows them.

use std::fmt::{Display, Write};

use contract::punishment::v1 as pb;
use crypto::Digest;
use crypto::merkle::Inclusion;
use crypto::receipt::{Receipt, attested, fact_of};
use crypto::signer::{KeyId, Signature};
use domain::{MicrosUtc, OfficeCode};
use service::FieldErrors;

use crate::error::Error;
use crate::store::ReceiptKey;

/// What a receipt attests: the answer, what it was asked for and by which office, and by which rules it was made.
pub(crate) fn facts(
    check: &pb::PartyCheck,
    purpose: &str,
    office: &str,
    rulebook: &str,
    at: impl Display,
) -> String {
    let advice = check.advice().as_str_name().trim_start_matches("ADVICE_");
    let mut facts = format!(
        "uscc: {}\npurpose: {purpose}\nas_of: {}\nchecked_at: {at}\noffice: {office}\nadvice: {advice}\nknown_seq: {}\n\
         measures_edition: {}\nrulebook: {rulebook}\n",
        check.uscc, check.as_of, check.known_seq, check.measures_edition,
    );
    // Writing to a text never fails.
    for entry in &check.entries {
        let ground = if entry.ground.is_empty() { "-" } else { &entry.ground };
        let until = if entry.term_ends_on.is_empty() { "-" } else { &entry.term_ends_on };
        let _ = writeln!(
            facts,
            "entry: {} {} {ground} {} {until} {}",
            entry.name, entry.list, entry.listed_on, entry.decision_no
        );
    }
    for measure in &check.measures {
        let _ = writeln!(facts, "measure: {} {} {}", measure.measure, measure.entry, measure.legal_basis);
    }
    facts
}

/// Whether a statement is that of this answer, word for word.
pub fn attests(statement: &str, check: &pb::PartyCheck) -> bool {
    let said = |name| fact_of(statement, name).unwrap_or_default();
    let facts = facts(check, said("purpose"), said("office"), said("rulebook"), said("checked_at"));
    attested(statement) == Some(facts.as_str())
}

/// Whether a receipt was given to an office.
pub(crate) fn is_of(receipt: &Receipt, office: &OfficeCode) -> bool {
    fact_of(&receipt.statement, "office") == Some(office.as_str())
}

/// A receipt as told.
pub(crate) fn receipt_to_pb(receipt: Receipt) -> pb::Receipt {
    pb::Receipt {
        name: receipt.name,
        statement: receipt.statement,
        index: i64::try_from(receipt.inclusion.index).unwrap_or(i64::MAX),
        path: receipt.inclusion.path.iter().map(Digest::to_hex).collect(),
        batch_statement: receipt.batch,
        signature: receipt.signature.to_hex(),
        key_id: receipt.signature.key_id.as_str().to_owned(),
    }
}

/// A receipt as somebody shows it, to be verified.
///
/// # Errors
/// A text that says which part has no such form.
pub fn receipt_from_pb(sent: &pb::Receipt) -> Result<Receipt, String> {
    let index = u64::try_from(sent.index).map_err(|_| "the place is negative".to_owned())?;
    let path = sent.path.iter().map(|digest| digest.parse()).collect::<Result<_, _>>();
    let path = path.map_err(|problem: crypto::InvalidDigest| format!("the path: {problem}"))?;
    let bytes = bytes_of(&sent.signature).ok_or("the signature is not written in hexadecimal digits")?;
    Ok(Receipt {
        name: sent.name.clone(),
        statement: sent.statement.clone(),
        inclusion: Inclusion { index, path },
        batch: sent.batch_statement.clone(),
        signature: Signature { key_id: KeyId::from_text(&sent.key_id), bytes },
    })
}

/// The bytes of lower-case hexadecimal digits.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let known = digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    (known && digits.len().is_multiple_of(2)).then(|| pairs.map(byte).collect()).flatten()
}

/// A key as told.
pub(crate) fn receipt_key_to_pb(key: ReceiptKey) -> pb::ReceiptKey {
    let first_used_on = domain::shanghai_date(MicrosUtc(key.first_used_us)).to_string();
    pb::ReceiptKey { key_id: key.key_id, public_key: key.public_key, first_used_on }
}

/// Batch and place of the receipt that a request names.
pub(crate) fn receipt_place(name: &str) -> Result<(&str, usize), Error> {
    let problem = "must be `receipts/`, a batch, `-` and a place";
    crypto::receipt::place_of(name).ok_or_else(|| FieldErrors::one("name", problem).into())
}
