//! The food model: static 40 and dynamic 60 points, grades at 30, 45 and 60, ups and downs within the year, new producers, special food.

use chrono::NaiveDate;
use risk::domain::explain::explain;
use risk::domain::scoring::Items;

use crate::golden::facts::*;

fn today() -> NaiveDate {
    day("2026-03-31")
}

fn ago(days: i64) -> NaiveDate {
    shifted(today(), -days)
}

/// A producer of ordinary food of band I, too young for the lowering of three clean years.
fn young(number: &str, sub_kind: &str) -> Vec<Fact> {
    vec![enterprise(ago(700), "InOperation"), licence("FOOD", number, sub_kind, "Valid")]
}

/// The same, twenty years old.
fn old(number: &str, sub_kind: &str) -> Vec<Fact> {
    vec![enterprise(day("2005-01-01"), "InOperation"), licence("FOOD", number, sub_kind, "Valid")]
}

/// A fact that the measure raises the grade for, on a day.
type Reason = fn(NaiveDate) -> Fact;

const GRAIN: &str = "SC10137010200018";

fn with(facts: Vec<Fact>, more: &[Fact]) -> Vec<Fact> {
    facts.into_iter().chain(more.iter().cloned()).collect()
}

#[track_caller]
fn comes_to(facts: &[Fact], points: i64, grade: &str) {
    assert_eq!(professional("FOOD", today(), facts), (points, grade.to_owned()));
}

/// A visit that found so many minor things and nothing to correct.
fn minor(count: i32) -> Fact {
    inspection("FOOD", ago(10), "1", [0, 0, count])
}

fn serious(count: i32) -> Fact {
    inspection("FOOD", ago(20), "1", [0, count, 0])
}

#[test]
fn thirty_is_a_and_the_next_half_point_b_forty_five_is_b_and_sixty_c() {
    let sugar = || young("SC11537010200010", "OrdinaryFood");
    let infant = || young("SC12937012400019", "InfantFormula");
    comes_to(&with(young(GRAIN, "OrdinaryFood"), &[serious(8), minor(8)]), 3000, "A");
    comes_to(&with(young(GRAIN, "OrdinaryFood"), &[serious(8), minor(9)]), 3050, "B");
    comes_to(&with(sugar(), &[serious(8), minor(10)]), 4500, "B");
    comes_to(&with(sugar(), &[serious(8), minor(11)]), 4550, "C");
    comes_to(&with(infant(), &[serious(8), minor(8)]), 6000, "C");
    comes_to(&with(infant(), &[serious(8), minor(9)]), 6050, "D");
}

#[test]
fn a_hundredth_above_a_bound_is_the_next_grade() {
    let models = models(None);
    let engine = models.at(today(), &*rulebook::Rulebook::builtin()).unwrap();
    let scorer = engine.professional("FOOD").unwrap();
    let bounds: Vec<_> = (0..3).map(|rank| scorer.upper_bound(rank).unwrap().e2()).collect();
    assert_eq!(bounds, [3000, 4500, 6000]);
}

#[test]
fn the_riskiest_category_counts_alone_and_neither_part_passes_its_cap() {
    for (number, sub_kind, points) in [
        (GRAIN, "OrdinaryFood", 10),
        ("SC10237010200010", "OrdinaryFood", 16),
        ("SC10437010200010", "OrdinaryFood", 24),
        ("SC20137011600076", "FoodAdditive", 24),
        ("SC10537010200010", "OrdinaryFood", 32),
        ("SC12737011400238", "HealthFood", 25),
        ("SC12837010200010", "FsmpFood", 40),
        ("SC12937012400019", "InfantFormula", 40),
    ] {
        let (found, _) = professional("FOOD", today(), &young(number, sub_kind));
        assert_eq!(found, points * 100, "{number}");
        let two = with(young(number, sub_kind), &[licence("FOOD", GRAIN, "OrdinaryFood", "Valid")]);
        assert_eq!(professional("FOOD", today(), &two).0, points * 100, "{number} and grain");
    }
    let all_bad: Vec<_> = (1..=9)
        .flat_map(|n| {
            [inspection("FOOD", ago(n), "6", [9; 3]), failed_sample(ago(n), "City"), warning("FOOD", ago(n))]
        })
        .collect();
    comes_to(&with(young("SC12937012400019", "InfantFormula"), &all_bad), 10_000, "D");
}

#[test]
fn a_licence_given_up_or_told_by_mistake_says_nothing_and_one_that_was_taken_away_goes_on_to_count() {
    let book = rulebook::Rulebook::builtin();
    let mut tried = 0;
    for state in book.all_codes().filter(|code| code.set == "licence_state") {
        let formula = licence("FOOD", "SC12937012400019", "InfantFormula", &state.code);
        let (points, _) = professional("FOOD", today(), &with(young(GRAIN, "OrdinaryFood"), &[formula]));
        let is_over = ["Expired", "Cancelled", "Withdrawn"].contains(&state.code.as_str());
        assert_eq!(points, if is_over { 1_000 } else { 4_000 }, "{}", state.label_zh);
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn a_new_producer_is_graded_by_its_static_points() {
    for (number, sub_kind, grade) in [
        (GRAIN, "OrdinaryFood", "A"),
        ("SC10537010200010", "OrdinaryFood", "B"),
        ("SC12937012400019", "InfantFormula", "B"),
    ] {
        let new = [enterprise(ago(30), "InOperation"), licence("FOOD", number, sub_kind, "Valid")];
        let class = class("FOOD", today(), &new);
        assert_eq!(class.professional_code, grade, "{number}");
        assert_eq!(class.detail.professional.unwrap().fired, [""; 0], "nothing of its history lowers it");
    }
}

#[test]
fn each_reason_of_the_measure_raises_by_one_within_the_year_and_no_longer() {
    let last_year = years_before(today(), 1);
    let reasons: [(&str, Reason); 7] = [
        ("failed_sampling", |on| failed_sample(on, "Province")),
        ("failed_sampling", |on| failed_sample(on, "National")),
        ("grave_breach", |on| penalty("FOOD", on, &["3"], "Heavier", 100)),
        ("refused_inspection", |on| inspection("FOOD", on, "6", [0; 3])),
        ("accident", |on| entry("FOOD_ACCIDENT", "", on, None)),
        ("social_effect", |on| entry("FOOD_SOCIAL_EFFECT", "", on, None)),
        ("recall_refused", |on| entry("FOOD_RECALL_REFUSED", "", on, None)),
    ];
    for (rule, reason) in reasons {
        let fired = |on| {
            let class = class("FOOD", today(), &with(young(GRAIN, "OrdinaryFood"), &[reason(on)]));
            (class.detail.professional.unwrap().fired, class.professional_code)
        };
        assert_eq!(fired(shifted(last_year, 1)), (vec![rule.to_owned()], "B".to_owned()), "{rule}");
        assert_eq!(fired(last_year), (Vec::new(), "A".to_owned()), "{rule}: a year ago");
    }
    let two = [entry("FOOD_ACCIDENT", "", ago(1), None), entry("FOOD_SOCIAL_EFFECT", "", ago(1), None)];
    comes_to(&with(young(GRAIN, "OrdinaryFood"), &two), 1000, "C");
}

#[test]
fn what_is_no_reason_of_the_measure_raises_nothing() {
    for fact in [
        failed_sample(ago(1), "City"),
        sample(ago(1), "National", false),
        penalty("FOOD", ago(1), &["3"], "Ordinary", 100),
        penalty("FOOD", ago(1), &["1"], "Heavier", 0),
        entry("SE_ACCIDENT", "", ago(1), None),
    ] {
        let class = class("FOOD", today(), &with(young(GRAIN, "OrdinaryFood"), std::slice::from_ref(&fact)));
        assert_eq!(
            (class.detail.professional.unwrap().fired, class.professional_code),
            (vec![], "A".to_owned())
        );
    }
}

#[test]
fn three_clean_years_lower_by_one_and_need_a_visit() {
    let milk = || old("SC10537010200010", "OrdinaryFood");
    let three_years = years_before(today(), 3);
    let visit = |on| inspection("FOOD", on, "1", [0; 3]);
    comes_to(&milk(), 3200, "B");
    comes_to(&with(milk(), &[visit(ago(1))]), 3200, "A");
    comes_to(&with(milk(), &[visit(shifted(three_years, 1))]), 3200, "A");
    comes_to(&with(milk(), &[visit(three_years)]), 3200, "B");
    for (stain, clean) in [
        (warning("FOOD", three_years), true),
        (warning("FOOD", shifted(three_years, 1)), false),
        (inspection("FOOD", shifted(three_years, 1), "5", [0; 3]), false),
        (failed_sample(shifted(three_years, 1), "City"), false),
        (failed_sample(three_years, "City"), true),
    ] {
        let class = class("FOOD", today(), &with(milk(), &[visit(ago(1)), stain]));
        assert_eq!(class.detail.professional.unwrap().fired == ["clean_years"], clean);
    }
    // Founded three years ago to the day, and a day later.
    let founded = |on| {
        let facts = [
            enterprise(on, "InOperation"),
            licence("FOOD", "SC10537010200010", "OrdinaryFood", "Valid"),
            visit(ago(1)),
        ];
        professional("FOOD", today(), &facts).1
    };
    assert_eq!((founded(three_years), founded(shifted(three_years, 1))), ("A".to_owned(), "B".to_owned()));
}

#[test]
fn a_visit_that_could_check_nothing_is_no_visit_and_one_that_counts_a_problem_is_not_clean() {
    let book = rulebook::Rulebook::builtin();
    let milk = || old("SC10537010200010", "OrdinaryFood");
    let mut tried = 0;
    for code in book.all_codes().filter(|code| code.set == "inspection_result") {
        let (_, grade) =
            professional("FOOD", today(), &with(milk(), &[inspection("FOOD", ago(1), &code.code, [0; 3])]));
        assert_eq!(grade == "A", code.code == "1", "{}", code.label_zh);
        tried += 1;
    }
    assert_eq!(tried, 13);
    for findings in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
        let visits = [inspection("FOOD", ago(1), "1", findings), inspection("FOOD", ago(2), "1", [0; 3])];
        let class = class("FOOD", today(), &with(milk(), &visits));
        assert_eq!(class.detail.professional.unwrap().fired, [""; 0], "{findings:?}");
    }
}

#[test]
fn a_certificate_lowers_unless_for_special_formula_and_two_reasons_lower_by_one() {
    let certificate = |removed_on| entry("FOOD_CERTIFIED", "", ago(400), removed_on);
    let award = entry("FOOD_QUALITY_AWARD", "", ago(400), None);
    // Dairy with serious findings: 48 points, grade C.
    let dairy =
        |more: &[Fact]| with(young("SC10537010200010", "OrdinaryFood"), &[&[serious(8)], more].concat());
    comes_to(&dairy(&[]), 4800, "C");
    comes_to(&dairy(&[certificate(None)]), 4800, "B");
    comes_to(&dairy(&[certificate(Some(shifted(today(), 1)))]), 4800, "B");
    comes_to(&dairy(&[certificate(Some(today()))]), 4800, "C");
    comes_to(&dairy(std::slice::from_ref(&award)), 4800, "B");
    comes_to(&dairy(&[certificate(None), award.clone()]), 4800, "B");
    for (number, sub_kind) in [("SC12937012400019", "InfantFormula"), ("SC12837010200010", "FsmpFood")] {
        comes_to(&with(young(number, sub_kind), &[certificate(None)]), 4000, "B");
        comes_to(&with(young(number, sub_kind), std::slice::from_ref(&award)), 4000, "A");
    }
}

#[test]
fn of_two_reasons_to_lower_the_explanation_says_that_one_counts() {
    let facts = with(
        young("SC10537010200010", "OrdinaryFood"),
        &[
            serious(8),
            entry("FOOD_CERTIFIED", "", ago(400), None),
            entry("FOOD_QUALITY_AWARD", "", ago(400), None),
        ],
    );
    let (models, book) = (models(None), rulebook::Rulebook::builtin());
    let engine = models.at(today(), &*book).unwrap();
    let mut items: Vec<_> =
        facts.iter().flat_map(|(source, bytes)| models.project(source, bytes).unwrap()).collect();
    items.sort();
    let given = engine.classify("FOOD", Items::sorted(&items));
    let explained = explain(&engine, "FOOD", &given, &[], &*book);
    let food = explained.models.last().unwrap();
    assert_eq!((food.by_points.as_str(), food.code.as_str()), ("C", "B"));
    let told: Vec<_> =
        explained.rules.iter().map(|rule| (rule.rule.as_str(), rule.effect.as_str())).collect();
    let expected = [("certified", "下调1级"), ("quality_award", "下调1级(下调只计一项,本项不再下调)")];
    assert_eq!(told, expected);
    let sentences: Vec<_> =
        explained.overriding_rules.iter().filter(|line| line.starts_with("等级调整")).collect();
    assert!(!sentences[0].contains("只计一项") && sentences[1].ends_with("本项不再下调)"), "{sentences:?}");
}

#[test]
fn a_check_of_the_quality_system_that_finds_something_counts_for_special_food() {
    let health = || young("SC12737011400238", "HealthFood");
    let system = |result: &str| inspection_of("QualitySystem", "FOOD", ago(1), result, [0; 3]);
    comes_to(&with(health(), &[system("1")]), 2500, "A");
    comes_to(&with(health(), &[system("5")]), 2500 + 300 + 400, "B");
    comes_to(&with(health(), &[system("5"), system("5"), system("5")]), 2500 + 700 + 800, "B");
}

#[test]
fn the_third_penalty_within_a_year_holds_the_grade_at_d() {
    let last_year = years_before(today(), 1);
    let two = [warning("FOOD", ago(1)), warning("FOOD", ago(2))];
    let fired = |third: NaiveDate| {
        let facts = with(young(GRAIN, "OrdinaryFood"), &[&two[..], &[warning("FOOD", third)]].concat());
        professional("FOOD", today(), &facts).1
    };
    assert_eq!(fired(shifted(last_year, 1)), "D");
    assert_eq!(fired(last_year), "A");
    let equipment = with(young(GRAIN, "OrdinaryFood"), &[&two[..], &[warning("SE", ago(3))]].concat());
    assert_eq!(professional("FOOD", today(), &equipment).1, "A", "penalties in another field");
}
