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

/// Division of the authority that registered a party, by its credit code (GB 32100: the third to the eighth character), where that is
/// one of another province than `division`; `None` otherwise, and where the code names no province.
pub fn registered_elsewhere(uscc: &Uscc, division: &DivisionCode) -> Option<DivisionCode> {
    let home = DivisionCode::parse(&uscc.as_str()[2..8]).ok()?;
    let of_a_province = !home.as_str().starts_with(NATIONAL);
    (of_a_province && is_elsewhere(&home, division)).then_some(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_another_province_names_a_home_elsewhere() {
        let jinan = DivisionCode::parse("370102").unwrap();
        let home = |prefix: &str| {
            let uscc = Uscc::compose(prefix, "MA000001").unwrap();
            registered_elsewhere(&uscc, &jinan).map(|home| home.to_string())
        };
        assert_eq!(home("91320102"), Some("320102".to_owned()));
        assert_eq!(home("91370202"), None, "another city of the province");
        assert_eq!(home("91100000"), None, "registered by the national authority");
    }
}
