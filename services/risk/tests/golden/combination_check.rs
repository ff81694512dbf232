//! A combination of a city's own: its published schema and the reader say the same of it, wherever a schema can say it, and what would
//! let more risk give a lower class on its day is told with path and line.

use risk::domain::combine::Combiner;
use risk::rules;
use rulebook::Rulebook;
use serde_json::Value;

use super::combinations::{ADD, WEIGHTED};
use super::validator::fits;

const SOURCE: &str = "source: notice of 2021-09-27, part 2 (2) 2 (1) (通用+专业), since 2022-01-13 also 国市监信发〔2022〕6号; the table itself is a local parameter";
const GENERAL: &str = "general: {first: stand_in, otherwise: general}";
const SUM: &str = "add: {general_points: {A: 0, B: 5, C: 10, D: 15, E: 20}, classes: [{code: A}]}";

fn shipped() -> String {
    Rulebook::builtin().models().iter().find(|model| model.name == "combine").unwrap().text.clone()
}

/// What schema and reader say of a combination.
fn said_of(text: &str) -> (bool, bool) {
    let value: Value = serde_norway::from_str(text).unwrap();
    let book = Rulebook::builtin();
    let read = Combiner::load("combine.yaml", text, |id| rules::scheme(&book, id));
    (fits(&Combiner::json_schema().to_value(), &value), read.is_ok())
}

/// The same of the shipped one with `from` changed to `to`.
fn said(from: &str, to: &str) -> (bool, bool) {
    let text = shipped();
    assert!(text.contains(from), "`{from}` stands in the combination");
    said_of(&text.replacen(from, to, 1))
}

#[test]
fn every_way_to_combine_that_is_shipped_fits_the_published_schema() {
    let own = shipped();
    for text in [own.as_str(), ADD, WEIGHTED] {
        assert_eq!(said_of(text), (true, true), "(schema, reader)");
    }
}

#[test]
fn the_schema_and_the_reader_take_and_refuse_the_same_combinations() {
    for (from, to) in [
        ("version: \"2\"", "version: \"2.1\""),
        ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: 2030-12-31"),
        ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: null"),
        (GENERAL, "general: null"),
        (GENERAL, "general: {first: stand_in, otherwise: C}"),
    ] {
        assert_eq!(said(from, to), (true, true), "{to}: taken by (schema, reader)");
    }
    for (from, to) in [
        ("version: \"2\"", "version: 2"),
        ("version: \"2\"", "version: a b"),
        ("effective_from: 2021-09-27", "effective_from: soon"),
        ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: 2030-1-2"),
        ("national_from: 2022-01-13", "national_from: 2022-1-13"),
        (SOURCE, "source: ''"),
        (SOURCE, "source: 5"),
        (GENERAL, "general: {first: stand_in}"),
        (GENERAL, "general: {first: somebody, otherwise: general}"),
        ("matrix:\n", "matrixes:\n"),
        (GENERAL, SUM),
        ("trigger: breach", "trigger: rumour"),
        ("label: 行政处罚", "label: ''"),
        ("worse: at_once", "worse: soon"),
        ("cites: \"state machine 5 of the design (heavier penalty); local parameter\"", "cites: ''"),
    ] {
        assert_eq!(said(from, to), (false, false), "{to}: taken by (schema, reader)");
    }
    let shares = WEIGHTED.replacen("weighted:", &format!("{GENERAL}\nweighted:"), 1);
    assert_eq!(said_of(&shares), (false, false), "an imported class has no points to share");
}

#[test]
fn what_no_schema_can_say_of_a_combination_is_refused_by_the_reader() {
    for (from, to) in [
        (SOURCE, "source: somebody said"),
        (
            "cites: \"state machine 5 of the design (heavier penalty); local parameter\"",
            "cites: somebody said",
        ),
        ("trigger: other", "trigger: ticket"),
        ("scheme: shandong2020", "scheme: none"),
        ("D: D, E: D}", "D: D, E: X}"),
        ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: 2020-01-01"),
    ] {
        assert_eq!(said(from, to), (true, false), "{to}: taken by (schema, reader)");
    }
}

#[test]
fn figures_of_the_day_by_which_more_risk_would_give_a_lower_class_are_told_with_path_and_line() {
    let book = Rulebook::builtin();
    let line = |text: &str, part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    let bound = "{code: B, upper_inclusive: {parameter: risk.food.grade.A.upper_inclusive}}";
    for (from, to, path, told) in [
        ("D: 15", "D: 25", "general_points", "a riskier class is worth less; on 2022-01-01 25 and then 20"),
        (
            "{code: B, upper_inclusive: 45}",
            bound,
            "classes",
            "the bounds must rise; on 2022-01-01 they are 30 and then 30",
        ),
    ] {
        assert!(ADD.contains(from), "`{from}` stands in the sum");
        let text = ADD.replacen(from, to, 1);
        let whole = rules::check(&book, "combine_own.yaml", &text, None).unwrap_err().to_string();
        let at = line(&text, &format!("  {path}:"));
        assert_eq!(whole, format!("combine_own.yaml:{at}:3: add.{path}: {told}"));
    }
    assert!(rules::check(&book, "combine_own.yaml", ADD, None).is_ok());
}
