//! A class that the province has given, in the place of the general model.

use contract::registry::v1::Breach;
use contract::risk::v1::ProvincialClass;

use super::*;
use crate::domain::{
    explain::{Explanation, explain},
    known::KnownPiece,
};

fn provincial(scheme: &str, rank: i32, days: u32) -> Piece {
    let class = ProvincialClass {
        name: format!("enterprises/{USCC}/provincialClasses/{scheme}-{}", days_ago(days)),
        uscc: USCC.to_owned(),
        scheme: scheme.to_owned(),
        classified_on: days_ago(days),
        source_document: "省局2026年3月分类结果".to_owned(),
        rank,
        ..ProvincialClass::default()
    };
    ("provincial_class", class.encode_to_vec())
}

fn open_breach() -> Piece {
    let breach = Breach { uscc: USCC.to_owned(), ordered_on: days_ago(10), ..Breach::default() };
    ("breach", breach.encode_to_vec())
}

/// A clean producer of plain food, and more.
fn producer(more: &[Piece]) -> Vec<Piece> {
    let clean = [enterprise(5000), licence("SC10137010200018", "OrdinaryFood")];
    clean.into_iter().chain(more.iter().cloned()).collect()
}

/// Models whose combination says something else.
fn models_with(from: &str, to: &str) -> Models {
    let rulebook = Rulebook::builtin();
    let changed = |model: &rulebook::Model| match model.name.as_str() {
        "combine" => {
            assert!(model.text.contains(from), "`{from}` stands in the combination");
            model.text.replace(from, to)
        }
        _ => model.text.clone(),
    };
    let texts: Vec<_> =
        rulebook.models().iter().map(|model| (&model.name, changed(model), &model.hash)).collect();
    let files: Vec<_> = texts.iter().map(|(name, text, hash)| ModelFile { name, text, hash }).collect();
    Models::load(&files, |id| rules::scheme(&rulebook, id)).unwrap()
}

fn classify_by(models: &Models, pieces: &[Piece]) -> Class {
    let engine = models.at(as_of(), &*Rulebook::builtin()).unwrap();
    let items = items(models, pieces);
    Class::new(&engine, USCC, "FOOD", "370102", &engine.classify("FOOD", Items::sorted(&items)))
}

#[test]
fn the_class_by_the_province_is_the_general_class_and_without_one_the_own_model_answers() {
    let given = classify(&producer(&[provincial("shandong2020", 4, 30)]));
    assert_eq!(
        (given.general_code.as_str(), given.professional_code.as_str(), given.code.as_str()),
        ("D", "A", "B")
    );
    assert_eq!(given.detail.stand_in.unwrap().model, "provincial@2");
    assert_eq!(given.general_points_e2, 400);
    let none = classify(&producer(&[]));
    assert_eq!((none.general_code.as_str(), none.code.as_str(), none.detail.stand_in), ("A", "A", None));
}

#[test]
fn a_better_class_by_the_province_goes_before_a_worse_one_of_the_own_model() {
    let bad = [penalty(10, &["3"], "Heavier", 50_000_000), inspection(20, "5", 2, 3)];
    assert!(classify(&producer(&bad)).general_code.as_str() > "B");
    let [penalty, inspection] = bad;
    let given = classify(&producer(&[penalty, inspection, provincial("shandong2020", 2, 30)]));
    assert_eq!(given.general_code, "B");
}

#[test]
fn a_class_is_valid_for_a_year_and_the_latest_counts() {
    // From 2025-04-01 on: the day a year before the run lies outside.
    for (days, code) in [(364, "D"), (365, "A")] {
        assert_eq!(classify(&producer(&[provincial("shandong2020", 4, days)])).general_code, code, "{days}");
    }
    let two = [provincial("shandong2020", 4, 200), provincial("shandong2020", 2, 100)];
    assert_eq!(classify(&producer(&two)).general_code, "B");
}

#[test]
fn a_national_class_that_was_told_comes_back_as_it_was() {
    let models = rules::models(&Rulebook::builtin()).unwrap();
    for (rank, code) in [(1, "A"), (2, "B"), (3, "C"), (4, "D")] {
        let back = classify(&producer(&[provincial("national2022", rank, 30)])).general_code;
        assert_eq!(back, code, "it is the class of the same letter");
        assert_eq!(models.national_code("2", &back, as_of()), Some(code), "and is told by it");
    }
}

#[test]
fn floors_and_vetoes_of_the_own_model_hold_whatever_the_province_says() {
    let good = provincial("shandong2020", 1, 30);
    let listed = classify(&producer(&[good.clone(), listing(10, "SERIOUS", None)]));
    assert_eq!((listed.general_code.as_str(), listed.code.as_str()), ("E", "E"));
    let breach = classify(&producer(&[good.clone(), open_breach()]));
    assert_eq!((breach.general_code.as_str(), breach.floor_code.as_str()), ("D", "B"));
    let bad = classify(&producer(&[provincial("shandong2020", 5, 30), open_breach()]));
    assert_eq!(bad.general_code, "E", "a floor lowers nothing");
    assert_eq!(bad.floor_code, breach.floor_code, "a class without a rule is no floor");
}

#[test]
fn the_combination_says_who_answers_where_the_province_has_said_nothing() {
    const SHIPPED: &str = "general: {first: stand_in, otherwise: general}\n";
    let by_rule = models_with(SHIPPED, "general: {first: stand_in, otherwise: D}\n");
    let class = classify_by(&by_rule, &producer(&[]));
    assert_eq!((class.general_code.as_str(), class.code.as_str(), class.general_points_e2), ("D", "B", 0));
    assert_eq!(class.floor_code, "A", "it is no floor");
    assert_eq!(classify_by(&by_rule, &producer(&[provincial("shandong2020", 1, 30)])).general_code, "A");
    let alone = models_with(SHIPPED, "");
    assert_eq!(classify_by(&alone, &producer(&[provincial("shandong2020", 4, 30)])).general_code, "A");
    assert!(alone.at(as_of(), &*Rulebook::builtin()).unwrap().stand_in().is_none());
}

/// How the class of a producer of food came about, in words.
fn told_by(models: &Models, pieces: &[Piece]) -> String {
    let engine = models.at(as_of(), &*Rulebook::builtin()).unwrap();
    let items = items(models, pieces);
    let given = engine.classify("FOOD", Items::sorted(&items));
    engine.sentence(&given, &Class::new(&engine, USCC, "FOOD", "370102", &given))
}

#[test]
fn the_sentence_says_what_was_given_and_what_the_own_model_holds_above_it() {
    let models = rules::models(&Rulebook::builtin()).unwrap();
    let held = "本市通用模型的下限或者一票否决将通用类别定为";
    for (more, told) in [
        (Vec::new(), "通用A类取自省局分类。".to_owned()),
        (vec![open_breach()], format!("省局分类为A类,{held}D类。")),
        (vec![listing(10, "SERIOUS", None)], format!("省局分类为A类,{held}E类。")),
    ] {
        let pieces = producer(&[vec![provincial("shandong2020", 1, 30)], more].concat());
        let sentence = told_by(&models, &pieces);
        assert!(sentence.ends_with(&told), "{sentence}");
    }
    let by_rule = models_with("otherwise: general}\n", "otherwise: C}\n");
    let sentence = told_by(&by_rule, &producer(&[]));
    assert!(sentence.ends_with("没有有效的省局分类,通用类别按规则定为C类。"), "{sentence}");
    let sentence = told_by(&by_rule, &producer(&[open_breach()]));
    assert!(sentence.ends_with(&format!("没有有效的省局分类,按规则为C类,{held}D类。")), "{sentence}");
}

/// Why a producer of food has its class.
fn explained(pieces: &[Piece]) -> Explanation {
    let models = rules::models(&Rulebook::builtin()).unwrap();
    let engine = models.at(as_of(), &*Rulebook::builtin()).unwrap();
    let known: Vec<_> = pieces
        .iter()
        .map(|(source, payload)| KnownPiece {
            name: format!("{source}/1"),
            uscc: USCC.to_owned(),
            source: (*source).to_owned(),
            known_seq: 1,
            payload: payload.clone(),
            items: models.project(source, payload).unwrap(),
        })
        .collect();
    let items = items(&models, pieces);
    let given = engine.classify("FOOD", Items::sorted(&items));
    explain(&engine, "FOOD", &given, &known, &*Rulebook::builtin())
}

/// What is told of the indicators of the general model: each with its points and how many records are shown.
fn of_general(explained: &Explanation) -> Vec<(&str, i64, usize)> {
    let lines = explained.lines.iter().filter(|line| line.model == "models/general");
    lines.map(|line| (line.indicator.as_str(), line.points_e2, line.records.len())).collect()
}

#[test]
fn the_explanation_names_the_document_of_the_province_and_leaves_out_points_that_do_not_count() {
    let given = explained(&producer(&[provincial("shandong2020", 4, 30), listing(10, "SERIOUS", None)]));
    let models: Vec<_> = given.models.iter().map(|model| model.model.as_str()).collect();
    assert_eq!(models, ["provincial@2", "general@2", "food2016@3"]);
    let class = given.lines.iter().find(|line| line.indicator == "shandong").unwrap();
    assert_eq!((class.value_e2, class.records[0].document_no.as_str()), (400, "省局2026年3月分类结果"));
    assert_eq!(class.records[0].day, days_ago(30));
    assert!(given.rules.iter().any(|rule| rule.rule == "serious_list"), "{:?}", given.rules);
    assert_eq!(
        of_general(&given),
        [("serious_open", 0, 1)],
        "the record behind the veto, and nothing that counts no points"
    );
    let plain = explained(&producer(&[provincial("shandong2020", 4, 30), ticket(10, true)]));
    assert_eq!(of_general(&plain), []);

    let none = explained(&producer(&[]));
    let models: Vec<_> = none.models.iter().map(|model| model.model.as_str()).collect();
    assert_eq!(models, ["general@2", "food2016@3"]);
    let asked = none.lines.iter().find(|line| line.indicator == "shandong").unwrap();
    assert_eq!((asked.value_e2, asked.records.len()), (0, 0), "asked, and told that it has said nothing");
    assert!(none.lines.iter().any(|line| line.model == "models/general"));
}

#[test]
fn what_counts_and_is_not_shown_is_counted() {
    let tickets: Vec<_> = (1..=25).map(|days| ticket(days, true)).collect();
    let of_tickets = |pieces: &[Piece]| {
        let explained = explained(&producer(pieces));
        let line = explained.lines.iter().find(|line| line.indicator == "tickets_long").unwrap();
        (line.value_e2, line.records.len(), line.left_out)
    };
    assert_eq!(of_tickets(&tickets), (2500, 20, 5));
    assert_eq!(of_tickets(&tickets[..20]), (2000, 20, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_riskier_class_by_the_province_never_lowers_the_risk(
        history in prop::collection::vec(any_piece(), 0..8),
        rank in 1..5_i32,
        bad in bad_piece(),
    ) {
        let by_rank = |rank, more: &[Piece]| {
            let mut pieces = producer(&[provincial("shandong2020", rank, 30)]);
            pieces.extend(history.iter().chain(more).cloned());
            classify(&pieces)
        };
        let (lower, higher) = (by_rank(rank, &[]), by_rank(rank + 1, &[]));
        prop_assert!(higher.code >= lower.code && higher.general_code >= lower.general_code);
        let worse = by_rank(rank, &[bad]);
        prop_assert!(worse.code >= lower.code && worse.general_code >= lower.general_code);
    }
}
