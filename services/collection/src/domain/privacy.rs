//! What looks like the number of a person in a free text (X3, X5): a telephone, or an identity card.
//!
//! Who calls about a ticket, and what was said, come in fields of their own, which are sealed. A number in another free text is most likely
//! the caller's, so the ticket goes back to the hotline instead of being kept and cleaned here. A record is kept as it was decided, and is
//! not published while a text that would leave holds such a number (order 45 arts 5 to 7): it is corrected first.

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
    "decision_title",
    "violation_type",
    "violation_facts",
    "legal_basis",
    "content",
    "affected_certificate",
    "scope",
    "plan_name",
    "items",
    "remark",
];

/// Parts into which people cut one number, at most.
const MOST_PARTS: usize = 7;
/// Blanks, brackets and the like between two parts, at most.
const LONGEST_GAP: usize = 4;
/// How a mobile number is cut by dots, slashes or brackets, which also stand in dates, amounts and numbers of documents: there, no
/// other cut is taken for one.
const MOBILE_CUTS: [&[usize]; 6] = [&[3, 4, 4], &[3, 3, 5], &[4, 3, 4], &[4, 4, 3], &[3, 8], &[7, 4]];
/// How a number of a licence of special equipment is cut, after its letters `TS`.
const LICENCE_CUT: [usize; 2] = [7, 4];

/// Refuses a text that seems to hold a number of a person, in full-width digits or others, and however it is cut: blanks, hyphens,
/// dots, slashes and brackets between digits do not hide one.
pub fn without_personal_numbers(text: &str) -> Result<(), PersonalNumber> {
    let stretches = stretches(text);
    let windows = || stretches.iter().flat_map(Stretch::windows);
    if windows().any(|window| is_identity_card(&window.digits())) {
        return Err(PersonalNumber::IdentityCard);
    }
    if windows().any(|window| window.is_telephone()) {
        return Err(PersonalNumber::Telephone);
    }
    Ok(())
}

/// Whether a code holds the number of an identity card, also with digits before or behind it: tax registrations of sole traders were
/// made of the number of their owner.
pub fn holds_identity_number(code: &str) -> bool {
    const LENGTH: usize = 18;
    let characters: Vec<char> = code.chars().map(plain).filter(|found| !is_mark(*found)).collect();
    characters.windows(LENGTH).any(|part| is_identity_card(&part.iter().collect::<String>()))
}

/// Digits that stand together. An `X` that follows a digit belongs to them: it may be the check of an identity number.
#[derive(Debug)]
struct Part {
    digits: String,
    /// Whether only blanks and hyphens are between it and the part before.
    soft: bool,
}

/// Parts with little between them.
#[derive(Debug, Default)]
struct Stretch {
    parts: Vec<Part>,
    /// Whether the letters `TS` stand right before it.
    licence: bool,
}

/// Some parts of a stretch, one after the other.
struct Window<'a> {
    parts: &'a [Part],
    licence: bool,
}

impl Stretch {
    fn windows(&self) -> impl Iterator<Item = Window<'_>> {
        let count = self.parts.len();
        (0..count).flat_map(move |first| {
            (first + 1..=count.min(first + MOST_PARTS)).map(move |end| Window {
                parts: &self.parts[first..end],
                licence: self.licence && first == 0,
            })
        })
    }
}

impl Window<'_> {
    fn digits(&self) -> String {
        self.parts.iter().map(|part| part.digits.as_str()).collect()
    }

    /// A mobile number (11 digits, 13 to 19…) or a fixed one with its area code (0…), with or without 86 before it.
    fn is_telephone(&self) -> bool {
        if self.licence && self.cut() == LICENCE_CUT {
            return false;
        }
        match self.parts {
            [country, national @ ..]
                if matches!(country.digits.as_str(), "86" | "0086") && !national.is_empty() =>
            {
                is_mobile(national) || is_fixed(national) || is_fixed_without_zero(national)
            }
            parts => is_mobile(parts) || is_fixed(parts),
        }
    }

    fn cut(&self) -> Vec<usize> {
        cut(self.parts)
    }
}

fn cut(parts: &[Part]) -> Vec<usize> {
    parts.iter().map(|part| part.digits.len()).collect()
}

fn is_mobile(parts: &[Part]) -> bool {
    let digits: String = parts.iter().map(|part| part.digits.as_str()).collect();
    let national = ["86", "0086"].iter().find_map(|country| digits.strip_prefix(country));
    let national = national.filter(|rest| parts.len() == 1 && rest.len() == 11).unwrap_or(&digits).as_bytes();
    let soft = parts.iter().skip(1).all(|part| part.soft);
    national.len() == 11
        && national[0] == b'1'
        && (b'3'..=b'9').contains(&national[1])
        && (soft || MOBILE_CUTS.contains(&&*cut(parts)))
}

/// An area code and a number of 7 or 8 digits; in one part, or the area code by itself.
fn is_fixed(parts: &[Part]) -> bool {
    let [area, subscriber @ ..] = parts else { return false };
    if subscriber.is_empty() {
        let digits = area.digits.as_bytes();
        return (10..=12).contains(&digits.len()) && digits[0] == b'0' && digits[1] != b'0';
    }
    is_area(&area.digits) && is_subscriber(subscriber)
}

/// The same as it is dialled from abroad.
fn is_fixed_without_zero(parts: &[Part]) -> bool {
    let [area, subscriber @ ..] = parts else { return false };
    is_area(&format!("0{}", area.digits)) && is_subscriber(subscriber)
}

fn is_area(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'0', b'1', b'0'] | [b'0', b'2', _] | [b'0', b'3'..=b'9', _, _])
}

fn is_subscriber(parts: &[Part]) -> bool {
    let digits: String = parts.iter().map(|part| part.digits.as_str()).collect();
    (7..=8).contains(&digits.len()) && (b'2'..=b'9').contains(&digits.as_bytes()[0]) && !is_day(&digits)
}

/// A day of the last or this century, written without marks.
fn is_day(digits: &str) -> bool {
    digits.len() == 8 && matches!(&digits[..2], "19" | "20") && is_month_and_day(&digits[4..])
}

fn is_month_and_day(digits: &str) -> bool {
    ("01".."13").contains(&&digits[..2]) && ("01".."32").contains(&&digits[2..])
}

/// The digits of a text, by stretches.
fn stretches(text: &str) -> Vec<Stretch> {
    let characters: Vec<char> = text.chars().map(plain).collect();
    let mut stretches: Vec<Stretch> = Vec::new();
    let (mut after, mut gap) = (None, Vec::new());
    for (at, character) in characters.iter().enumerate() {
        // `after`: whether the part before may go on; none once the stretch is over.
        let is_check = *character == 'X' && after == Some(true) && gap.is_empty();
        if character.is_ascii_digit() || is_check {
            let soft = gap.iter().all(|mark| matches!(mark, ' ' | '-'));
            match (after, stretches.last_mut()) {
                (Some(true), Some(stretch)) if gap.is_empty() => {
                    stretch.parts.last_mut().expect("a stretch has a part").digits.push(*character);
                }
                (Some(_), Some(stretch)) => stretch.parts.push(Part { digits: character.to_string(), soft }),
                _ => {
                    let licence = at >= 2 && characters[at - 2..at] == ['T', 'S'];
                    let part = Part { digits: character.to_string(), soft: true };
                    stretches.push(Stretch { parts: vec![part], licence });
                }
            }
            (after, gap) = (Some(!is_check), Vec::new());
        } else if is_mark(*character) && gap.len() < LONGEST_GAP {
            gap.push(*character);
        } else {
            (after, gap) = (None, Vec::new());
        }
    }
    stretches
}

/// What people put between the parts of a number.
fn is_mark(character: char) -> bool {
    matches!(character, ' ' | '-' | '.' | '·' | '/' | '(' | ')' | '[' | ']' | '_' | '+')
}

/// Half-width, upper case, one form of each mark.
fn plain(character: char) -> char {
    match character {
        '０'..='９' => char::from(b'0' + (u32::from(character) - u32::from('０')) as u8),
        'x' | 'ｘ' | 'Ｘ' => 'X',
        't' | 'ｔ' | 'Ｔ' => 'T',
        's' | 'ｓ' | 'Ｓ' => 'S',
        '\t' | '\u{a0}' | '　' => ' ',
        '－' | '—' | '–' | '‐' | '−' => '-',
        '．' | '。' | '•' => '.',
        '・' => '·',
        '／' => '/',
        '（' | '【' => '(',
        '）' | '】' => ')',
        '＋' => '+',
        '＿' => '_',
        other => other,
    }
}

fn is_identity_card(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let Some((check, body)) = bytes.split_last().filter(|(_, body)| body.len() == WEIGHTS.len()) else {
        return false;
    };
    if !body.iter().all(u8::is_ascii_digit) || !matches!(&digits[6..8], "18" | "19" | "20") {
        return false;
    }
    if !is_month_and_day(&digits[10..14]) {
        return false;
    }
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize] == *check
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            "(0531)88888888",
            "（0531）88888888",
            "0531 8888 8888",
            "138.0013.8000",
            "138  0013  8000",
            "138/0013/8000",
            "138・0013・8000",
            "+86(138)00138000",
            "0086 138 0013 8000",
            "+86 531 8888 8888",
            "TS13800138000",
        ] {
            assert_eq!(without_personal_numbers(text), Err(PersonalNumber::Telephone), "{text}");
        }
    }

    #[test]
    fn identity_numbers_are_found_by_their_check() {
        // Both examples of GB 11643.
        for text in [
            "身份证11010519491231002X",
            "440524188001010014",
            "11010519491231002x来电",
            "110105 19491231 002X",
            "110105.19491231.002X",
            "（110105）19491231（002X）",
        ] {
            assert_eq!(without_personal_numbers(text), Err(PersonalNumber::IdentityCard), "{text}");
        }
        assert_eq!(without_personal_numbers("流水号110105194912310021"), Ok(()));
    }

    proptest! {
        #[test]
        fn a_mobile_number_is_found_however_blanks_and_hyphens_cut_it(
            number in "1[3-9][0-9]{9}",
            cuts in proptest::collection::btree_set(1usize..11, 0..6),
            mark in "[ -]{1,3}",
        ) {
            let mut text = number;
            for at in cuts.into_iter().rev() {
                text.insert_str(at, &mark);
            }
            prop_assert_eq!(without_personal_numbers(&text), Err(PersonalNumber::Telephone));
        }

        #[test]
        fn no_text_whatever_makes_it_fail_otherwise(text in "\\PC{0,80}|[0-9X ./()+-]{0,60}") {
            let _ = without_personal_numbers(&text);
        }
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
            // Numbers of documents and licences.
            "济市监罚〔2026〕88号",
            "济历下市监罚(2026)0531-88号",
            "（2026）鲁01行初1号",
            "SC10137010200018",
            "TS1370123-2028",
            "TS2210890-2028、TS4210123-2028",
            "鲁（2026）济南市不动产权第0013800号",
            // Days and hours.
            "2026-03-02 2026-03-05",
            "2026.03.02-2026.03.05",
            "2026/03/02 08:30—2026/03/05",
            "0312-20260305批次",
            "2026.1.3-2026.05.06",
            // Amounts and measures.
            "罚款13800.00元，没收违法所得1,380,013.80元",
            "13.5 2026.03.02 入库",
            "规格 500g/袋（20袋/箱） 3/8",
            "抽样基数 1380 袋，13.80 元/袋",
        ] {
            assert_eq!(without_personal_numbers(text), Ok(()), "{text}");
        }
    }
}
