//! In which province a party is registered: other provinces publish of their own parties what is decided here.

use domain::{DivisionCode, Uscc};

/// First digits of codes that the national registration authority gave out: they name no province.
const NATIONAL: &str = "10";

/// The outermost division that a division lies in.
fn province(division: &DivisionCode) -> DivisionCode {
    let mut outermost = division.clone();
    while let Some(parent) = outermost.parent() {
        outermost = parent;
    }
    outermost
}

/// Whether two divisions lie in different provinces.
pub fn is_elsewhere(home: &DivisionCode, division: &DivisionCode) -> bool {
    province(home) != province(division)
}

/// Division in which a party is registered, where that is one of another province than `division`; `None` otherwise. It is what the
/// registry tells; for a party that the registry does not know, the division of the authority that gave out its credit code (GB 32100:
/// the third to the eighth character), which a party keeps when it moves. A code may name no province.
pub fn registered_elsewhere(
    known: Option<DivisionCode>,
    uscc: &Uscc,
    division: &DivisionCode,
) -> Option<DivisionCode> {
    let by_code = || {
        let home = DivisionCode::parse(&uscc.as_str()[2..8]).ok()?;
        (!home.as_str().starts_with(NATIONAL)).then_some(home)
    };
    known.or_else(by_code).filter(|home| is_elsewhere(home, division))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_another_province_names_a_home_elsewhere() {
        let jinan = DivisionCode::parse("370102").unwrap();
        let home = |prefix: &str| {
            let uscc = Uscc::compose(prefix, "MA000001").unwrap();
            registered_elsewhere(None, &uscc, &jinan).map(|home| home.to_string())
        };
        assert_eq!(home("91320102"), Some("320102".to_owned()));
        assert_eq!(home("91370202"), None, "another city of the province");
        assert_eq!(home("91100000"), None, "registered by the national authority");
    }

    #[test]
    fn what_the_registry_tells_goes_before_the_code() {
        let division = |code: &str| DivisionCode::parse(code).unwrap();
        let uscc = |prefix: &str| Uscc::compose(prefix, "MA000001").unwrap();
        let home = |known: &str, prefix: &str| {
            registered_elsewhere(Some(division(known)), &uscc(prefix), &division("370102"))
        };
        assert_eq!(home("370112", "91320102"), None, "it has moved here");
        assert_eq!(home("320102", "91370102"), Some(division("320102")), "it has moved away");
    }
}
