//! The general model, version 2: five national families of indicators. And version 1 before the day of the national model.

use chrono::NaiveDate;

use crate::golden::facts::*;

const TODAY: &str = "2026-03-31";

fn today() -> NaiveDate {
    day(TODAY)
}

/// The day so many days before today.
fn ago(days: i64) -> NaiveDate {
    shifted(today(), -days)
}

/// Last day that lies outside of a window of so many years, and the first one inside.
fn edge(years: u32) -> (NaiveDate, NaiveDate) {
    let outside = years_before(today(), years);
    (outside, shifted(outside, 1))
}

/// What facts add to the points of an enterprise without any, in points.
#[track_caller]
fn adds(facts: &[Fact], points: f64) {
    let old = enterprise(day("2005-01-01"), "InOperation");
    let all: Vec<_> = facts.iter().cloned().chain([old.clone()]).collect();
    let added = general_points(today(), &all) - general_points(today(), &[old]);
    #[allow(clippy::cast_possible_truncation, reason = "points are small")]
    let expected = (points * 100.0).round() as i64;
    assert_eq!(added, expected);
}

#[test]
fn the_five_national_families_are_its_dimensions_and_each_has_an_indicator_that_evidence_feeds() {
    let models = models(None);
    let model = models.by_key("general@2").unwrap();
    let labels: Vec<_> = model.dimensions.iter().map(|dimension| dimension.label.as_str()).collect();
    assert_eq!(labels, ["企业基础属性信息", "企业动态信息", "监管信息", "关联关系信息", "社会评价信息"]);
    for (family, fact) in [
        ("attributes", enterprise(ago(100), "InOperation")),
        ("dynamics", entry("ABNORMAL", "1", ago(10), None)),
        ("supervision", warning("FOOD", ago(10))),
        ("affiliates", entry("AFFILIATE_SERIOUS", "", ago(10), None)),
        ("society", entry("COURT_DEFAULTER", "", ago(10), None)),
    ] {
        let class = class("FOOD", today(), &[fact]);
        let found = class.detail.general.indicators.iter().filter(|(_, _, points)| *points > 0);
        let of: Vec<_> = found
            .filter_map(|(id, ..)| model.indicators.iter().find(|indicator| indicator.id == *id))
            .map(|indicator| model.dimensions[indicator.dimension].id.as_str())
            .collect();
        assert!(of.contains(&family), "{family}: {of:?}");
    }
}

#[test]
fn basic_attributes_count_by_age_and_state() {
    for (established, points) in [(0, 5), (364, 5), (365, 3), (1094, 3), (1095, 0)] {
        let young = [enterprise(ago(established), "InOperation")];
        assert_eq!(general_points(today(), &young), points * 100, "{established} days");
    }
    let old = |state: &str| general_points(today(), &[enterprise(day("2005-01-01"), state)]);
    assert_eq!((old("InOperation"), old("Dormant"), old("Liquidating")), (0, 800, 800));
}

#[test]
fn dynamics_count_changes_publicity_and_equity() {
    let moved =
        |days: &[i64]| -> Vec<_> { days.iter().map(|days| change(ago(*days), &["address"])).collect() };
    adds(&moved(&[1]), 0.0);
    adds(&moved(&[1, 2]), 2.0);
    adds(&moved(&[1, 2, 3]), 5.0);
    let (outside, inside) = edge(1);
    adds(&[change(ago(1), &["legal_representative"]), change(inside, &["industry", "address"])], 2.0);
    adds(&[change(ago(1), &["legal_representative"]), change(outside, &["address"])], 0.0);
    adds(&[change(ago(1), &["industry"]), change(ago(2), &["capital_fen"])], 0.0);

    // An entry that is over: only what it says of conduct counts.
    let (outside, inside) = edge(3);
    for (ground, on, points) in [
        ("1", inside, 5.0),
        ("2", inside, 5.0),
        ("3", inside, 5.0),
        ("4", inside, 5.0),
        ("1", outside, 0.0),
        ("4", outside, 0.0),
    ] {
        adds(&[entry("ABNORMAL", ground, on, Some(ago(1)))], points);
    }
    let thrice = [0, 1, 2].map(|later| entry("ABNORMAL", "1", shifted(inside, later), Some(ago(1))));
    adds(&thrice, 10.0);

    for (list, points) in [("EQUITY_FROZEN", 6.0), ("EQUITY_PLEDGED", 2.0)] {
        adds(&[entry(list, "", ago(2000), None)], points);
        adds(&[entry(list, "", ago(2000), Some(shifted(today(), 1)))], points);
        adds(&[entry(list, "", ago(2000), Some(today()))], 0.0);
    }
}

#[test]
fn supervision_counts_licences_lists_penalties_inspections_samples_and_complaints() {
    let permit = |number: &str, state: &str| licence("FOOD", number, "OrdinaryFood", state);
    adds(&[permit("1", "Valid")], 0.0);
    adds(&[permit("1", "Suspended")], 10.0);
    adds(&[permit("1", "Revoked")], 15.0);
    adds(&[permit("1", "Revoked"), permit("2", "Voided")], 20.0);

    adds(&[entry("ABNORMAL", "", ago(2000), None)], 20.0);
    adds(&[entry("ABNORMAL", "", ago(2000), None), entry("ABNORMAL", "", ago(1), None)], 25.0);

    let (outside, inside) = edge(3);
    let warnings = |count: i64| -> Vec<_> { (0..count).map(|n| warning("SE", shifted(inside, n))).collect() };
    for (count, points) in [(1, 8.0), (2, 15.0), (3, 24.0), (4, 24.0), (5, 32.0)] {
        adds(&warnings(count), points);
    }
    adds(&[warning("FOOD", outside)], 0.0);
    let heavier = |on| penalty("FOOD", on, &["1"], "Heavier", 0);
    adds(&[heavier(inside)], 8.0 + 14.0);
    adds(&[penalty("FOOD", inside, &["8"], "Ordinary", 0)], 8.0 + 14.0);
    adds(&[heavier(inside), heavier(ago(1))], 15.0 + 24.0);
    for (fen, points) in [
        (999_999, 0.0),
        (1_000_000, 2.0),
        (4_999_999, 2.0),
        (5_000_000, 4.0),
        (19_999_999, 4.0),
        (20_000_000, 8.0),
    ] {
        adds(&[penalty("FOOD", ago(1), &["3"], "Ordinary", fen)], 8.0 + points);
    }

    // Half of two visits found something.
    let visit = |on, result: &str| inspection("FOOD", on, result, [0; 3]);
    let (outside, inside) = edge(2);
    adds(&[visit(inside, "5"), visit(ago(1), "1"), visit(ago(2), "1")], 3.0);
    adds(&[visit(inside, "5"), visit(ago(1), "1")], 3.0 + 2.0);
    adds(&[visit(inside, "5")], 3.0 + 4.0);
    adds(&[visit(outside, "5")], 4.0);
    adds(&[visit(ago(1), "6")], 3.0 + 4.0 + 15.0);
    adds(&[failed_sample(inside, "City")], 5.0);
    adds(&[failed_sample(inside, "City"), failed_sample(ago(1), "City")], 10.0);
    adds(&[failed_sample(outside, "City")], 0.0);
    adds(&[sample(ago(1), "National", false)], 0.0);

    let calls = |days: &[i64]| -> Vec<_> { days.iter().map(|days| ticket("FOOD", ago(*days))).collect() };
    adds(&calls(&[364]), 2.0);
    adds(&calls(&[365]), 0.0);
    adds(&calls(&[100, 200]), 5.0);
    adds(&calls(&[100, 200, 210, 220]), 10.0);
    adds(&calls(&[1, 89]), 5.0 + 4.0);
    adds(&calls(&[1, 90]), 5.0);
    adds(&calls(&[1, 2, 3]), 5.0 + 8.0);
    adds(&[ticket_found("FOOD", ago(1), Some(false), ""), ticket_found("FOOD", ago(1), None, "")], 0.0);
    adds(&[ticket_found("FOOD", ago(1), Some(true), "JN1")], 0.0);
    adds(&[attention(ago(100), today())], 5.0);
    adds(&[attention(ago(100), ago(1))], 0.0);
}

#[test]
fn affiliates_and_society_count_by_what_their_keepers_tell() {
    let listed = |list: &str| entry(list, "", ago(2000), None);
    adds(&[listed("AFFILIATE_SERIOUS")], 8.0);
    adds(&[listed("AFFILIATE_SERIOUS"), entry("AFFILIATE_SERIOUS", "", ago(1), None)], 14.0);
    adds(&[entry("AFFILIATE_SERIOUS", "", ago(2000), Some(today()))], 0.0);
    let (outside, inside) = edge(3);
    adds(&[entry("AFFILIATE_REVOKED", "", inside, None)], 5.0);
    adds(&[entry("AFFILIATE_REVOKED", "", outside, None)], 0.0);
    adds(&[listed("AFFILIATE_REPRESENTATIVE")], 6.0);
    let all = ["AFFILIATE_SERIOUS", "AFFILIATE_SERIOUS", "AFFILIATE_REVOKED", "AFFILIATE_REPRESENTATIVE"];
    adds(&all.map(|list| entry(list, "", ago(1), None)), 20.0);
    for (list, points) in [("COURT_DEFAULTER", 12.0), ("TAX_MAJOR", 12.0), ("WAGE_ARREARS", 8.0)] {
        adds(&[listed(list)], points);
        adds(&[entry(list, "", ago(2000), Some(shifted(today(), 1)))], points);
        adds(&[entry(list, "", ago(2000), Some(today()))], 0.0);
    }
    adds(&["COURT_DEFAULTER", "TAX_MAJOR", "WAGE_ARREARS"].map(listed), 25.0);
}

#[test]
fn a_bound_belongs_to_the_lower_class() {
    let old = enterprise(day("2005-01-01"), "InOperation");
    let code = |facts: &[Fact]| {
        let facts: Vec<_> = facts.iter().cloned().chain([old.clone()]).collect();
        let class = class("FOOD", today(), &facts);
        (class.general_points_e2 / 100, class.general_code)
    };
    let listed = |list: &str| entry(list, "", ago(2000), None);
    let frozen = || listed("EQUITY_FROZEN");
    let pledged = || listed("EQUITY_PLEDGED");
    let wages = || listed("WAGE_ARREARS");
    let court = || listed("COURT_DEFAULTER");
    let fine = penalty("FOOD", ago(1), &["3"], "Ordinary", 5_000_000);
    assert_eq!(code(&[wages(), pledged()]), (10, "A".to_owned()));
    assert_eq!(code(&[failed_sample(ago(1), "City"), frozen()]), (11, "B".to_owned()));
    let taken = || licence("FOOD", "1", "OrdinaryFood", "Revoked");
    let suspended = || licence("FOOD", "2", "OrdinaryFood", "Suspended");
    assert_eq!(code(&[taken(), suspended()]), (25, "B".to_owned()));
    assert_eq!(code(&[taken(), court()]), (27, "C".to_owned()));
    let abnormal = || listed("ABNORMAL");
    assert_eq!(code(&[abnormal(), taken(), suspended()]), (45, "C".to_owned()));
    assert_eq!(code(&[abnormal(), taken(), fine]), (47, "D".to_owned()));
    // Seventy, and one point more.
    let many = [abnormal(), taken(), suspended()];
    let worse = |more: &[Fact]| code(&many.iter().chain(more).cloned().collect::<Vec<_>>());
    let society = || [court(), listed("TAX_MAJOR"), wages()];
    assert_eq!(worse(&society()), (70, "D".to_owned()));
    let and_pledged: Vec<_> = society().into_iter().chain([pledged()]).collect();
    assert_eq!(worse(&and_pledged), (72, "E".to_owned()));
}

#[test]
fn serious_discredit_goes_directly_to_the_worst_class_of_both_schemes() {
    let models = models(None);
    let spotless = [licence("FOOD", "SC10137010200018", "OrdinaryFood", "Valid")];
    for (what, fact, vetoed) in [
        ("listed", entry("SERIOUS", "F1", ago(1), None), true),
        ("removed tomorrow", entry("SERIOUS", "F1", ago(900), Some(shifted(today(), 1))), true),
        ("removed today", entry("SERIOUS", "F1", ago(900), Some(today())), false),
        ("licence revoked", enterprise(day("2005-01-01"), "LicenceRevoked"), true),
        ("registration revoked", enterprise(day("2005-01-01"), "RegistrationRevoked"), true),
        ("dormant", enterprise(day("2005-01-01"), "Dormant"), false),
    ] {
        let facts: Vec<_> = spotless.iter().cloned().chain([fact]).collect();
        let class = class_by(&models, "FOOD", today(), &facts);
        let national = models.national_code(&class.detail.combination, &class.code, today());
        assert_eq!(class.detail.vetoed(), vetoed, "{what}");
        if vetoed {
            assert_eq!(
                (class.general_code.as_str(), class.code.as_str(), national),
                ("E", "E", Some("D")),
                "{what}"
            );
        } else {
            assert_ne!(class.code, "E", "{what}");
        }
    }
}

#[test]
fn a_confirmed_breach_holds_the_general_class_at_d_while_it_is_open() {
    let old = enterprise(day("2005-01-01"), "InOperation");
    let code = |closed_on| class("FOOD", today(), &[old.clone(), breach(ago(100), closed_on)]).general_code;
    assert_eq!(code(None), "D");
    assert_eq!(code(Some(shifted(today(), 1))), "D");
    assert_eq!(code(Some(today())), "A");
}

#[test]
fn the_national_families_count_from_the_day_of_the_national_model_on() {
    let facts = [
        enterprise(day("2005-01-01"), "InOperation"),
        entry("COURT_DEFAULTER", "", day("2021-10-01"), None),
        entry("AFFILIATE_SERIOUS", "", day("2021-10-01"), None),
        warning("FOOD", day("2021-10-01")),
    ];
    let on = |text: &str| class("FOOD", day(text), &facts);
    let (before, after) = (on("2022-01-12"), on("2022-01-13"));
    assert_eq!((before.detail.general.model.as_str(), before.general_points_e2), ("general@1", 800));
    assert_eq!((after.detail.general.model.as_str(), after.general_points_e2), ("general@2", 2800));
    let models = models(None);
    assert_eq!(models.national_code("2", &before.code, day("2022-01-12")), None, "no national scheme yet");
    assert_eq!(models.national_code("2", &after.code, day("2022-01-13")), Some(after.code.as_str()));
}
