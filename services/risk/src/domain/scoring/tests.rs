use std::{collections::BTreeMap, sync::Arc};

use chrono::{Days, NaiveDate};

use super::*;
use crate::domain::{
    evidence::{ALWAYS, FOREVER},
    model::Model,
    parameters::{MissingParameter, Parameters, Span},
    scheme::Scheme,
};

/// Parameters of a test: numbers only.
struct Numbers(BTreeMap<&'static str, Hundredths>);

impl Parameters for Numbers {
    fn number(&self, name: &str, _: NaiveDate) -> Option<Hundredths> {
        self.0.get(name).copied()
    }

    fn span(&self, _: &str, _: NaiveDate) -> Option<Span> {
        None
    }
}

const HEAD: &str = "
id: test
version: '1'
scope: FOOD
scheme: test
effective_from: 2021-09-27
source: a document
base: {points: 0, cites: local parameter}
";

const GRADES: &str = "
grades:
  - {code: A, upper_inclusive: {parameter: grade.a}}
  - {code: B, upper_inclusive: 45, cites: local parameter}
  - {code: C, upper_inclusive: 60, cites: local parameter}
  - {code: D}
";

fn as_of() -> NaiveDate {
    "2026-03-31".parse().unwrap()
}

fn scorer(body: &str) -> Result<Scorer, MissingParameter> {
    let scheme = |id: &str| {
        Scheme::new(id, ["A", "B", "C", "D"].map(|code| (code.to_owned(), code.to_owned())).to_vec())
    };
    let model = Model::load("test.yaml", &format!("{HEAD}{body}{GRADES}"), "00", scheme).unwrap();
    let parameters = Numbers(BTreeMap::from([("grade.a", Hundredths::whole(30))]));
    Scorer::new(Arc::new(model), 0, &parameters, as_of())
}

/// A scorer with one indicator of penalties, which says `lines`.
fn one(lines: &str) -> Scorer {
    let body = format!(
        "dimensions: [{{id: d, label: 维度}}]\nindicators:\n  - {{id: i, label: 指标, dimension: d, source: penalty, cites: local parameter, {lines}}}"
    );
    scorer(&body).unwrap()
}

/// An item of the first indicator, `days` before the day of the run.
fn item(days: u64, value: i64) -> Item {
    item_on(as_of() - Days::new(days), FOREVER, value)
}

fn item_on(day: NaiveDate, last_day: NaiveDate, value: i64) -> Item {
    Item::new(0, day, last_day, Hundredths::from_e2(value))
}

fn value(scorer: &Scorer, mut items: Vec<Item>) -> Option<i64> {
    items.sort();
    scorer.contributions(&scorer.score(Items::sorted(&items)))[0].value.map(Hundredths::e2)
}

#[test]
fn a_bound_belongs_to_its_grade() {
    let scorer = one("measure: {sum: penalty.fine_fen}, points_each: 1");
    for (points_e2, grade) in [
        (0, "A"),
        (3000, "A"),
        (3001, "B"),
        (4500, "B"),
        (4501, "C"),
        (6000, "C"),
        (6001, "D"),
        (10_000, "D"),
    ] {
        let score = scorer.score(Items::sorted(&[item(1, points_e2)]));
        assert_eq!(score.points.e2(), points_e2);
        assert_eq!(scorer.model().scheme.code(score.rank), grade, "{points_e2}");
    }
}

#[test]
fn each_measure_counts_what_it_says() {
    let items = || vec![item(10, 500), item(20, 0), item(20, 300)];
    for (measure, expected) in [
        ("count", Some(300)),
        ("exists", Some(100)),
        ("days_since", Some(1000)),
        ("{sum: penalty.fine_fen}", Some(800)),
        ("{max: penalty.fine_fen}", Some(500)),
        ("{latest: penalty.fine_fen}", Some(500)),
        ("{share: {field: field, op: exists}}", Some(6666)),
    ] {
        assert_eq!(value(&one(&format!("measure: {measure}")), items()), expected, "{measure}");
    }
}

#[test]
fn of_nothing_everything_is_zero_but_days_since_has_no_value() {
    for measure in [
        "count",
        "exists",
        "{sum: penalty.fine_fen}",
        "{latest: penalty.fine_fen}",
        "{share: {field: field, op: exists}}",
    ] {
        assert_eq!(value(&one(&format!("measure: {measure}")), Vec::new()), Some(0), "{measure}");
    }
    assert_eq!(value(&one("measure: days_since"), Vec::new()), None);
}

#[test]
fn of_one_day_the_latest_value_is_the_largest() {
    let ended = item_on(as_of() - Days::new(5), as_of(), 900);
    assert_eq!(value(&one("measure: {latest: penalty.fine_fen}"), vec![item(5, 100), ended]), Some(900));
}

#[test]
fn a_window_counts_its_days_and_never_the_future() {
    let count = |window: &str, days: &[i64]| {
        let items = days.iter().map(|days| item_on(as_of() - chrono::TimeDelta::days(*days), FOREVER, 100));
        value(&one(&format!("measure: count, window: {window}")), items.collect()).unwrap() / 100
    };
    // Ninety days: the day of the run and the 89 before it.
    assert_eq!(count("{days: 90}", &[0, 89]), 2);
    assert_eq!(count("{days: 90}", &[90, 91, -1]), 0);
    // A month before 31 March is 28 February, which no longer counts.
    assert_eq!(count("{months: 1}", &[30, 31]), 1);
    assert_eq!(count("{older_than: {days: 90}}", &[89, 90, 5000, -1]), 2);
}

#[test]
fn an_open_window_counts_what_has_begun_and_not_ended() {
    let scorer = one("measure: count, window: {open: true}");
    let lasting =
        |until: i64| item_on(as_of() - Days::new(100), as_of() + chrono::TimeDelta::days(until), 100);
    assert_eq!(value(&scorer, vec![lasting(0), lasting(1), item(1, 100)]), Some(300));
    assert_eq!(value(&scorer, vec![lasting(-1)]), Some(0));
}

#[test]
fn what_has_no_day_counts_at_all_times() {
    assert_eq!(value(&one("measure: count"), vec![item_on(ALWAYS, FOREVER, 100)]), Some(100));
}

#[test]
fn the_highest_band_that_is_reached_gives_the_points_and_a_cap_holds() {
    let scorer = one("measure: count, bands: [{from: 1, points: 5}, {from: 3, points: 9.5}], cap: 9");
    let points = |count: u64| {
        let mut items: Vec<_> = (0..count).map(|days| item(days, 100)).collect();
        items.sort();
        scorer.score(Items::sorted(&items)).points.e2()
    };
    assert_eq!([points(0), points(1), points(2), points(3), points(4)], [0, 500, 500, 900, 900]);
}

const TWO: &str = "
dimensions:
  - {id: kind, label: 类别, combine: max}
  - {id: conduct, label: 行为, cap: 50, cites: local parameter}
indicators:
  - {id: low, label: 低, dimension: kind, source: penalty, measure: exists, bands: [{from: 1, points: 10}], cites: local parameter}
  - {id: high, label: 高, dimension: kind, source: penalty, measure: exists, bands: [{from: 1, points: 20}], cites: local parameter}
  - {id: acts, label: 次数, dimension: conduct, source: penalty, measure: count, points_each: 20, cites: local parameter}
steps:
  - {id: up, label: 上调, steps: 1, when: [{indicator: acts, at_least: 2}], cites: local parameter}
  - {id: down, label: 下调, steps: -1, when: [{indicator: acts, at_most: 0}, {indicator: high, at_least: 1}], cites: local parameter}
floors:
  - {id: floor, label: 不低于, grade: C, when: [{indicator: acts, at_least: 1}], cites: local parameter}
vetoes:
  - {id: veto, label: 否决, when: [{indicator: acts, at_least: 5}], cites: local parameter}
";

fn of(indicator: Ordinal, count: u64) -> impl Iterator<Item = Item> {
    let day = move |days| as_of() - Days::new(days);
    (0..count).map(move |days| Item::new(indicator, day(days), FOREVER, Hundredths::whole(1)))
}

fn score(low: u64, high: u64, acts: u64) -> (i64, &'static str, bool) {
    let mut items: Vec<_> = of(0, low).chain(of(1, high)).chain(of(2, acts)).collect();
    items.sort();
    let score = scorer(TWO).unwrap().score(Items::sorted(&items));
    (score.points.e2() / 100, ["A", "B", "C", "D"][score.rank], score.vetoed)
}

#[test]
fn dimensions_add_up_after_their_caps() {
    assert_eq!(score(1, 1, 0), (20, "A", false));
    assert_eq!(score(1, 0, 3).0, 10 + 50);
    let mut items: Vec<_> = of(0, 1).chain(of(1, 1)).chain(of(2, 3)).collect();
    items.sort();
    assert_eq!(scorer(TWO).unwrap().score(Items::sorted(&items)).cut, [0, 1]);
}

#[test]
fn steps_come_before_floors_and_floors_before_vetoes() {
    // 20 points: A; the floor lifts it to C.
    assert_eq!(score(0, 0, 1), (20, "C", false));
    // 40 points: B; one step up.
    assert_eq!(score(0, 0, 2), (40, "C", false));
    // 50 of 60 points: C; one step up.
    assert_eq!(score(0, 0, 3), (50, "D", false));
    // Below the lowest grade there is none.
    assert_eq!(score(0, 1, 0), (20, "A", false));
    assert_eq!(score(0, 0, 5), (50, "D", true));
}

#[test]
fn a_parameter_that_is_missing_is_named_with_its_day() {
    let scheme = |id: &str| {
        Scheme::new(id, ["A", "B", "C", "D"].map(|code| (code.to_owned(), code.to_owned())).to_vec())
    };
    let body = "dimensions: []\nindicators: []";
    let model = Model::load("test.yaml", &format!("{HEAD}{body}{GRADES}"), "00", scheme).unwrap();
    let missing = Scorer::new(Arc::new(model), 0, &Numbers(BTreeMap::new()), as_of()).unwrap_err();
    assert_eq!((missing.name.as_str(), missing.day), ("grade.a", as_of()));
}

#[test]
fn everybody_at_once_gets_the_scores_that_each_gets_alone() {
    let scorer = scorer(TWO).unwrap();
    let of_one = |number: u64| {
        let mut items: Vec<_> = of(0, number % 2).chain(of(1, number % 3)).chain(of(2, number % 7)).collect();
        items.sort();
        items
    };
    // More than one core takes at once, and neighbours that differ: nobody sees what another one gave.
    let everybody: Vec<_> = (0..5_000).map(of_one).collect();
    let at_once = scorer.score_all(&everybody, |items| Items::sorted(items));
    let alone: Vec<_> = everybody.iter().map(|items| scorer.score(Items::sorted(items))).collect();
    assert_eq!(at_once, alone);
}

#[test]
fn the_points_of_a_score_are_those_that_its_contributions_explain() {
    // Also where nothing looks at single ones.
    let plain = TWO.split("steps:").next().unwrap().replace(", combine: max", "");
    for body in [TWO, &plain] {
        let scorer = scorer(body).unwrap();
        for (low, high, acts) in [(0, 0, 0), (1, 0, 0), (0, 3, 1), (9, 2, 4), (2, 9, 7)] {
            let mut items: Vec<_> = of(0, low).chain(of(1, high)).chain(of(2, acts)).collect();
            items.sort();
            let score = scorer.score(Items::sorted(&items));
            let contributions = scorer.contributions(&score);
            let places = 0..scorer.model().dimensions.len();
            let counted = places.map(|place| scorer.dimension_total(place, &contributions).counted);
            assert_eq!(score.points, scorer.base() + counted.sum(), "{low} {high} {acts}");
        }
    }
}

#[test]
fn the_largest_values_give_points_that_still_add_up_and_subtract() {
    let scorer = one("measure: {sum: penalty.fine_fen}, points_each: 1000");
    let score = scorer.score(Items::sorted(&[item(2, i64::MAX), item(1, i64::MAX)]));
    assert_eq!(score.points.e2(), super::resolve::MOST_POINTS_E2);
}

#[test]
fn items_of_other_models_beside_its_own_count_for_nothing() {
    let scheme = |id: &str| {
        Scheme::new(id, ["A", "B", "C", "D"].map(|code| (code.to_owned(), code.to_owned())).to_vec())
    };
    let model = Model::load("test.yaml", &format!("{HEAD}{TWO}{GRADES}"), "00", scheme).unwrap();
    let parameters = Numbers(BTreeMap::from([("grade.a", Hundredths::whole(30))]));
    let third = Scorer::new(Arc::new(model), 10, &parameters, as_of()).unwrap();
    let items: Vec<_> = [9, 10, 12, 13].into_iter().flat_map(|indicator| of(indicator, 1)).collect();
    let given = third.contributions(&third.score(Items::sorted(&items)));
    assert_eq!(given.iter().map(|given| given.points.e2() / 100).collect::<Vec<_>>(), [10, 0, 20]);
}
