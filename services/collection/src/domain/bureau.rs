//! The bureaus by their names: who is named as the authority of a check that a service of this system tells of.

use std::iter::successors;

use chrono::NaiveDate;
use domain::{DivisionCode, DivisionKind};
use rulebook::Rulebook;
use service::machine::Office;

/// Set of the bureaus: each code is the division of one, the label its name.
const BUREAUS: &str = "bureau";

/// Name of the bureau that `office` belongs to when it acts on what lies in `division` on a day: that of the district for an officer of
/// one, else that of the city. `None` where the rulebook names none: nothing takes the place of a name that was not supplied.
pub fn bureau_of<'b>(
    book: &'b Rulebook,
    office: &str,
    division: &DivisionCode,
    on: NaiveDate,
) -> Option<&'b str> {
    let of_district = office == Office::DISTRICT.code();
    let above = |place: &DivisionCode| place.successor().or_else(|| place.parent());
    let place = successors(Some(division.clone()), above).find(|place| match of_district {
        true => place.successor().is_none(),
        false => place.kind() == DivisionKind::City,
    })?;
    book.code(BUREAUS, place.as_str(), on).map(|bureau| bureau.label_zh.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_district_acts_as_its_own_bureau_and_every_other_office_as_that_of_the_city() {
        let book = Rulebook::builtin();
        let named = |office: &str, division: &str, on: &str| {
            let (division, on) = (DivisionCode::parse(division).unwrap(), domain::parse_date(on).unwrap());
            bureau_of(&book, office, &division, on)
        };
        let city = Some("济南市市场监督管理局");
        for (office, division, expected) in [
            ("DISTRICT", "370102", Some("济南市历下区市场监督管理局")),
            ("FOOD_PROD", "370102", city),
            // A code that was given up stands for the division that took its place.
            ("DISTRICT", "370181", Some("济南市章丘区市场监督管理局")),
            ("SE_SUPERV", "JN-LWGX", city),
            // The name of a zone's bureau was not supplied, and no other takes its place.
            ("DISTRICT", "JN-GX", None),
            ("FOOD_PROD", "370600", None),
        ] {
            assert_eq!(named(office, division, "2026-02-27"), expected, "{office} {division}");
        }
        assert_eq!(named("FOOD_PROD", "370102", "2018-12-31"), None, "the bureau was founded later");
        assert_eq!(named("FOOD_PROD", "370102", "2019-01-01"), city);
    }
}
