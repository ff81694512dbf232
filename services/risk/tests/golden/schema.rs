//! The published schema and the reader say the same of a model, wherever a schema can say it.

use risk::domain::model::Model;
use risk::rules;
use rulebook::Rulebook;
use serde_json::Value;

use crate::golden::validator::fits;

const MODEL: &str = "
id: test
version: '1'
scope: FOOD
scheme: food2016
effective_from: 2021-09-27
source: a document
base: {points: 0, cites: local parameter}
dimensions: [{id: only, label: 唯一}]
indicators:
  - id: penalties
    label: 处罚
    dimension: only
    source: penalty
    condition: {field: penalty.fine_fen, op: ge, value: 1}
    window: {years: 3}
    measure: count
    bands: [{from: 1, points: 10}, {from: 2, points: 20.5}]
    cites: local parameter
steps:
  - {id: up, label: 上调, steps: 1, when: [{indicator: penalties, at_least: 3}], cites: local parameter}
floors:
  - {id: floor, label: 不低于, grade: B, when: [{indicator: penalties, at_least: 5}], cites: local parameter}
vetoes:
  - {id: many, label: 多次, when: [{indicator: penalties, at_least: 9}], cites: local parameter}
grades:
  - {code: A, upper_inclusive: 30, cites: local parameter}
  - {code: B, upper_inclusive: 40, cites: local parameter}
  - {code: C, upper_inclusive: 50, cites: local parameter}
  - {code: D}
";

/// What schema and reader say of [`MODEL`] with `from` changed to `to`.
fn said(from: &str, to: &str) -> (bool, bool) {
    assert!(MODEL.contains(from), "`{from}` stands in the model");
    let text = MODEL.replacen(from, to, 1);
    let value: Value = serde_norway::from_str(&text).unwrap();
    let book = Rulebook::builtin();
    let read = Model::load("test.yaml", &text, "", |id| rules::scheme(&book, id));
    (fits(&Model::json_schema().to_value(), &value), read.is_ok())
}

const CONDITION: &str = "{field: penalty.fine_fen, op: ge, value: 1}";
const BANDS: &str = "bands: [{from: 1, points: 10}, {from: 2, points: 20.5}]";

/// Taken by both.
const GOOD: [(&str, &str); 17] = [
    ("id: test", "id: test"),
    ("version: '1'", "version: \"1.0\""),
    ("version: '1'", "version: trial"),
    ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: 2022-01-12"),
    ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: null"),
    ("{years: 3}", "{days: 365, open: false}"),
    ("{years: 3}", "{parameter: attention.window.long}"),
    ("{years: 3}", "{open: true}"),
    ("{years: 3}", "{older_than: {months: 6}}"),
    (CONDITION, "{all: [{field: field, op: eq, value: FOOD}, {not: {field: field, op: exists}}]}"),
    (CONDITION, "{field: penalty.penalty_kinds, op: contains, value: ['3', '4']}"),
    (CONDITION, "{field: penalty.ordinary_procedure, op: ne, value: true}"),
    (BANDS, "points_each: 0.25"),
    (BANDS, "points_each: {parameter: risk.food.static.max}"),
    ("measure: count", "measure: {sum: penalty.fine_fen}"),
    ("measure: count", "measure: {share: {field: field, op: exists}}"),
    ("label: 唯一", "label: 唯一, cap: {parameter: risk.food.static.max}"),
];

/// Refused by both.
const BAD: [(&str, &str); 50] = [
    ("version: '1'", "version: 1"),
    ("version: '1'", "version: 1.0"),
    ("version: '1'", "version: a b"),
    ("id: test", "id: ''"),
    ("id: test", "id: 5"),
    ("label: 处罚", "label: 5"),
    ("label: 处罚", "label: ''"),
    ("source: a document", "source: ''"),
    ("effective_from: 2021-09-27", "effective_from: soon"),
    ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: 2022-1-2"),
    ("source: penalty", "source: rumour"),
    ("cites: local parameter}\ndim", "cites: ''}\ndim"),
    ("    cites: local parameter\nsteps", "    cites: ''\nsteps"),
    ("{years: 3}", "{}"),
    ("{years: 3}", "{open: false}"),
    ("{years: 3}", "{years: 3, days: 1}"),
    ("{years: 3}", "{years: 3, open: true}"),
    ("{years: 3}", "{years: 0}"),
    ("{years: 3}", "{years: 101}"),
    ("{years: 3}", "{days: 99999999}"),
    ("{years: 3}", "{older_than: {open: true}}"),
    ("{years: 3}", "{older_than: {older_than: {days: 3}}}"),
    (CONDITION, "{}"),
    (CONDITION, "{all: []}"),
    (CONDITION, "{field: field}"),
    (CONDITION, "{op: exists}"),
    (CONDITION, "{all: [{field: field, op: exists}], field: field, op: exists}"),
    (CONDITION, "{all: [{field: field, op: exists}], any: [{field: field, op: exists}]}"),
    (CONDITION, "{field: field, op: begins, value: F}"),
    (CONDITION, "{field: field, op: exists, value: F}"),
    (CONDITION, "{field: field, op: eq}"),
    (CONDITION, "{field: field, op: in, value: []}"),
    (CONDITION, "{field: penalty.fine_fen, op: ge, value: '3'}"),
    (BANDS, "bands: [{from: 1, points: 10}]\n    points_each: 1"),
    (BANDS, "points_each: 0.125"),
    (BANDS, "points_each: 1e13"),
    (BANDS, "points_each: '1'"),
    ("    measure: count", "    measure: count\n    last_day: decided_on\n    ended_on: decided_on"),
    ("    measure: count", "    measures: count"),
    ("measure: count", "measure: number"),
    ("at_least: 3", "at_least: 3, at_most: 4"),
    ("{indicator: penalties, at_least: 3}", "{indicator: penalties}"),
    ("when: [{indicator: penalties, at_least: 3}]", "when: []"),
    ("steps: 1", "steps: 0"),
    ("steps: 1", "steps: 1, grade: B"),
    ("grade: B, ", ""),
    ("label: 多次", "label: 多次, steps: 1"),
    ("upper_inclusive: 30, cites: local parameter}", "upper_inclusive: 30}"),
    ("label: 唯一", "label: 唯一, cap: 9"),
    ("label: 唯一", "label: 唯一, combine: least"),
];

/// What no schema can say: the reader alone refuses it.
const READER_ALONE: [(&str, &str); 12] = [
    ("scheme: food2016", "scheme: none"),
    ("dimension: only", "dimension: other"),
    ("effective_from: 2021-09-27", "effective_from: 2021-13-27"),
    ("effective_from: 2021-09-27", "effective_from: 2021-09-27\neffective_to: 2020-01-01"),
    (CONDITION, "{field: penalty.fine, op: exists}"),
    (CONDITION, "{field: penalty.fine_fen, op: contains, value: '3'}"),
    ("measure: count", "measure: {sum: inspection.critical_count}"),
    ("{from: 2, points: 20.5}", "{from: 1, points: 20.5}"),
    ("indicator: penalties", "indicator: fines"),
    ("cites: local parameter}\ndim", "cites: somebody said}\ndim"),
    ("code: A, upper_inclusive: 30", "code: A, upper_inclusive: 45"),
    ("{code: D}", "{code: D, upper_inclusive: 60, cites: local parameter}"),
];

#[test]
fn the_schema_and_the_reader_take_and_refuse_the_same_models() {
    for (from, to) in GOOD {
        assert_eq!(said(from, to), (true, true), "{to}: taken by (schema, reader)");
    }
    for (from, to) in BAD {
        assert_eq!(said(from, to), (false, false), "{to}: taken by (schema, reader)");
    }
}

#[test]
fn what_no_schema_can_say_is_refused_by_the_reader() {
    for (from, to) in READER_ALONE {
        assert_eq!(said(from, to), (true, false), "{to}: taken by (schema, reader)");
    }
}

#[test]
fn the_shipped_models_fit_the_published_schema() {
    let schema = Model::json_schema().to_value();
    let models = Rulebook::builtin();
    let models = models.models().iter().filter(|model| !model.name.starts_with("combine"));
    for model in models {
        let value: Value = serde_norway::from_str(&model.text).unwrap();
        assert!(fits(&schema, &value), "{}", model.name);
    }
}
