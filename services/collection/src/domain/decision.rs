//! The decision document of a penalty, and the text of it that everyone may read (order 45 arts 4 to 7).
//!
//! Who uploads a text says what was left out of it. What can be seen in a text all the same keeps it from being taken: numbers of persons
//! and of accounts, and another decision than that of the record. Names, addresses and secrets only people can see.

use std::fmt;

use contract::collection::v1 as pb;
use domain::{DocumentNumber, document_key};
use files::FileId;

use super::NaturalId;
use super::privacy::{PersonalNumber, without_personal_numbers};

/// Largest original, in bytes: a message of the contract has at most 4 MiB.
pub const MOST_BYTES: usize = 3 * 1024 * 1024;
/// Lines of a text that are named at once, at most.
const MOST_LINES: usize = 20;
/// Words that the number of an account follows.
const ACCOUNT_WORDS: [&str; 5] = ["账号", "帐号", "账户", "帐户", "卡号"];
/// How far behind such a word the number is looked for, in characters.
const NEAR: usize = 40;
/// Digits that make the number of an account, with single blanks between them: a day has eight, and an amount has a dot.
const ACCOUNT_DIGITS: usize = 10;
/// Digits before a hyphen inside the number of a card: those of a day have two, and a range of amounts has other lengths.
const CARD_GROUP: usize = 4;

/// What a text seems to hold.
const IDENTITY: &str = "an identity number";
const ACCOUNT: &str = "the number of an account";

/// The name of a decision document: `records/{record}/documents/{number}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentName {
    /// The record.
    pub record: NaturalId,
    /// Its number, from 1.
    pub number: i64,
}

/// The text is not the name of a decision document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not of the form `records/{{record}}/documents/{{number}}`")]
pub struct InvalidDocumentName;

impl DocumentName {
    /// Reads a name in its one spelling.
    ///
    /// # Errors
    /// [`InvalidDocumentName`].
    pub fn parse(text: &str) -> Result<Self, InvalidDocumentName> {
        let (record, number) = text.split_once("/documents/").ok_or(InvalidDocumentName)?;
        let record = NaturalId::from_name(record, "records").map_err(|_| InvalidDocumentName)?;
        let name = Self { record, number: number.parse().map_err(|_| InvalidDocumentName)? };
        if name.number >= 1 && name.to_string() == text { Ok(name) } else { Err(InvalidDocumentName) }
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "records/{}/documents/{}", self.record, self.number)
    }
}

/// A decision document that was checked.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The penalty.
    pub record: NaturalId,
    /// What the original is called in the archive.
    pub original: FileId,
    /// Its media type.
    pub media_type: String,
    /// Its size, in bytes.
    pub size_bytes: i64,
    /// What everyone may read; `None` while it is not ready.
    pub text: Option<PublicText>,
}

/// The text that everyone may read.
#[derive(Clone, Debug)]
pub struct PublicText {
    /// The text.
    pub text: String,
    /// What was left out of it, one for each kind.
    pub redactions: Vec<pb::Redaction>,
    /// Who examined it for secrets.
    pub secrecy_reviewer: String,
}

impl PublicText {
    /// What it is called in the archive.
    pub fn file(&self) -> FileId {
        FileId::of(self.text.as_bytes())
    }
}

/// Lines of a text that must not be public, each with what is wrong; the first twenty. A number that is broken between two lines, as the
/// texts of scans are, is named by the first of them.
pub fn problems_of(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().zip(text.lines().skip(1).chain([""]));
    let problems = lines.enumerate().filter_map(|(at, (line, next))| {
        Some((at, problem_of(line).or_else(|| problem_across(line, next))?))
    });
    problems.take(MOST_LINES).map(|(at, problem)| format!("line {}: seems to hold {problem}", at + 1))
}

/// Whether a text holds the number of a decision, however it is written: whole, and not as a part of a longer number. Digits that a blank or
/// the end of a line keeps apart are not one number.
pub fn names(text: &str, number: &str) -> bool {
    let Ok(number) = DocumentNumber::parse(number) else { return false };
    let (key, mut joined, mut gaps) = (number.key(), String::new(), Vec::new());
    for word in text.split_whitespace() {
        joined.push_str(&document_key(word));
        gaps.push(joined.len());
    }
    let digit = |character: char| character.is_ascii_digit();
    let ends_at = |at: usize| {
        let goes_on = joined[..at].ends_with(digit) && joined[at..].starts_with(digit);
        !goes_on || gaps.binary_search(&at).is_ok()
    };
    let mut found = joined.char_indices().filter(|(at, _)| joined[*at..].starts_with(key.as_str()));
    found.any(|(at, _)| ends_at(at) && ends_at(at + key.len()))
}

fn problem_of(line: &str) -> Option<&'static str> {
    match without_personal_numbers(line) {
        Err(PersonalNumber::Telephone) => Some("a telephone number"),
        Err(PersonalNumber::IdentityCard) => Some(IDENTITY),
        Ok(()) => holds_account(line).then_some(ACCOUNT),
    }
}

/// What begins in a line and ends in the next. No telephones: figures of a table that stand below each other may look like one, while an
/// identity number has its check, and an account its word.
fn problem_across(line: &str, next: &str) -> Option<&'static str> {
    if next.is_empty() || problem_of(next).is_some() {
        return None;
    }
    let both = format!("{}{}", line.trim_end(), next.trim_start());
    match without_personal_numbers(&both) {
        Err(PersonalNumber::IdentityCard) => Some(IDENTITY),
        Err(PersonalNumber::Telephone) | Ok(()) => holds_account(&both).then_some(ACCOUNT),
    }
}

fn holds_account(line: &str) -> bool {
    let follows =
        |word: &str| line.split(word).skip(1).any(|behind| longest_number(behind) >= ACCOUNT_DIGITS);
    ACCOUNT_WORDS.into_iter().any(follows)
}

/// Digits of the longest number that begins near, with single blanks in it, the hyphens of a card, or nothing.
fn longest_number(text: &str) -> usize {
    // `group`: its digits since the last gap.
    let (mut longest, mut digits, mut group, mut gap) = (0, 0, 0, false);
    for character in text.chars().take(NEAR) {
        match character {
            '0'..='9' | '０'..='９' => {
                group = if gap { 1 } else { group + 1 };
                (digits, gap) = (digits + 1, false);
            }
            ' ' | '　' if digits > 0 && !gap => gap = true,
            '-' | '－' if group == CARD_GROUP && !gap => gap = true,
            _ => (digits, group, gap) = (0, 0, false),
        }
        longest = longest.max(digits);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_in_a_text_is_named_by_its_line() {
        let text = "当事人：济南某某食品有限公司\n法定代表人电话：13800138000\n身份证号11010519491231002X\n\
                    收款账号：3700 1616 8088 0500 1234";
        let found: Vec<_> = problems_of(text).collect();
        assert_eq!(
            found,
            [
                "line 2: seems to hold a telephone number",
                "line 3: seems to hold an identity number",
                "line 4: seems to hold the number of an account",
            ]
        );
    }

    #[test]
    fn a_number_that_is_broken_between_two_lines_is_named_by_the_first() {
        let text = "身份证号1101051949\n  1231002X\n收款账号：\n3700161680880500\n汇至账户 3700\n1616 8088";
        let found: Vec<_> = problems_of(text).collect();
        assert_eq!(
            found,
            [
                "line 1: seems to hold an identity number",
                "line 3: seems to hold the number of an account",
                "line 5: seems to hold the number of an account",
            ]
        );
        assert_eq!(problems_of("货值\n13800\n138000\n当事人账户\n2026-03-02").count(), 0);
    }

    #[test]
    fn the_number_of_a_card_is_seen_with_hyphens_and_days_and_ranges_are_not() {
        assert_eq!(problems_of("卡号：6222-0212-3456-7890").count(), 1);
        for line in ["账户于2026-03-02 2026-03-05收款", "账户每月收入10000-20000元", "账户1000-2000元"]
        {
            assert_eq!(problems_of(line).count(), 0, "{line}");
        }
    }

    #[test]
    fn ordinary_lines_of_a_decision_are_public() {
        for line in [
            "行政处罚决定书 济市监处罚〔2026〕88号",
            "统一社会信用代码：91370102MA3C00011F",
            "联系方式：（略）　收款账号：（略）",
            "当事人账户于2026年3月2日收到货款13800.00元，2026-03-02 至 2026-03-05 分三次支取",
            "本局地址：济南市历下区某路1号",
        ] {
            assert_eq!(problems_of(line).count(), 0, "{line}");
        }
    }

    #[test]
    fn no_more_lines_are_named_than_somebody_reads() {
        assert_eq!(problems_of(&"电话13800138000\n".repeat(100)).count(), MOST_LINES);
    }

    #[test]
    fn a_text_names_its_decision_however_the_number_is_written() {
        let text = "济南市市场监督管理局\n行政处罚决定书\n济市监处罚 ﹝2026﹞ 88 号";
        assert!(names(text, "济市监处罚〔2026〕88号"));
        assert!(!names(text, "济市监处罚〔2026〕8号"));
    }

    #[test]
    fn a_number_within_a_longer_one_is_not_the_number_of_the_decision() {
        for (text, number) in [
            ("济罚字第12号", "1"),
            ("济罚字第12号", "2"),
            ("济罚字第１２号", "1"),
            ("文号：2026-12", "2026-1"),
            ("文号：12026-1", "2026-1"),
            ("济市监处罚〔2026〕1号", "2026-1"),
        ] {
            assert!(!names(text, number), "{text} {number}");
        }
        for (text, number) in [
            ("济罚字第1号，货值12元", "1"),
            ("文号：2026-1\n2026年3月2日", "2026-1"),
            ("2026年3月2日 2026-1 号", "2026-1"),
            ("见21-1-1", "1-1"),
        ] {
            assert!(names(text, number), "{text} {number}");
        }
    }

    #[test]
    fn names_have_one_spelling() {
        let record = NaturalId::of("record", &["x"]);
        let name = format!("records/{record}/documents/1");
        assert_eq!(DocumentName::parse(&name).unwrap().to_string(), name);
        for other in ["0", "-1", "01", "+1", "x", ""] {
            assert!(DocumentName::parse(&format!("records/{record}/documents/{other}")).is_err(), "{other}");
        }
    }
}
