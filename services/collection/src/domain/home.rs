//! In which province a party is registered: other provinces publish of their own parties what is decided here (order 45 art 10). And
//! what lies in this city.

use domain::{DivisionCode, DivisionKind, Uscc};

use super::{Kind, NewRecord};

/// The province of this city.
const PROVINCE: &str = "370000";
/// First digits of the codes of this city's districts and counties.
const CITY: &str = "3701";
/// First digits of codes that the national registration authority gave out: they name no province.
const NATIONAL: &str = "10";

/// Whether a division lies in another province.
pub fn is_elsewhere(division: &DivisionCode) -> bool {
    DivisionCode::parse(PROVINCE).is_ok_and(|province| !province.covers(division))
}

/// Whether a division is one of the city's, whose offices see what lies there. What lies outside belongs to none of them, which hides
/// it from nobody: else what the city collects of others, and nobody has matched yet, would be seen by nobody.
pub fn is_here(division: &DivisionCode) -> bool {
    !matches!(division.kind(), DivisionKind::Foreign | DivisionKind::Province)
}

/// The code of such a division; empty for any other.
pub fn here(code: &str) -> &str {
    // Nearly all are, and show it by their first digits.
    let is_here = code.is_empty()
        || code.starts_with(CITY)
        || DivisionCode::parse(code).is_ok_and(|division| is_here(&division));
    if is_here { code } else { "" }
}

/// The division of another province whose authority gave out a credit code; `None` where that was an authority of this province, or one
/// that names none. A party keeps its code when it moves: it may be registered here all the same.
pub fn by_code(uscc: &Uscc) -> Option<DivisionCode> {
    let division = DivisionCode::parse(uscc.registering_division()).ok()?;
    (!division.as_str().starts_with(NATIONAL) && is_elsewhere(&division)).then_some(division)
}

/// Where the party of a penalty that was decided in this province is registered by its code, when that is another province.
pub fn of_penalty(new: &NewRecord) -> Option<DivisionCode> {
    if new.kind != Kind::Penalty || new.division.as_ref().is_some_and(is_elsewhere) {
        return None;
    }
    new.uscc.as_ref().and_then(by_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_another_province_names_it_and_one_of_this_province_or_of_the_national_authority_does_not() {
        let home = |prefix: &str| {
            by_code(&Uscc::compose(prefix, "MA000001").unwrap()).map(|division| division.to_string())
        };
        assert_eq!(home("91320102"), Some("320102".to_owned()));
        assert_eq!(home("91370202"), None, "another city of the province");
        assert_eq!(home("91100000"), None, "the national authority");
    }

    #[test]
    fn what_lies_outside_the_city_belongs_to_none_of_its_divisions() {
        for code in DivisionCode::known().filter(|known| known.kind() != DivisionKind::Province) {
            assert_eq!(here(code.as_str()), code.as_str());
        }
        for outside in ["370000", "370202", "110105", ""] {
            assert_eq!(here(outside), "", "{outside}");
        }
    }

    #[test]
    fn zones_of_the_city_lie_in_this_province() {
        assert!(DivisionCode::known().all(|division| !is_elsewhere(&division)));
        assert!(is_elsewhere(&DivisionCode::parse("110000").unwrap()));
    }
}
