//! A model that is checked offline: those that are there pass, and what would be silently wrong is told with path and line.

use risk::rules;
use rulebook::Rulebook;

/// Models beside those of the rulebook: of the bench, and counted from history.
const OTHERS: [(&str, &str); 3] = [
    ("bench", include_str!("../../../../tests/bench/src/classify/model.yaml")),
    ("chicago", include_str!("../../../standalone/models/chicago.yaml")),
    ("demo", include_str!("../../../standalone/models/demo.yaml")),
];

#[test]
fn the_shipped_models_and_those_of_bench_and_backtest_pass_the_check() {
    let rulebook = Rulebook::builtin();
    let shipped = rulebook.models().iter().map(|model| (model.name.as_str(), model.text.as_str()));
    for (name, text) in shipped.chain(OTHERS) {
        for on in [None, Some(crate::golden::facts::day("2026-04-01"))] {
            let checked = rules::check(&rulebook, name, text, on);
            assert!(checked.is_ok(), "{}", checked.unwrap_err());
        }
    }
}

/// What the check says of the shipped model `name` with `from` changed to `to`, wherever it stands.
fn refused(name: &str, from: &str, to: &str) -> String {
    let rulebook = Rulebook::builtin();
    let text = &rulebook.models().iter().find(|model| model.name == name).unwrap().text;
    assert!(text.contains(from), "`{from}` stands in {name}");
    match rules::check(&rulebook, &format!("{name}.yaml"), &text.replacen(from, to, 1), None) {
        Ok(_) => panic!("`{to}` is taken"),
        Err(told) => told.to_string(),
    }
}

#[test]
fn a_model_that_would_be_silently_wrong_is_refused_with_path_line_and_what_was_expected() {
    for (name, from, to, path, told) in [
        (
            "food2016",
            "level, op: in, value: [National",
            "level, op: in, value: [Nationwide",
            ".value: ",
            "`sampling.level`: unknown code `Nationwide`; expected one of National, Province",
        ),
        (
            "food2016",
            "value: [\"5\", \"6\", \"8\"]",
            "value: [\"5\", \"66\"]",
            ".all[1].value: ",
            "`inspection.result`: unknown code `66`; expected one of 1,",
        ),
        (
            "food2016",
            "contains, value: [\"3\", \"4\"",
            "contains, value: [\"3\", \"99\"",
            ".all[2].value: ",
            "`penalty.penalty_kinds`: unknown code `99`",
        ),
        (
            "food2016",
            "value: FOOD_CERTIFIED",
            "value: FOOD_CERTFIED",
            ".condition.value: ",
            "`list_entry.list`: unknown code `FOOD_CERTFIED`",
        ),
        (
            "food2016",
            "op: eq, value: FOOD}",
            "op: eq, value: FODD}",
            "indicators[0].condition.value: ",
            "`field`: unknown code `FODD`; expected one of FOOD, SE",
        ),
        (
            "food2016",
            "value: HealthFood",
            "value: HelthFood",
            ".condition.all[1].value: ",
            "`sub_kinds`: unknown code `HelthFood`",
        ),
        (
            "food2016",
            "[Complaint, Tip]",
            "[Complain, Tip]",
            ".all[1].value: ",
            "`kind`: unknown code `Complain`; expected one of Complaint, Tip",
        ),
        (
            "general",
            "status, op: eq, value: Listed",
            "status, op: eq, value: Liste",
            ".any[0].value: ",
            "`list_entry.status`: unknown code `Liste`; expected one of Listed, Suspended, Removed",
        ),
        (
            "general",
            "registration_state, op: in, value: [Dormant",
            "registration_state, op: in, value: [Dorment",
            ".condition.value: ",
            "`registration_state`: unknown code `Dorment`",
        ),
        (
            "food2016",
            "scope: FOOD",
            "scope: FOODS",
            "scope: ",
            "`FOODS` is no key field; expected general, stand_in, FOOD, SE",
        ),
        (
            "food2016",
            "measure: {sum: inspection.critical_count}",
            "measure: {sum: penalty.fine_fen}",
            ".measure: ",
            "`penalty.fine_fen` is a field of `penalty`, never of `inspection`",
        ),
        (
            "food2016",
            "upper_inclusive: {parameter: risk.food.grade.B",
            "upper_inclusive: {parameter: risk.food.grade.A",
            "grades: ",
            "the bounds must rise; on 2021-09-27 they are 30 and then 30",
        ),
        (
            "general",
            "bands: [{from: 1, points: 8}, {from: 2, points: 15}",
            "bands: [{from: 1, points: 8}, {from: 2, points: 5}",
            ".bands: ",
            "who has more of it would stand better",
        ),
        (
            "food2016",
            "window: {years: 2}",
            "window: {years: 0}",
            ".window: ",
            "a window of 0 years cannot be meant; expected 1 to 100",
        ),
        (
            "food2016",
            "window: {years: 2}",
            "window: {years: 99999999}",
            ".window: ",
            "a window of 99999999 years cannot be meant",
        ),
        (
            "general",
            "cites: 山东省信用风险分类办法 2020 (direct to E)",
            "cites: somebody said",
            ".cites: ",
            "`somebody said` names no document; expected its number",
        ),
    ] {
        let whole = refused(name, from, to);
        let line = whole.lines().find(|line| line.contains(told)).unwrap_or_else(|| panic!("{to}: {whole}"));
        assert!(line.contains(path), "{line}");
        let place: Vec<_> = line.strip_prefix(&format!("{name}.yaml:")).unwrap().splitn(3, ':').collect();
        assert!(place[..2].iter().all(|number| number.parse::<u32>().is_ok_and(|at| at > 0)), "{line}");
    }
}
