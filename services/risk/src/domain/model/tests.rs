use super::*;

const MODEL: &str = "
id: test
version: '1'
scope: FOOD
scheme: test
effective_from: 2021-09-27
source: a document
base: {points: 0, cites: local parameter}
dimensions:
  - {id: only, label: 唯一}
indicators:
  - id: penalties
    label: 处罚
    dimension: only
    source: penalty
    window: {years: 3}
    measure: count
    bands: [{from: 1, points: 10}, {from: 2, points: 20.5}]
    cites: local parameter
vetoes:
  - {id: many, label: 多次, when: [{indicator: penalties, at_least: 9}], cites: local parameter}
grades:
  - {code: A, upper_inclusive: 30, cites: local parameter}
  - {code: B}
";

fn scheme(id: &str) -> Option<Scheme> {
    Scheme::new(id, vec![("A".to_owned(), "低".to_owned()), ("B".to_owned(), "高".to_owned())])
        .filter(|_| id == "test")
}

fn load(text: &str) -> Result<Model, ModelError> {
    Model::load("models/test.yaml", text, "00", scheme)
}

fn refused(from: &str, to: &str) -> String {
    let text = MODEL.replace(from, to);
    assert_ne!(text, MODEL, "`{from}` stands in the model");
    load(&text).unwrap_err().to_string()
}

#[test]
fn a_model_says_what_it_counts() {
    let model = load(MODEL).unwrap();
    assert_eq!((model.key().as_str(), model.scope.as_str()), ("test@1", "FOOD"));
    assert_eq!(model.indicators[0].window, Window::Last(Length::Fixed(Span::Years(3))));
    assert!(matches!(model.rules[0].effect, Effect::Veto));
    assert_eq!((model.effective_from.to_string().as_str(), model.effective_to), ("2021-09-27", None));
}

#[test]
fn a_slip_in_the_form_is_told_with_its_line() {
    let refused = refused("    measure: count", "    measures: count");
    assert!(refused.contains(":17:5: indicators[0]: unknown field `measures`, expected one of"), "{refused}");
}

#[test]
fn what_makes_no_sense_is_told_with_its_path_and_line() {
    for (from, to, told) in [
        (
            "source: penalty",
            "source: rumour",
            "15:5: indicators[0].source: unknown source `rumour`; expected one of",
        ),
        ("dimension: only", "dimension: other", "14:5: indicators[0].dimension: unknown dimension `other`"),
        (
            "measure: count",
            "measure: {sum: penalty.fine}",
            "17:5: indicators[0].measure: `penalty.fine`: message",
        ),
        (
            "measure: count",
            "measure: {sum: penalty.content}",
            "`penalty.content` holds no whole number but a text",
        ),
        (
            "window: {years: 3}",
            "condition: {field: penalty.fine_fen, op: begins, value: 3}",
            "16:5: indicators[0].condition: `penalty.fine_fen`: `begins` is no test of a whole number; expected one of exists, eq, ne,",
        ),
        (
            "window: {years: 3}",
            "condition: {field: fine}",
            "a condition is `all`, `any`, `not`, or `field` with `op`",
        ),
        (
            "window: {years: 3}",
            "condition:\n      all:\n        - {field: field, op: exists}\n        - {field: penalty.fine, op: exists}",
            "19:11: indicators[0].condition.all[1]: `penalty.fine`: message",
        ),
        (
            "measure: count",
            "measure:\n      share:\n        not: {field: penalty.fine, op: exists}",
            "19:9: indicators[0].measure.share.not: `penalty.fine`: message",
        ),
        ("{years: 3}", "{years: 3, days: 1}", "16:5: indicators[0].window: a window is one of"),
        ("{years: 3}", "{older_than: {open: true}}", "a window is one of"),
        ("source: penalty", "source: attribute", "its evidence has no day"),
        ("id: test\n", "id: a b\n", "id: `a b` is not 1 to 39 letters"),
        ("    cites: local parameter\nvetoes", "    cites: ''\nvetoes", "indicators[0].cites: it is empty"),
        (
            "{from: 2, points: 20.5}",
            "{from: 1, points: 20.5}",
            "indicators[0].bands: `bands` must begin at rising values",
        ),
        (
            "points: 20.5",
            "points: 20.555",
            "18:36: indicators[0].bands[1]: expected a number with at most two decimals, or `{parameter: NAME}`",
        ),
        (
            "effective_from: 2021-09-27",
            "effective_from: 2021-13-27",
            "6:17: effective_from: `2021-13-27` is no day; expected",
        ),
        ("{code: B}", "B", "grades[1]: invalid type: string \"B\", expected a grade: a mapping with"),
        (
            "indicator: penalties",
            "indicator: fines",
            "vetoes[0].when[0]: unknown indicator `fines`; expected one of penalties",
        ),
        ("at_least: 9", "at_least: 9, at_most: 10", "needs one of"),
        ("scheme: test", "scheme: none", "5:1: scheme: unknown class scheme `none`; expected one"),
        (
            "upper_inclusive: 30, cites: local parameter}",
            "upper_inclusive: 30}",
            "grades[0]: its figure has no `cites`",
        ),
        ("label: 唯一}", "label: 唯一, cap: 9}", "dimensions[0]: its figure has no `cites`"),
        ("{code: B}", "{code: C}", "grades: they must be those of `test`, the lowest risk first: A, B"),
        ("{code: B}", "{code: B, upper_inclusive: 40}", "every grade but the last"),
    ] {
        let problem = refused(from, to);
        assert!(problem.starts_with("models/test.yaml:"), "{problem}");
        assert!(problem.contains(told), "{to}: {problem}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = MODEL
        .replace("source: penalty", "source: rumour")
        .replace("dimension: only", "dimension: other")
        .replace("indicator: penalties", "indicator: fines")
        .replace("source: a document", "source: ''");
    let refused = load(&text).unwrap_err();
    let paths: Vec<_> = refused.faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["source", "indicators[0].dimension", "indicators[0].source", "vetoes[0].when[0]"]);
    assert!(refused.faults.iter().all(|fault| fault.position.is_some()), "{refused}");
}
