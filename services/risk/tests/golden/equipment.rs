//! The model of special equipment: licences, findings, penalties; and from the day of order 57 on its key units.

use chrono::NaiveDate;

use crate::golden::facts::*;

fn today() -> NaiveDate {
    day("2026-03-31")
}

fn ago(days: i64) -> NaiveDate {
    shifted(today(), -days)
}

fn holder(sub_kind: &str) -> Vec<Fact> {
    vec![enterprise(day("2005-01-01"), "InOperation"), licence("SE", "TS2210370-2029", sub_kind, "Valid")]
}

fn with(more: &[Fact]) -> Vec<Fact> {
    holder("SeDesign").into_iter().chain(more.iter().cloned()).collect()
}

fn fired(on: NaiveDate, facts: &[Fact]) -> (Vec<String>, String) {
    let class = class("SE", on, facts);
    (class.detail.professional.unwrap().fired, class.professional_code)
}

#[test]
fn the_riskiest_kind_of_licence_counts_alone() {
    for (sub_kind, points) in [
        ("SeDesign", 8),
        ("SeInspectionBody", 10),
        ("SeTestingBody", 10),
        ("SeInstall", 14),
        ("SeAlter", 14),
        ("SeRepair", 14),
        ("SeManufacture", 18),
        ("SeCylinderFilling", 24),
        ("SeMobileVesselFilling", 24),
    ] {
        let mut facts = holder(sub_kind);
        facts.push(licence("SE", "TS1110370-2029", "SeDesign", "Valid"));
        assert_eq!(professional("SE", today(), &facts), (points * 100, "A".to_owned()), "{sub_kind}");
    }
}

#[test]
fn a_licence_given_up_says_nothing_and_one_that_was_taken_away_goes_on_to_count() {
    for (state, points) in [("Suspended", 24), ("Revoked", 24), ("Cancelled", 8), ("Withdrawn", 8)] {
        let filling = licence("SE", "TS4210370-2029", "SeCylinderFilling", state);
        for on in ["2022-06-30", "2026-03-31"] {
            let (found, _) = professional("SE", day(on), &with(std::slice::from_ref(&filling)));
            assert_eq!(found, points * 100, "{state} on {on}");
        }
    }
}

#[test]
fn a_bound_belongs_to_the_lower_grade() {
    let filling = |more: &[Fact]| {
        let facts: Vec<_> = holder("SeCylinderFilling").into_iter().chain(more.iter().cloned()).collect();
        professional("SE", today(), &facts)
    };
    let serious = |count| inspection("SE", ago(500), "1", [0, count, 0]);
    let critical = |count| inspection("SE", ago(500), "1", [count, 0, 0]);
    let fined = |days| warning("SE", ago(days));
    assert_eq!(filling(&[serious(0)]), (2400, "A".to_owned()));
    assert_eq!(filling(&[serious(1)]), (2600, "B".to_owned()));
    // 24 and 21: the bound of B. 24 and 22 is C.
    assert_eq!(filling(&[critical(3)]), (4500, "B".to_owned()));
    assert_eq!(filling(&[serious(3), fined(400), fined(500)]), (4600, "C".to_owned()));
    assert_eq!(
        filling(&[critical(2), serious(1), ticket("SE", ago(100)), fined(400), fined(500), fined(600)]),
        (6700, "D".to_owned())
    );
}

#[test]
fn each_trigger_makes_a_key_unit_on_its_side_of_the_window() {
    let (one_year, two_years) = (years_before(today(), 1), years_before(today(), 2));
    let list = |list: &str, on| entry(list, "", on, None);
    for (rule, inside, outside) in [
        (
            "key_unit_recent_accident",
            list("SE_ACCIDENT", shifted(one_year, 1)),
            list("SE_ACCIDENT", one_year),
        ),
        ("key_unit_accident", list("SE_ACCIDENT", shifted(two_years, 1)), list("SE_ACCIDENT", two_years)),
        ("key_unit_penalty", warning("SE", shifted(one_year, 1)), warning("SE", one_year)),
        ("key_unit_recall", list("SE_RECALL", shifted(one_year, 1)), list("SE_RECALL", one_year)),
        (
            "key_unit_self_declared",
            list("SE_SELF_DECLARED", shifted(one_year, 1)),
            list("SE_SELF_DECLARED", one_year),
        ),
    ] {
        let (rules, grade) = fired(today(), &with(&[inside]));
        assert!(rules.contains(&rule.to_owned()), "{rule}: {rules:?}");
        assert_eq!(grade, "B", "{rule}");
        assert!(!fired(today(), &with(&[outside])).0.contains(&rule.to_owned()), "{rule}");
    }
    assert_eq!(fired(today(), &with(&[warning("FOOD", ago(1))])).1, "A", "a penalty in another field");
}

#[test]
fn substantiated_complaints_make_a_key_unit_from_the_number_of_the_parameter_on() {
    let calls = |count: i64| -> Vec<_> { (1..=count).map(|days| ticket("SE", ago(days))).collect() };
    assert_eq!(fired(today(), &with(&calls(2))), (Vec::new(), "A".to_owned()));
    assert_eq!(fired(today(), &with(&calls(3))), (vec!["key_unit_complaints".to_owned()], "B".to_owned()));
    let refuted: Vec<_> = (1..=3).map(|days| ticket_found("SE", ago(days), Some(false), "")).collect();
    assert_eq!(fired(today(), &with(&refuted)).0, [""; 0]);
}

#[test]
fn nobody_is_a_key_unit_before_the_day_of_order_57() {
    let facts = with(&[warning("SE", day("2022-06-01"))]);
    let on = |text: &str| class("SE", day(text), &facts);
    let (before, after) = (on("2022-06-30"), on("2022-07-01"));
    let told = |class: &risk::domain::class::Class| {
        let detail = class.detail.professional.clone().unwrap();
        (detail.model, detail.fired, class.professional_code.clone())
    };
    assert_eq!(told(&before), ("se@3".to_owned(), vec![], "A".to_owned()));
    assert_eq!(told(&after), ("se@4".to_owned(), vec!["key_unit_penalty".to_owned()], "B".to_owned()));
    assert_eq!(before.professional_points_e2, after.professional_points_e2, "the points are the same");
}
