//! Food production licence numbers: `SC` and 14 digits.

use super::InvalidLicenceNumber;
use crate::{division::DivisionCode, province};

const LENGTH: usize = 16;
const DIGITS: &str = "digits follow SC";

/// A food production licence number: `SC`, 1 for food or 2 for an additive, category (2), division of the production
/// site (6), serial (4), check digit by MOD 11,10 of GB/T 17710.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoodLicence(String);

impl FoodLicence {
    /// `number` is cleared and begins with `SC`.
    pub(super) fn parse(number: &str) -> Result<Self, InvalidLicenceNumber> {
        let (digits, check) = thirteen_and_check(number)?;
        check_category(digits)?;
        if !province::is_known(&digits[3..]) {
            return Err(InvalidLicenceNumber::Province { found: digits[3..5].to_owned() });
        }
        let expected = check_digit(digits);
        if check == expected {
            Ok(Self(number.to_owned()))
        } else {
            Err(InvalidLicenceNumber::CheckDigit { expected, found: check })
        }
    }

    pub(super) fn compose(
        additive: bool,
        category: u8,
        site_division: &str,
        serial: u16,
    ) -> Result<Self, InvalidLicenceNumber> {
        let kind = if additive { 2 } else { 1 };
        let digits = format!("{kind}{category:02}{site_division}{serial:04}");
        // A part out of bounds shows as a wrong length, category or character when the whole is read.
        let check = if digits.bytes().all(|byte| byte.is_ascii_digit()) { check_digit(&digits) } else { '0' };
        Self::parse(&format!("SC{digits}{check}"))
    }

    /// The number, 16 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a licence for food additives.
    pub fn is_additive(&self) -> bool {
        self.0.as_bytes()[2] == b'2'
    }

    /// Category of the main product: 1 to 31 for food, 1 to 3 for an additive. Other categories of the holder stand
    /// in the licence details only.
    pub fn category(&self) -> u8 {
        self.0[3..5].parse().expect("the category of a valid number is two digits")
    }

    /// Division of the production site; `None` where development zones number by codes that are no GB division.
    pub fn site_division(&self) -> Option<DivisionCode> {
        DivisionCode::parse(&self.0[5..11]).ok()
    }

    pub(super) fn sub_kinds(&self) -> &'static [&'static str] {
        match (self.is_additive(), self.category()) {
            (true, _) => &["FoodAdditive"],
            (false, 27) => &["HealthFood"],
            (false, 28) => &["FsmpFood"],
            (false, 29) => &["InfantFormula"],
            (false, _) => &["OrdinaryFood"],
        }
    }
}

fn thirteen_and_check(number: &str) -> Result<(&str, char), InvalidLicenceNumber> {
    for (index, found) in number.chars().enumerate().skip(2).take(LENGTH - 2) {
        if !found.is_ascii_digit() {
            return Err(InvalidLicenceNumber::Character { position: index + 1, found, expected: DIGITS });
        }
    }
    let found = number.chars().count();
    match (found, number.get(2..LENGTH - 1), number.chars().next_back()) {
        (LENGTH, Some(digits), Some(check)) => Ok((digits, check)),
        _ => Err(InvalidLicenceNumber::Length { expected: LENGTH, found }),
    }
}

fn check_category(digits: &str) -> Result<(), InvalidLicenceNumber> {
    let known = match (&digits[..1], digits[1..3].parse::<u8>()) {
        ("1", Ok(category)) => (1..=31).contains(&category),
        ("2", Ok(category)) => (1..=3).contains(&category),
        _ => false,
    };
    if known { Ok(()) } else { Err(InvalidLicenceNumber::Category { found: digits[..3].to_owned() }) }
}

/// MOD 11,10 of GB/T 17710 over a text of digits.
fn check_digit(digits: &str) -> char {
    let product = digits.bytes().fold(10, |product, digit| {
        let sum = (product + u32::from(digit - b'0')) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    char::from(b'0' + ((11 - product) % 10) as u8)
}
