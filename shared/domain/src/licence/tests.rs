use super::*;
use crate::DivisionCode;
use proptest::prelude::*;

fn number(text: &str) -> LicenceNumber {
    LicenceNumber::parse(text).unwrap()
}

#[test]
fn food_numbers_found_in_public_data_pass_the_check() {
    for digits in [
        "11464010500015",
        "11333019700024",
        "11837048101233",
        "11834020305037",
        "12636098200051",
        "11532139200465",
        "12434017430075",
        "11432010400101",
    ] {
        assert_eq!(number(&format!("SC{digits}")).field(), "FOOD");
    }
}

#[test]
fn synthetic_food_numbers_of_jinan_name_their_sub_kind() {
    for (text, sub_kind) in [
        ("SC10137010200018", "OrdinaryFood"),
        ("SC12737011400238", "HealthFood"),
        ("SC12937012400019", "InfantFormula"),
        ("SC20137011600076", "FoodAdditive"),
    ] {
        assert_eq!(number(text).sub_kind(), Some(sub_kind), "{text}");
    }
}

#[test]
fn every_food_category_belongs_to_one_sub_kind() {
    for category in 1..=31 {
        let expected = match category {
            27 => "HealthFood",
            28 => "FsmpFood",
            29 => "InfantFormula",
            _ => "OrdinaryFood",
        };
        let licence = LicenceNumber::compose_food(false, category, "370102", 1).unwrap();
        assert_eq!(licence.sub_kind(), Some(expected), "{category}");
    }
    for category in 1..=3 {
        let licence = LicenceNumber::compose_food(true, category, "370102", 1).unwrap();
        assert_eq!(licence.sub_kind(), Some("FoodAdditive"));
    }
}

#[test]
fn the_parts_of_a_food_number_are_read() {
    let LicenceNumber::Food(licence) = number("SC12737011400238") else { panic!("a food licence") };
    assert_eq!((licence.is_additive(), licence.category()), (false, 27));
    assert_eq!(licence.site_division(), DivisionCode::parse("370114").ok());
}

#[test]
fn a_site_numbered_by_a_code_that_is_no_division_keeps_its_number() {
    let LicenceNumber::Food(licence) = LicenceNumber::compose_food(false, 1, "370191", 7).unwrap() else {
        panic!("a food licence")
    };
    assert_eq!(licence.site_division(), None);
}

#[test]
fn wrong_food_numbers_are_refused_with_the_place() {
    let refused = |text: &str| LicenceNumber::parse(text).unwrap_err();
    assert_eq!(
        refused("SC10137010200019").to_string(),
        "position 16: the check digit is 9, the 13 before it need 8"
    );
    assert!(matches!(
        refused("SC1013701O200018"),
        InvalidLicenceNumber::Character { position: 10, found: 'O', .. }
    ));
    assert_eq!(refused("SC1013701020001"), InvalidLicenceNumber::Length { expected: 16, found: 15 });
    assert_eq!(refused("SC101370102000188"), InvalidLicenceNumber::Length { expected: 16, found: 17 });
    assert_eq!(refused("SC30137010200018"), InvalidLicenceNumber::Category { found: "301".into() });
    assert_eq!(refused("SC10099010200018"), InvalidLicenceNumber::Category { found: "100".into() });
    assert_eq!(refused("SC13237010200018"), InvalidLicenceNumber::Category { found: "132".into() });
    assert_eq!(refused("SC20437010200018"), InvalidLicenceNumber::Category { found: "204".into() });
    assert_eq!(refused("SC10199010200018"), InvalidLicenceNumber::Province { found: "99".into() });
    assert!(matches!(refused("QS370112345678"), InvalidLicenceNumber::Kind { .. }));
    assert!(matches!(refused(""), InvalidLicenceNumber::Kind { .. }));
}

#[test]
fn equipment_numbers_are_read_with_kind_and_year() {
    for (text, kind, year) in
        [("TS2210890-2015", 2, 2015), ("TS2223010-2015", 2, 2015), ("TS3337A01-2028", 3, 2028)]
    {
        let LicenceNumber::Equipment(licence) = number(text) else { panic!("an equipment licence") };
        assert_eq!((licence.as_str(), licence.kind(), licence.expiry_year()), (text, kind, year));
        assert_eq!(number(text).field(), "SE");
    }
}

#[test]
fn the_kind_digit_names_the_sub_kind_or_leaves_several_open() {
    for (text, only, possible) in [
        ("TS1210001-2028", Some("SeDesign"), 1),
        ("TS2210001-2028", Some("SeManufacture"), 1),
        ("TS3237001-2028", None, 3),
        ("TS4237001-2028", Some("SeCylinderFilling"), 1),
        ("TS6237001-2028", None, 0),
        ("TS7237001-2028", None, 2),
        ("TS9237001-2028", Some("SeMobileVesselFilling"), 1),
    ] {
        let licence = number(text);
        assert_eq!((licence.sub_kind(), licence.possible_sub_kinds().len()), (only, possible), "{text}");
    }
}

#[test]
fn wrong_equipment_numbers_are_refused_with_the_place() {
    for (text, position) in [
        ("TS0210890-2015", 3),
        ("TS2A10890-2015", 4),
        ("TS22108*0-2015", 8),
        ("TS22108902015", 10),
        ("TS2210890-1999", 11),
        ("TS2210890-2115", 12),
        ("TS2210890-20X5", 13),
    ] {
        let refused = LicenceNumber::parse(text).unwrap_err();
        assert!(
            matches!(refused, InvalidLicenceNumber::Character { position: p, .. } if p == position),
            "{text}: {refused}"
        );
    }
    let short = LicenceNumber::parse("TS2210890-201");
    assert_eq!(short, Err(InvalidLicenceNumber::Length { expected: 14, found: 13 }));
}

#[test]
fn full_width_lower_case_and_word_processor_dashes_are_cleared() {
    assert_eq!(number(" ｔｓ2210890—2015 ").as_str(), "TS2210890-2015");
    assert_eq!(number("ts2210890－2015").as_str(), "TS2210890-2015");
    assert_eq!(number("sc１0137010200018").as_str(), "SC10137010200018");
}

#[test]
fn one_number_has_one_key_however_it_is_written_whether_it_has_a_known_form_or_not() {
    for text in ["TS2210890-2015", "　ＴＳ２２１０８９０－２０１５\t", "ts2210890—2015"] {
        assert_eq!(licence_key(text), number(text).as_str(), "{text}");
    }
    for text in ["鲁DA5310001", " 鲁ｄａ５３１０００１"] {
        assert_eq!(licence_key(text), "鲁DA5310001", "{text}");
    }
}

#[test]
fn parts_out_of_bounds_are_refused_by_the_composers() {
    assert!(LicenceNumber::compose_food(false, 32, "370102", 1).is_err());
    assert!(LicenceNumber::compose_food(false, 1, "37010", 1).is_err());
    assert!(LicenceNumber::compose_food(false, 1, "济南", 1).is_err());
    assert!(LicenceNumber::compose_food(false, 1, "370102", 10_000).is_err());
    assert!(LicenceNumber::compose_se(0, 2, 37, 1, 2028).is_err());
    assert!(LicenceNumber::compose_se(2, 2, 37, 1_000, 2028).is_err());
    assert!(LicenceNumber::compose_se(2, 2, 37, 1, 1999).is_err());
}

proptest! {
    #[test]
    fn composed_food_numbers_parse_and_any_changed_digit_is_refused(
        category in 1..=31u8, county in 1..=99u8, serial in 0..=9_999u16, at in 2..16usize, to in 0..10u8,
    ) {
        let licence = LicenceNumber::compose_food(false, category, &format!("3706{county:02}"), serial).unwrap();
        prop_assert_eq!(&number(licence.as_str()), &licence);
        let mut changed = licence.as_str().as_bytes().to_vec();
        prop_assume!(changed[at] != b'0' + to);
        changed[at] = b'0' + to;
        prop_assert!(LicenceNumber::parse(std::str::from_utf8(&changed).unwrap()).is_err());
    }

    #[test]
    fn composed_equipment_numbers_parse(
        kind in 1..=9u8, equipment in 0..=9u8, serial in 0..=999u16, year in 2000..=2099u16,
    ) {
        let licence = LicenceNumber::compose_se(kind, equipment, 37, serial, year).unwrap();
        prop_assert_eq!(&number(licence.as_str()), &licence);
    }

    #[test]
    fn any_text_is_a_number_or_refused_with_a_place_within_it(text in "[ 　]{0,2}(SC|TS|ＳＣ|ts)?([0-9Ａ-Ｚ-]{0,16}|.{0,20})") {
        match LicenceNumber::parse(&text) {
            Ok(number) => prop_assert_eq!(LicenceNumber::parse(number.as_str()), Ok(number)),
            Err(InvalidLicenceNumber::Character { position, .. }) => {
                prop_assert!((1..=text.chars().count()).contains(&position));
            }
            Err(_) => {}
        }
    }
}
