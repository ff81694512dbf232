//! The directory of inspectors (执法检查人员名录库).

use std::fmt;

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, OfficeCode, Uscc};

/// The code set of relations that keep an inspector away.
pub const RELATION_SET: &str = "recusal_relation";
/// Longest number of an inspector, in characters.
const LONGEST_NO: usize = 20;

/// The number of an inspector in the directory, such as `JN0001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InspectorNo(String);

/// Why a text is not the number of an inspector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {LONGEST_NO} characters of A-Z and 0-9")]
pub struct InvalidInspectorNo;

impl InspectorNo {
    /// Reads a number.
    ///
    /// # Errors
    /// [`InvalidInspectorNo`].
    pub fn parse(text: &str) -> Result<Self, InvalidInspectorNo> {
        let allowed = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if allowed && (1..=LONGEST_NO).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidInspectorNo)
        }
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InspectorNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An inspector as the directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspector {
    /// Number in the directory.
    pub no: InspectorNo,
    /// Office.
    pub office: OfficeCode,
    /// Key fields of the enforcement certificate, sorted, at least one.
    pub fields: Vec<FieldCode>,
    /// Divisions in which the inspector works, each with all below it; sorted, at least one.
    pub divisions: Vec<DivisionCode>,
    /// Most visits in one task, at least 1.
    pub cap: u32,
    /// Last day of the enforcement certificate.
    pub certificate_valid_to: NaiveDate,
    /// Whether the inspector may be drawn.
    pub available: bool,
}

impl Inspector {
    /// Whether the inspector can be drawn for a task of `field` whose draw is on `day`: available, with a certificate of the
    /// field that is still valid then (order 49 art 23, order 57 art 19).
    pub fn can_be_drawn(&self, field: &FieldCode, day: NaiveDate) -> bool {
        self.available && self.certificate_valid_to >= day && self.fields.contains(field)
    }
}

/// An inspector may not inspect an enterprise (回避).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recusal {
    /// The inspector.
    pub inspector_no: InspectorNo,
    /// The enterprise.
    pub uscc: Uscc,
    /// Code of the set [`RELATION_SET`]; stays in the house.
    pub relation: String,
    /// In words; stays in the house.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inspector_is_drawn_only_when_available_and_certified_on_the_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let inspector = Inspector {
            no: InspectorNo::parse("JN0001").unwrap(),
            office: OfficeCode::parse("FOOD_PROD").unwrap(),
            fields: vec![FieldCode::parse("FOOD").unwrap()],
            divisions: vec![DivisionCode::parse("370100").unwrap()],
            cap: 20,
            certificate_valid_to: day("2026-12-01"),
            available: true,
        };
        let food = FieldCode::parse("FOOD").unwrap();
        assert!(inspector.can_be_drawn(&food, day("2026-12-01")));
        assert!(!inspector.can_be_drawn(&food, day("2026-12-02")));
        assert!(!inspector.can_be_drawn(&FieldCode::parse("SE").unwrap(), day("2026-12-01")));
        assert!(!Inspector { available: false, ..inspector }.can_be_drawn(&food, day("2026-12-01")));
    }

    #[test]
    fn numbers_hold_capital_letters_and_digits_only() {
        for other in ["", "jn1", "JN-1", "JN 1", "济南1", "123456789012345678901"] {
            assert!(InspectorNo::parse(other).is_err(), "{other}");
        }
    }
}
