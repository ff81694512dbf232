//! The three ways to combine, chosen by the file that stands in the place of the combination.

use chrono::NaiveDate;

use crate::golden::facts::*;

pub(crate) const ADD: &str = include_str!("../../../../shared/rulebook/data/combinations/combine_add.yaml");
pub(crate) const WEIGHTED: &str =
    include_str!("../../../../shared/rulebook/data/combinations/combine_weighted.yaml");

fn today() -> NaiveDate {
    day("2026-03-31")
}

fn infant_formula(more: &[Fact]) -> Vec<Fact> {
    let licence = licence("FOOD", "SC12937012400019", "InfantFormula", "Valid");
    [enterprise(shifted(today(), -700), "InOperation"), licence]
        .into_iter()
        .chain(more.iter().cloned())
        .collect()
}

/// General class, professional grade and what each method makes of them: table, sum, shares.
fn by_each(facts: &[Fact]) -> (String, String, [String; 3]) {
    let methods = [None, Some(ADD), Some(WEIGHTED)];
    let classes = methods.map(|method| class_by(&models(method), "FOOD", today(), facts));
    let [table, ..] = &classes;
    (
        table.general_code.clone(),
        table.professional_code.clone(),
        classes.each_ref().map(|class| class.code.clone()),
    )
}

#[test]
fn one_history_comes_to_what_each_method_says() {
    // 3 points and 40: A and B. Down one by the table; 40 + 0 as a sum; 0.75 + 30 as shares.
    let spotless = infant_formula(&[]);
    assert_eq!(by_each(&spotless), ("A".into(), "B".into(), ["A", "B", "B"].map(String::from)));
    // On the list of courts and the tax authority, with frozen equity: 3 + 24 + 6 points, C; the grade stays.
    let listed = |list: &str| entry(list, "", shifted(today(), -10), None);
    let indebted = infant_formula(&[listed("COURT_DEFAULTER"), listed("TAX_MAJOR"), listed("EQUITY_FROZEN")]);
    assert_eq!(by_each(&indebted), ("C".into(), "B".into(), ["B", "C", "B"].map(String::from)));
    // A breach that is open: D by its floor. Up one by the table; by points C and B, but no sum gives less than the floor.
    let broken = infant_formula(&[breach(shifted(today(), -10), None)]);
    assert_eq!(by_each(&broken), ("D".into(), "B".into(), ["C", "D", "D"].map(String::from)));
}

#[test]
fn steps_up_and_floors_of_the_field_hold_by_every_method() {
    // A failed sample of the province: 48 points and one step up, D; by points B as shares.
    let failed = infant_formula(&[failed_sample(shifted(today(), -10), "Province")]);
    let (_, grade, by_method) = by_each(&failed);
    assert_eq!((grade.as_str(), by_method), ("D", ["D", "D", "D"].map(String::from)));
    // The third penalty within a year holds the grade at D, of a producer of few points.
    let warnings: Vec<_> = (1..=3).map(|days| warning("FOOD", shifted(today(), -days))).collect();
    let grain = [
        enterprise(shifted(today(), -700), "InOperation"),
        licence("FOOD", "SC10137010200018", "OrdinaryFood", "Valid"),
    ];
    let (_, grade, by_method) = by_each(&[&grain[..], &warnings].concat());
    assert_eq!(grade, "D");
    assert!(by_method.iter().all(|code| code.as_str() >= "D"), "{by_method:?}");
}

#[test]
fn a_veto_gives_the_highest_class_by_every_method() {
    let listed = infant_formula(&[entry("SERIOUS", "F1", shifted(today(), -10), None)]);
    assert_eq!(by_each(&listed).2, ["E", "E", "E"].map(String::from));
}
