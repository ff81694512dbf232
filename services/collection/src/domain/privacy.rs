//! What looks like the number of a person in a free text (X3, X5): a telephone, or an identity card.
//!
//! A ticket arrives without its caller. A number in a free text is most likely the caller's, so the ticket goes back to
//! the hotline instead of being kept and cleaned here. A record is kept as it was decided, and is not published while a text
//! that would leave holds such a number (order 45 arts 5 to 7): it is corrected first.

/// A number of a person that a text seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonalNumber {
    /// A mobile or fixed telephone.
    #[error("it seems to hold a telephone number; tickets are taken without anything about the caller")]
    Telephone,
    /// An identity card (GB 11643): 18 characters with a valid check.
    #[error("it seems to hold an identity number; tickets are taken without anything about the caller")]
    IdentityCard,
}

/// Weights of the first 17 digits of an identity number: powers of 2 modulo 11 (GB 11643, ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the weighted sum modulo 11.
const CHECKS: &[u8; 11] = b"10X98765432";

/// Facts of the notices of the exchange that are free texts. Numbers of decisions and licences are not: they may look like
/// anything.
pub const FREE_TEXTS: &[&str] = &[
    "violation_type",
    "violation_facts",
    "legal_basis",
    "content",
    "affected_certificate",
    "scope",
    "remark",
];

/// Parts into which people cut one number, at most.
const MOST_PARTS: usize = 6;

/// Refuses a text that seems to hold a number of a person. Full-width digits count as digits; a single blank or hyphen
/// between digits does not hide a number.
pub fn without_personal_numbers(text: &str) -> Result<(), PersonalNumber> {
    let candidates: Vec<String> = digit_runs(text).iter().flat_map(|run| joined(run)).collect();
    if candidates.iter().any(|digits| is_identity_card(digits)) {
        return Err(PersonalNumber::IdentityCard);
    }
    if candidates.iter().any(|digits| is_telephone(digits)) {
        return Err(PersonalNumber::Telephone);
    }
    Ok(())
}

/// What the parts of a stretch say alone and joined with their neighbours.
fn joined(parts: &[String]) -> impl Iterator<Item = String> {
    (0..parts.len()).flat_map(move |first| {
        let last = parts.len().min(first + MOST_PARTS);
        (first + 1..=last).map(move |end| parts[first..end].concat())
    })
}

/// The digits of a text: a list for each stretch, of its parts between single blanks or hyphens. An `X` that follows a
/// digit belongs to its part: it may be the check of an identity number.
fn digit_runs(text: &str) -> Vec<Vec<String>> {
    let mut runs: Vec<Vec<String>> = Vec::new();
    let mut since_digit = usize::MAX;
    for character in text.chars().map(plain) {
        let is_check = character == 'X' && since_digit == 0;
        if character.is_ascii_digit() || is_check {
            match (since_digit, runs.last_mut()) {
                (0, Some(run)) => run.last_mut().expect("a run has a part").push(character),
                (1, Some(run)) => run.push(character.to_string()),
                _ => runs.push(vec![character.to_string()]),
            }
            since_digit = if is_check { usize::MAX } else { 0 };
        } else if since_digit == 0 && matches!(character, ' ' | '-') {
            since_digit = 1;
        } else {
            since_digit = usize::MAX;
        }
    }
    runs
}

/// Half-width, upper case.
fn plain(character: char) -> char {
    match character {
        '０'..='９' => char::from(b'0' + (u32::from(character) - u32::from('０')) as u8),
        'x' | 'ｘ' | 'Ｘ' => 'X',
        '　' => ' ',
        '－' | '—' | '–' => '-',
        other => other,
    }
}

/// A mobile number (11 digits, 13 to 19…), with or without 86 before it, or a fixed one with its area code (0…).
fn is_telephone(digits: &str) -> bool {
    let national = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(digits);
    let bytes = national.as_bytes();
    match bytes.len() {
        11 if bytes[0] == b'1' => (b'3'..=b'9').contains(&bytes[1]),
        10..=12 => bytes[0] == b'0' && bytes[1] != b'0',
        _ => false,
    }
}

fn is_identity_card(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let Some((check, body)) = bytes.split_last().filter(|(_, body)| body.len() == WEIGHTS.len()) else {
        return false;
    };
    if !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize] == *check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_are_found_however_they_are_written() {
        for text in [
            "联系电话13800138000",
            "请回 138 0013 8000",
            "+86-139-1234-5678",
            "８６１３８００１３８０００",
            "致电0531-88888888转1",
            "01012345678",
            "12 139 1234 5678",
        ] {
            assert_eq!(without_personal_numbers(text), Err(PersonalNumber::Telephone), "{text}");
        }
    }

    #[test]
    fn identity_numbers_are_found_by_their_check() {
        // Both examples of GB 11643.
        for text in ["身份证11010519491231002X", "440524188001010014", "11010519491231002x来电"] {
            assert_eq!(without_personal_numbers(text), Err(PersonalNumber::IdentityCard), "{text}");
        }
        assert_eq!(without_personal_numbers("流水号110105194912310021"), Ok(()));
    }

    #[test]
    fn ordinary_texts_pass() {
        for text in [
            "",
            "某食品厂",
            "历下区经十路123号2单元501",
            "ZIP 60614",
            "2026-03-02 12:30 买到过期食品",
            "批号20260302001",
            "91370102MA3C00011F",
            "订单 200000000000",
        ] {
            assert_eq!(without_personal_numbers(text), Ok(()), "{text}");
        }
    }
}
