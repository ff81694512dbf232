use std::sync::LazyLock;

use rulebook::Rulebook;

use super::*;
use crate::domain::hundredths::Hundredths;
use crate::rules;

fn shipped() -> Combiner {
    let rulebook = Rulebook::builtin();
    let file = rulebook.models().iter().find(|model| model.name == "combine").unwrap();
    Combiner::load("combine.yaml", &file.text, |id| rules::scheme(&rulebook, id)).unwrap()
}

fn refused(change: impl Fn(String) -> String) -> String {
    let rulebook = Rulebook::builtin();
    let file = rulebook.models().iter().find(|model| model.name == "combine").unwrap();
    let text = change(file.text.clone());
    assert_ne!(text, file.text, "the change changes something");
    Combiner::load("combine.yaml", &text, |id| rules::scheme(&rulebook, id)).unwrap_err().to_string()
}

/// The default of rules (f), in words: the grade; one up if general is in the top two; one down if general is A and the
/// grade at most B; a veto gives the highest. The highest of the combined scheme comes by veto only.
fn by_the_words(general: usize, professional: usize, vetoed: bool) -> usize {
    match (vetoed, general, professional) {
        (true, _, _) => 4,
        (false, 3 | 4, grade) => (grade + 1).min(3),
        (false, 0, grade @ 0..=1) => grade.saturating_sub(1),
        (false, _, grade) => grade,
    }
}

/// `shipped`, with the numbers of a day.
fn ready(combiner: Combiner) -> Combination {
    let day = "2026-04-01".parse().unwrap();
    Combination::new(combiner.into(), &*Rulebook::builtin(), day).unwrap()
}

fn points(text: &str) -> Hundredths {
    Hundredths::parse(text).unwrap()
}

fn given(general: usize, professional: Option<&str>, vetoed: bool) -> Given<'_> {
    let professional = professional.map(|grade| (grade, Hundredths::ZERO));
    Given { general, general_points: Hundredths::ZERO, professional, vetoed, floor: 0 }
}

#[test]
fn the_whole_table_is_what_the_words_say() {
    let combination = ready(shipped());
    let mut tried = 0;
    for (general, _) in combination.combiner().scheme.codes().enumerate() {
        for (professional, grade) in ["A", "B", "C", "D"].into_iter().enumerate() {
            for vetoed in [false, true] {
                let expected = by_the_words(general, professional, vetoed);
                let found = combination.rank(&given(general, Some(grade), vetoed));
                assert_eq!(found, expected, "{general} {grade} {vetoed}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 40);
}

#[test]
fn without_a_professional_model_the_general_class_stands() {
    let combination = ready(shipped());
    for general in 0..5 {
        assert_eq!(combination.rank(&given(general, None, false)), general);
        assert_eq!(combination.rank(&given(general, None, true)), 4);
    }
}

/// Asks the province first.
const STAND_IN: &str = "general: {first: stand_in, otherwise: general}\n";

/// The shipped file with another method.
fn with_method(method: &str) -> Result<Combiner, String> {
    let rulebook = Rulebook::builtin();
    let file = rulebook.models().iter().find(|model| model.name == "combine").unwrap();
    let (head, rest) = file.text.split_once("matrix:").unwrap();
    let (_, tail) = rest.split_once("# The national").unwrap();
    // An imported class has no points that could be shared.
    let head = if method.contains("weighted") { head.replace(STAND_IN, "") } else { head.to_owned() };
    let text = format!("{head}{method}\n# The national{tail}");
    Combiner::load("combine.yaml", &text, |id| rules::scheme(&rulebook, id))
        .map_err(|error| error.to_string())
}

/// The part of a file of `combinations` that says how.
fn method_of(file: &'static str) -> &'static str {
    let (_, rest) = file.split_once("scheme: shandong2020\n").unwrap();
    rest.split_once("national_scheme").unwrap().0.trim_end()
}

/// Anhui: 100 points of the field's model and up to 20 of the general class.
static ADD: LazyLock<&str> = LazyLock::new(|| {
    method_of(include_str!("../../../../../shared/rulebook/data/combinations/combine_add.yaml"))
});

/// Shanxi: shares of both, over 60 is the highest class that a sum gives.
static WEIGHTED: LazyLock<&str> = LazyLock::new(|| {
    method_of(include_str!("../../../../../shared/rulebook/data/combinations/combine_weighted.yaml"))
});

#[test]
fn points_that_the_general_class_is_worth_are_added_and_a_bound_belongs_to_its_class() {
    let combination = ready(with_method(&ADD).unwrap());
    for (general, professional, expected) in [
        (0, "30", 0),
        (0, "30.01", 1),
        (1, "25", 0),
        (1, "25.01", 1),
        (3, "30", 1),
        (4, "25", 1),
        (4, "25.01", 2),
        (4, "40", 2),
        (4, "40.01", 3),
    ] {
        let given = Given {
            general,
            general_points: points("99"),
            professional: Some(("A", points(professional))),
            vetoed: false,
            floor: 0,
        };
        assert_eq!(combination.rank(&given), expected, "general {general}, {professional} points");
        assert_eq!(combination.rank(&Given { vetoed: true, ..given }), 4, "a veto goes before every sum");
    }
}

#[test]
fn shares_of_both_models_points_are_added_to_the_hundredth() {
    let combination = ready(with_method(&WEIGHTED).unwrap());
    for (general, professional, sum, expected) in [
        ("30", "30", "30", 0),
        ("30.03", "30", "30.01", 1),
        ("30.01", "30", "30", 0),
        ("0", "60", "45", 1),
        ("100", "60", "70", 3),
        ("60", "60", "60", 2),
    ] {
        let given = Given {
            general: 0,
            general_points: points(general),
            professional: Some(("A", points(professional))),
            vetoed: false,
            floor: 0,
        };
        let found = combination.sum(0, given.general_points, points(professional));
        assert_eq!(found, Some(points(sum)), "{general} and {professional}");
        assert_eq!(combination.rank(&given), expected, "{general} and {professional}");
    }
}

#[test]
fn more_points_of_either_model_never_give_a_lower_class() {
    for method in [*ADD, *WEIGHTED] {
        let combination = ready(with_method(method).unwrap());
        for general in 0..5 {
            let rank = |general_points: i64, professional: i64| {
                let professional = Some(("A", Hundredths::whole(professional)));
                let general_points = Hundredths::whole(general_points);
                combination.rank(&Given { general, general_points, professional, vetoed: false, floor: 0 })
            };
            for (lower, higher) in (0..120).zip(1..=120) {
                assert!(rank(lower, 40) <= rank(higher, 40) && rank(40, lower) <= rank(40, higher));
            }
        }
    }
}

#[test]
fn no_sum_gives_a_lower_class_than_the_floors_that_fired_and_the_sentence_says_so() {
    for method in [*ADD, *WEIGHTED] {
        let combination = ready(with_method(method).unwrap());
        for (floor, whole) in (0..5).flat_map(|floor| (0..120).map(move |whole| (floor, whole))) {
            let professional = Some(("A", Hundredths::whole(whole)));
            let free =
                Given { general: 0, general_points: Hundredths::ZERO, professional, vetoed: false, floor: 0 };
            let rank = combination.rank(&Given { floor, ..free });
            assert_eq!(rank, combination.rank(&free).max(floor), "{floor} and {whole} points");
        }
        let told = Told {
            general: "A",
            general_points: Hundredths::ZERO,
            professional: "D",
            professional_points: points("10"),
            code: "D",
            vetoed: false,
            stood_in: false,
            held_above: None,
        };
        let sentence = combination.sentence(&told);
        assert!(sentence.contains("按分值A类,触发下限或者上调规则,综合类别D类"), "{sentence}");
        let by_points = combination.sentence(&Told { code: "A", ..told });
        assert!(!by_points.contains("触发"), "{by_points}");
    }
}

#[test]
fn a_method_that_makes_no_sense_is_refused_with_its_place() {
    for (method, told) in [
        (ADD.replace("D: 15, ", ""), "add.general_points: class `D` has no points"),
        (ADD.replace("D: 15", "D: 9"), "a riskier class is worth less"),
        (ADD.replace("D: 15", "X: 15, D: 16"), "`X` is no class"),
        (ADD.replace("upper_inclusive: 45", "upper_inclusive: 20"), "add.classes: the bounds must rise"),
        (ADD.replace("{code: D}", "{code: A}"), "in the order of"),
        (WEIGHTED.replace("general: 0.25", "general: -0.25"), "weighted.general: a share below 0"),
        (WEIGHTED.replace("{code: D}", "{code: D, upper_inclusive: 90}"), "every class but the last"),
        (format!("{}\n{}", *ADD, *WEIGHTED), "exactly one of"),
        (String::new(), "exactly one of"),
    ] {
        let problem = with_method(&method).unwrap_err();
        assert!(problem.starts_with("combine.yaml:") && problem.contains(told), "{told}: {problem}");
    }
}

#[test]
fn a_stand_in_is_asked_by_a_known_rule_and_never_where_points_are_shared() {
    assert_eq!(shipped().stand_in, Some(Otherwise::Model));
    let with = |to: &str| refused(|text| text.replace(STAND_IN, to));
    assert!(
        with("general: {first: stand_in, otherwise: X}\n").contains("general.otherwise: `X` is no class")
    );
    assert!(with("general: {first: province, otherwise: general}\n").contains("unknown variant"));
    let shared = refused(|text| {
        let (head, rest) = text.split_once("matrix:").unwrap();
        format!("{head}{}\n# The national{}", *WEIGHTED, rest.split_once("# The national").unwrap().1)
    });
    assert!(shared.contains("general: `weighted` shares the points"), "{shared}");
}

#[test]
fn the_national_scheme_writes_e_as_d_from_its_first_day_on() {
    let combiner = shipped();
    let on =
        |day: &str| -> Vec<_> { (0..5).map(|rank| combiner.national(rank, day.parse().unwrap())).collect() };
    assert_eq!(on("2022-01-13"), ["A", "B", "C", "D", "D"].map(Some));
    assert_eq!(on("2022-01-12"), [None; 5]);
}

#[test]
fn the_sentence_says_what_happened() {
    let combination = ready(shipped());
    let told = |general, professional, code, vetoed| {
        let (general_points, professional_points) = (points("12"), points("34.5"));
        combination.sentence(&Told {
            general,
            general_points,
            professional,
            professional_points,
            code,
            vetoed,
            stood_in: false,
            held_above: None,
        })
    };
    assert_eq!(
        told("D", "B", "C", false),
        "按组合矩阵(第2版):通用D类,专业B级,综合类别C类,在专业等级上调1级。没有有效的省局分类,通用类别按本市通用模型。"
    );
    assert_eq!(
        told("A", "B", "A", false),
        "按组合矩阵(第2版):通用A类,专业B级,综合类别A类,在专业等级下调1级。没有有效的省局分类,通用类别按本市通用模型。"
    );
    assert!(told("B", "B", "B", false).contains("与专业等级一致"));
    assert!(told("E", "A", "E", true).contains("一票否决"));
    assert!(told("C", "", "C", false).contains("没有专业模型"));
}

#[test]
fn the_sentence_of_a_sum_says_its_points() {
    let sentence = |method| {
        let told = Told {
            general: "C",
            general_points: points("40"),
            professional: "B",
            professional_points: points("34.5"),
            code: "B",
            vetoed: false,
            stood_in: false,
            held_above: None,
        };
        ready(with_method(method).unwrap()).sentence(&told)
    };
    assert!(sentence(*ADD).contains("专业34.5分,加通用C类折算分,合计44.5分"), "{}", sentence(*ADD));
    assert!(sentence(*WEIGHTED).contains("加权合计35.88分"), "{}", sentence(*WEIGHTED));
}

#[test]
fn a_table_with_a_hole_or_a_fall_is_refused() {
    assert!(refused(|text| text.replace("    C: {A: A, B: B, C: C, D: D}\n", "")).contains("matrix"));
    assert!(
        refused(|text| text.replace("D: {A: B, B: C, C: D, D: D}", "D: {A: B, B: C, C: D}"))
            .contains("column D")
    );
    assert!(
        refused(|text| text.replace("D: {A: B, B: C, C: D, D: D}", "D: {A: C, B: B, C: D, D: D}"))
            .contains("row D")
    );
    assert!(
        refused(|text| text.replace("C: {A: A, B: B, C: C, D: D}", "C: {A: A, B: A, C: C, D: D}"))
            .contains("row C")
    );
    assert!(refused(|text| text.replace("D: D, E: D}", "D: D, E: X}")).contains("national"));
    assert!(
        refused(|text| text.replace("D: D, E: D}", "D: D, E: C}"))
            .contains("national: a riskier class of `shandong2020` is told as a lower one")
    );
    assert!(refused(|text| text.replace("version:", "versions:")).contains("versions"));
}

/// What the shipped table says after these triggers: whether it takes effect at once, and the trigger that is told.
fn verdict(combiner: &Combiner, happened: &[&str], worse: bool) -> (bool, String) {
    let happened = happened.iter().map(|kind| (*kind).to_owned()).collect();
    let verdict = combiner.effects.decide(&happened, worse);
    (verdict.at_once, verdict.why.trigger)
}

#[test]
fn each_trigger_says_for_each_direction_whether_a_result_waits() {
    let shipped = shipped();
    for (trigger, worse, better) in [
        ("list_entry", true, true),
        ("penalty", true, false),
        ("breach", true, true),
        ("corrected", true, true),
        ("day", true, true),
        ("mark", true, true),
        ("model", false, false),
        ("run", true, false),
        ("inspection", true, false),
        ("provincial_class", false, false),
    ] {
        assert_eq!(verdict(&shipped, &[trigger], true), (worse, trigger.to_owned()), "{trigger}, riskier");
        assert_eq!(
            verdict(&shipped, &[trigger], false),
            (better, trigger.to_owned()),
            "{trigger}, less risky"
        );
    }
}

#[test]
fn of_several_triggers_one_that_lets_a_result_take_effect_is_enough() {
    let shipped = shipped();
    assert_eq!(verdict(&shipped, &["inspection", "corrected"], false), (true, "corrected".to_owned()));
    assert_eq!(verdict(&shipped, &["inspection", "penalty"], false), (false, "penalty".to_owned()));
    assert_eq!(verdict(&shipped, &["model", "penalty"], true), (true, "penalty".to_owned()));
    assert_eq!(verdict(&shipped, &[], true), (false, "other".to_owned()), "nothing has happened");
}

#[test]
fn the_line_is_told_in_a_sentence_with_its_source() {
    let at_once = shipped().effects.decide(&["breach".to_owned()].into(), true);
    let sentence = at_once.why.sentence(at_once.at_once);
    assert!(sentence.starts_with("违反信用承诺或者整改完成,风险类别升高:立即生效"), "{sentence}");
    assert!(sentence.contains("part 2 (3) 1 (3)"), "{sentence}");
    let waits = shipped().effects.decide(&["sampling".to_owned()].into(), false);
    let sentence = waits.why.sentence(waits.at_once);
    assert!(sentence.starts_with("其他证据,风险类别降低:待下一次分类结果审批后生效"), "{sentence}");
}

#[test]
fn a_table_of_effects_with_an_unknown_double_or_missing_trigger_is_refused() {
    let with = |from: &str, to: &str| refused(|text| text.replace(from, to));
    assert!(with("trigger: breach", "trigger: rumour").contains("unknown trigger `rumour`"));
    assert!(with("trigger: breach", "trigger: penalty").contains("`penalty` stands twice"));
    assert!(with("trigger: other", "trigger: ticket").contains("effects: a line for `other` is missing"));
    assert!(with("worse: review\n", "worse: soon\n").contains("unknown variant"));
    let cited = "\"state machine 5 of the design names the triggers that need no review; local parameter\"";
    assert!(with(cited, "''").contains("cites: it is empty"));
}

#[test]
fn a_combination_tells_its_source_and_its_days_as_a_model_does() {
    let with = |from: &str, to: &str| refused(|text| text.replacen(from, to, 1));
    let source = "source: notice of 2021-09-27, part 2 (2) 2 (1) (通用+专业), since";
    assert!(with("version: \"2\"", "version: 2").contains("a text; one of digits stands in quotes"));
    let days = "effective_from: 2021-09-27\neffective_to: 2030-1-1";
    assert!(with("effective_from: 2021-09-27", days).contains("`2030-1-1` is no day; expected `YYYY-MM-DD`"));
    let rumour = refused(|text| {
        text.lines()
            .map(|line| {
                if line.starts_with(source) {
                    "source: somebody said\n".to_owned()
                } else {
                    format!("{line}\n")
                }
            })
            .collect()
    });
    assert!(rumour.contains("source: `somebody said` names no document"), "{rumour}");
}

#[test]
fn what_is_asked_of_a_combination_that_is_submitted_keeps_none_in_force_from_being_read() {
    let rulebook = Rulebook::builtin();
    let scheme = |id: &str| rules::scheme(&rulebook, id);
    let file = rulebook.models().iter().find(|model| model.name == "combine").unwrap();
    let (_, nothing) = Combiner::load_registered("combine.yaml", &file.text, scheme).unwrap();
    assert_eq!(nothing, None);
    let last = "effective_from: 2021-09-27\neffective_to: 2030-1-1";
    for (from, to, told) in [
        (
            "version: \"2\"",
            "version: 2",
            "combine.yaml:6:1: version: expected a text; one of digits stands in quotes",
        ),
        ("effective_from: 2021-09-27", last, "`2030-1-1` is no day; expected `YYYY-MM-DD`"),
        (
            "D: D, E: D}\n# Which",
            "D: D, E: C}\n# Which",
            "a riskier class of `shandong2020` is told as a lower one",
        ),
    ] {
        let text = file.text.replacen(from, to, 1);
        let (combiner, problem) = Combiner::load_registered("combine.yaml", &text, scheme).unwrap();
        let problem = problem.expect(to);
        assert_eq!((combiner.key().as_str(), problem.faults.len()), ("combine@2", 1), "{problem}");
        assert!(problem.to_string().contains(told), "{problem}");
        assert_eq!(Combiner::load("combine.yaml", &text, scheme).unwrap_err(), problem);
    }
    let unusable = file.text.replacen("version: \"2\"", "version: a b", 1);
    assert!(Combiner::load_registered("combine.yaml", &unusable, scheme).is_err());
}
