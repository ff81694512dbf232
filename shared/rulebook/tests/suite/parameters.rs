//! The parameters on both sides of each day the law changed, and that none of the collected ones is lost.

use chrono::NaiveDate;
use domain::{Money, parse_date};
use rulebook::{Fraction, RuleMissing, Rulebook, Value};

/// Rows and names collected from the law and the design, before rows that this project adds.
const COLLECTED: (usize, usize) = (149, 142);

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

/// The value as the table writes it; `-` on a day without such a rule.
fn text(name: &str, on: NaiveDate) -> String {
    Rulebook::builtin().parameter(name, on).map_or("-".to_owned(), |parameter| parameter.text.clone())
}

fn assert_sides(change: &str, cases: &[(&str, &str, &str)]) {
    let after = day(change);
    let before = after.pred_opt().unwrap();
    for (name, old, new) in cases {
        assert_eq!(
            (text(name, before).as_str(), text(name, after).as_str()),
            (*old, *new),
            "{name} at {change}"
        );
    }
}

#[test]
fn no_collected_parameter_is_lost() {
    let book = Rulebook::builtin();
    let names: std::collections::BTreeSet<&str> = book.parameters().map(|own| own.name.as_str()).collect();
    assert!(book.parameters().count() >= COLLECTED.0, "{} rows", book.parameters().count());
    assert!(names.len() >= COLLECTED.1, "{} names", names.len());
    assert!(book.parameters().all(|parameter| !parameter.source.is_empty()));
}

#[test]
fn on_2021_09_01_orders_44_and_45_replace_the_old_lists() {
    assert_sides(
        "2021-09-01",
        &[
            ("serious.term", "5", "3"),
            ("serious.early_removal.min_stay", "-", "1"),
            ("abnormal.stay_to_serious", "3", "-"),
            ("penalty.publish.same_province", "-", "20"),
            ("repair.penalty.min_published", "-", "6"),
        ],
    );
}

#[test]
fn on_2022_01_13_the_national_classes_join_those_of_shandong() {
    assert_sides(
        "2022-01-13",
        &[("risk.scheme.national", "-", "ABCD"), ("risk.scheme.shandong", "ABCDE", "ABCDE")],
    );
}

#[test]
fn on_2024_05_01_silence_of_two_years_and_false_information_become_punishable() {
    assert_sides(
        "2024-05-01",
        &[
            ("abnormal.no_report_years_to_licence_revocation", "-", "2"),
            ("abnormal.false_info.fine_min", "-", "10000"),
            ("abnormal.false_info.fine_max", "-", "50000"),
            ("abnormal.false_info.serious_fine_max", "-", "200000"),
        ],
    );
}

#[test]
fn on_2025_05_01_removed_directory_entries_stop_being_published() {
    assert_sides("2025-05-01", &[("abnormal.removed_entry_still_published", "true", "false")]);
}

#[test]
fn on_2025_12_25_order_107_brings_classes_and_shorter_clocks() {
    assert_sides(
        "2025-12-25",
        &[
            ("serious.early_removal.decide", "15", "7"),
            ("serious.early_removal.accept", "2", "-"),
            ("penalty.publish.term.other", "3", "-"),
            ("penalty.publish.term.general_max", "-", "1"),
            ("penalty.publish.term.serious_max", "-", "3"),
            ("penalty.publish.term.minor", "3", "3"),
            ("repair.penalty.min_published", "6", "-"),
            ("repair.penalty.min_published.food_drug_se", "1", "-"),
            ("repair.penalty.general.min_published", "-", "3"),
            ("repair.penalty.serious.min_published", "-", "1"),
            ("repair.penalty.field_override.food_drug_se", "-", ""),
            ("repair.grave_penalty.allowed", "false", "true"),
            ("repair.accept", "2", "2"),
            ("repair.decide", "15", "7"),
            ("repair.cross_province.push", "-", "3"),
            ("repair.inspection_result.in_scope", "false", "true"),
        ],
    );
}

#[test]
fn on_2026_04_01_order_36_replaces_the_terms_of_credit_china() {
    assert_sides(
        "2026-04-01",
        &[
            ("creditchina.penalty.term_min", "3", "-"),
            ("creditchina.penalty.term_min.food_drug_se", "1", "-"),
            ("creditchina.penalty.term_max", "3", "-"),
            ("creditchina.penalty.term.starts", "decision_date", "-"),
            ("creditchina.minor.term_max", "-", "3"),
            ("creditchina.general.term_min", "-", "3"),
            ("creditchina.general.term_max", "-", "1"),
            ("creditchina.serious.term_min", "-", "1"),
            ("creditchina.serious.term_max", "-", "3"),
        ],
    );
}

#[test]
fn the_two_publication_clocks_start_on_different_days() {
    let book = Rulebook::builtin();
    let on = day("2025-06-01");
    assert_eq!(book.text("penalty.publish.term.starts", on), Ok("publication_date"));
    assert_eq!(book.text("creditchina.penalty.term.starts", on), Ok("decision_date"));
}

#[test]
fn a_value_not_supplied_is_told_from_a_rule_not_in_force_and_from_a_wrong_name() {
    let book = Rulebook::builtin();
    let on = day("2024-01-01");
    assert_eq!(book.parameter("penalty.minor_fine_threshold", on).unwrap().value, Value::NotSupplied);
    let not_supplied = book.money("penalty.minor_fine_threshold", on).unwrap_err();
    assert!(matches!(not_supplied, RuleMissing::NotSupplied { .. }), "{not_supplied}");
    let early = day("2021-08-31");
    let not_in_force = book.money("penalty.minor_fine_threshold", early).unwrap_err();
    assert_eq!(
        not_in_force,
        RuleMissing::NotInForce { name: "penalty.minor_fine_threshold".into(), on: early }
    );
    assert_eq!(
        book.integer("serious.terms", on),
        Err(RuleMissing::UnknownName { name: "serious.terms".into() })
    );
}

#[test]
fn a_draft_of_the_law_is_on_record_and_never_in_force() {
    let book = Rulebook::builtin();
    let name = "serious.draft2025.objection";
    assert!(book.parameters().any(|parameter| parameter.name == name));
    for on in ["2021-09-01", "2025-12-25", "2030-01-01"] {
        assert!(matches!(book.integer(name, day(on)), Err(RuleMissing::NotInForce { .. })));
    }
}

#[test]
fn values_come_in_their_own_kinds_and_exactly() {
    let book = Rulebook::builtin();
    let on = day("2026-01-05");
    assert_eq!(book.integer("inspection.inspectors.min", on), Ok(2));
    assert_eq!(book.fraction("inspection.publicity.draw_ratio.min", on), Ok(Fraction::new(3, 100).unwrap()));
    assert_eq!(book.flag("risk.published", on), Ok(false));
    assert_eq!(book.money("abnormal.false_info.fine_min", on), Ok(Money::parse_yuan("10000").unwrap()));
    assert_eq!(book.month_day("abnormal.annual_report.deadline", on), Ok((6, 30)));
    assert_eq!(book.integer("risk.food.grade.C.upper_inclusive", on), Ok(60));
    assert!(matches!(book.flag("serious.term", on), Err(RuleMissing::OtherKind { .. })));
    assert!(matches!(book.integer("inspection.ratio.jinan.A", on), Err(RuleMissing::OtherKind { .. })));
}

#[test]
fn a_higher_risk_class_is_never_drawn_at_a_lower_ratio() {
    let book = Rulebook::builtin();
    let on = day("2026-01-05");
    let ratio = |class| book.fraction(&format!("inspection.ratio.jinan.{class}"), on).unwrap();
    let ratios = ["A", "B", "C", "D", "E"].map(ratio);
    assert!(ratios.is_sorted() && ratios[4] <= Fraction::new(1, 1).unwrap(), "{ratios:?}");
    assert!(book.fraction("inspection.weight.attention", on).unwrap() >= Fraction::new(1, 1).unwrap());
}
