use super::*;
use proptest::prelude::*;

fn division(text: &str) -> DivisionCode {
    DivisionCode::parse(text).unwrap()
}

#[test]
fn jinan_has_ten_districts_two_counties_and_its_zones() {
    let count = |kind| DivisionCode::known().filter(|code| code.kind() == kind).count();
    assert_eq!((count(DivisionKind::District), count(DivisionKind::County)), (10, 2));
    assert_eq!(division("370102").name_zh(), Some("历下区"));
    assert_eq!(division("370126").name_zh(), Some("商河县"));
    for zone in ["JN-GX", "JN-QBQ", "JN-NBSQ"] {
        assert_eq!(division(zone).kind(), DivisionKind::Zone);
    }
}

#[test]
fn abolished_codes_name_their_successor_and_last_year() {
    for (code, successor, year) in [
        ("370123", "370113", 2001),
        ("370125", "370115", 2018),
        ("370181", "370114", 2016),
        ("371200", "370100", 2018),
        ("371202", "370116", 2018),
        ("371203", "370117", 2018),
    ] {
        let code = division(code);
        assert_eq!(code.successor(), Some(division(successor)), "{code}");
        assert_eq!((code.last_year(), code.kind()), (Some(year), DivisionKind::Abolished));
    }
    assert_eq!(division("370114").successor(), None);
}

#[test]
fn a_code_is_in_force_from_its_first_year_to_its_last_and_its_successor_from_then_on() {
    let on = |code: &str, day: &str| division(code).in_force_on(crate::parse_date(day).unwrap());
    assert!(on("370181", "2016-12-31") && !on("370181", "2017-01-01"));
    assert!(!on("370114", "2016-12-31") && on("370114", "2017-01-01"));
    assert!(on("371202", "2018-12-31") && on("370116", "2019-01-01") && !on("370116", "2018-12-31"));
    assert!(on("370102", "1990-01-01") && on("370100", "2026-01-01"));
    assert!(on("JN-GX", "2021-09-27") && !on("370171", "2021-09-27"), "statistics' code is nobody's address");
    for code in DivisionCode::known().filter(|code| code.kind() == DivisionKind::Abolished) {
        let (successor, last) = (code.successor().unwrap(), code.last_year().unwrap());
        assert!(successor.first_year().is_none_or(|first| first == last + 1), "{code} leaves a gap");
    }
}

#[test]
fn the_table_refers_only_to_itself_and_ends_at_the_province() {
    for code in DivisionCode::known() {
        assert!(division("370000").covers(&code), "{code}");
        for related in [code.parent(), code.successor()].into_iter().flatten() {
            assert!(related.row().is_some(), "{code} names {related}");
        }
        assert!(!code.successor().is_some_and(|next| next.kind() == DivisionKind::Abolished), "{code}");
    }
}

#[test]
fn the_city_covers_its_districts_zones_and_former_codes() {
    for code in ["370100", "370102", "370126", "JN-GX", "JN-LWGX", "370181", "371202", "370171"] {
        assert!(division("370100").covers(&division(code)), "{code}");
    }
    assert!(!division("370100").covers(&division("370202")));
    assert!(!division("370100").covers(&division("370000")));
}

#[test]
fn a_district_covers_itself_its_zone_and_its_former_codes_only() {
    let zhangqiu = division("370114");
    assert!(zhangqiu.covers(&zhangqiu) && zhangqiu.covers(&division("370181")));
    assert!(!zhangqiu.covers(&division("370115")) && !zhangqiu.covers(&division("JN-GX")));
    assert!(division("370116").covers(&division("JN-LWGX")));
}

#[test]
fn a_zone_covers_only_itself_whatever_code_statistics_use() {
    let zone = division("JN-GX");
    assert!(zone.covers(&zone) && zone.covers(&division("370171")));
    assert!(!zone.covers(&division("370102")) && !zone.covers(&division("370100")));
}

#[test]
fn an_abolished_code_covers_what_lay_in_it_and_not_what_its_successor_covers() {
    assert!(division("371200").covers(&division("371203")));
    assert!(!division("371200").covers(&division("370117")));
    assert!(!division("371200").covers(&division("370102")));
}

#[test]
fn a_place_outside_jinan_is_accepted_by_form_and_covered_by_its_own_province() {
    let yantai = division("370602");
    assert_eq!((yantai.kind(), yantai.name_zh()), (DivisionKind::Foreign, None));
    assert!(division("370000").covers(&yantai) && division("370600").covers(&yantai));
    assert!(!division("110000").covers(&yantai));
    assert_eq!(division("310115").parent(), Some(division("310100")));
}

#[test]
fn unknown_zones_unknown_codes_of_jinan_and_unknown_provinces_are_refused() {
    assert_eq!(DivisionCode::parse("JN-XX"), Err(InvalidDivisionCode::UnknownZone { code: "JN-XX".into() }));
    let unknown = DivisionCode::parse("370199");
    assert_eq!(unknown, Err(InvalidDivisionCode::UnknownInJinan { code: "370199".into() }));
    let nowhere = DivisionCode::parse("990100");
    assert_eq!(nowhere, Err(InvalidDivisionCode::UnknownProvince { code: "990100".into() }));
    for text in ["", "3701", "3701020", "37010A", "历下区"] {
        assert!(matches!(DivisionCode::parse(text), Err(InvalidDivisionCode::Format { .. })), "{text}");
    }
}

#[test]
fn codes_are_cleared_before_they_are_read() {
    assert_eq!(division(" ｊｎ－gx ").as_str(), "JN-GX");
    assert_eq!(division("３７０１０２").as_str(), "370102");
}

proptest! {
    #[test]
    fn covering_is_reflexive_and_goes_upwards(code in "(1[1-5]|2[1-3]|3[1-6]|4[1-6])[0-9]{4}") {
        let place = division(&code);
        prop_assert!(place.covers(&place));
        if let Some(parent) = place.parent() {
            prop_assert!(parent.covers(&place));
            prop_assert!(parent == place || !place.covers(&parent));
        }
    }

    #[test]
    fn any_text_is_a_division_that_prints_as_it_is_read_or_none(text in "([0-9０-９]{5,7}|JN-[A-Z]{1,5}|.{0,12})") {
        if let Ok(code) = DivisionCode::parse(&text) {
            prop_assert_eq!(DivisionCode::parse(code.as_str()), Ok(code));
        }
    }
}
