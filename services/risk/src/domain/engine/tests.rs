use contract::{
    collection::v1::{Inspection, ListEntry, Penalty, Record, Sampling, Ticket, record::Content},
    registry::v1::{Enterprise, Licence},
};
use proptest::prelude::*;
use prost::Message;
use rulebook::Rulebook;

use super::*;
use crate::{
    domain::{class::Class, evidence::Item},
    rules,
};

mod stand_in;

const USCC: &str = "91370102MA3C00011F";

fn as_of() -> NaiveDate {
    "2026-03-31".parse().unwrap()
}

fn days_ago(days: u32) -> String {
    (as_of() - chrono::Days::new(days.into())).to_string()
}

/// Evidence as it comes: source and bytes.
type Piece = (&'static str, Vec<u8>);

fn record(days: u32, content: Content) -> Vec<u8> {
    let record = Record {
        uscc: USCC.to_owned(),
        field: "FOOD".to_owned(),
        decided_on: days_ago(days),
        content: Some(content),
        ..Record::default()
    };
    record.encode_to_vec()
}

fn licence(number: &str, sub_kind: &str) -> Piece {
    let licence = Licence {
        licence_no: number.to_owned(),
        uscc: USCC.to_owned(),
        field: "FOOD".to_owned(),
        sub_kinds: vec![sub_kind.to_owned()],
        valid_from: days_ago(1000),
        valid_to: "2027-01-01".to_owned(),
        state: "Valid".to_owned(),
        ..Licence::default()
    };
    ("licence", licence.encode_to_vec())
}

fn enterprise(established: u32) -> Piece {
    let enterprise = Enterprise {
        uscc: USCC.to_owned(),
        established_on: days_ago(established),
        registration_state: "InOperation".to_owned(),
        ..Enterprise::default()
    };
    ("attribute", enterprise.encode_to_vec())
}

fn inspection(days: u32, result: &str, critical: i32, serious: i32) -> Piece {
    let inspection = Inspection {
        result: result.to_owned(),
        critical_count: critical,
        serious_count: serious,
        ..Inspection::default()
    };
    ("inspection", record(days, Content::Inspection(inspection)))
}

fn penalty(days: u32, kinds: &[&str], grade: &str, fine_fen: i64) -> Piece {
    let penalty = Penalty {
        penalty_kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        discretion_grade: grade.to_owned(),
        fine_fen,
        ..Penalty::default()
    };
    ("penalty", record(days, Content::Penalty(penalty)))
}

fn sample(days: u32, passed: bool, level: &str) -> Piece {
    let sampling =
        Sampling { passed, level: level.to_owned(), producer_confirmed: !passed, ..Sampling::default() };
    ("sampling", record(days, Content::Sampling(sampling)))
}

fn ticket(days: u32, substantiated: bool) -> Piece {
    let ticket = Ticket {
        kind: "Complaint".to_owned(),
        uscc: USCC.to_owned(),
        field: "FOOD".to_owned(),
        accepted_on: days_ago(days),
        substantiated: Some(substantiated),
        ..Ticket::default()
    };
    ("ticket", ticket.encode_to_vec())
}

fn listing(days: u32, list: &str, removed: Option<u32>) -> Piece {
    let entry = ListEntry {
        list: list.to_owned(),
        status: if removed.is_some() { "Removed" } else { "Listed" }.to_owned(),
        removed_on: removed.map(days_ago).unwrap_or_default(),
        ..ListEntry::default()
    };
    ("list_entry", record(days, Content::ListEntry(entry)))
}

fn items(models: &Models, pieces: &[Piece]) -> Vec<Item> {
    let project = |(source, bytes): &Piece| models.project(source, bytes).unwrap();
    let mut items: Vec<_> = pieces.iter().flat_map(project).collect();
    items.sort();
    items
}

fn classify(pieces: &[Piece]) -> Class {
    let rulebook = Rulebook::builtin();
    let models = rules::models(&rulebook).unwrap();
    let engine = models.at(as_of(), &*rulebook).unwrap();
    let items = items(&models, pieces);
    Class::new(&engine, USCC, "FOOD", "370102", &engine.classify("FOOD", Items::sorted(&items)))
}

fn codes(pieces: &[Piece]) -> String {
    let class = classify(pieces);
    format!("{}{}{}", class.general_code, class.professional_code, class.code)
}

#[test]
fn a_spotless_producer_of_plain_food_is_of_the_lowest_risk() {
    assert_eq!(codes(&[enterprise(5000), licence("SC10137010200018", "OrdinaryFood")]), "AAA");
}

#[test]
fn special_food_starts_at_the_top_of_the_static_points() {
    let class = classify(&[enterprise(5000), licence("SC12937012400019", "InfantFormula")]);
    assert_eq!((class.professional_points_e2, class.professional_code.as_str()), (4000, "B"));
}

#[test]
fn three_clean_years_lower_and_one_problem_takes_that_away() {
    let history =
        [enterprise(5000), licence("SC12937012400019", "InfantFormula"), inspection(100, "1", 0, 0)];
    assert_eq!(codes(&history), "AAA");
    let [enterprise, licence, visit] = history;
    assert_eq!(classify(&[enterprise, licence, visit, inspection(900, "5", 0, 0)]).professional_code, "B");
}

#[test]
fn a_serious_listing_is_the_highest_risk_while_it_lasts() {
    let clean = [enterprise(5000), licence("SC10137010200018", "OrdinaryFood")];
    let with = |listing: Piece| classify(&[clean[0].clone(), clean[1].clone(), listing]);
    assert_eq!(
        (
            with(listing(10, "SERIOUS", None)).code.as_str(),
            with(listing(10, "SERIOUS", None)).general_code.as_str()
        ),
        ("E", "E")
    );
    assert_eq!(with(listing(900, "SERIOUS", Some(1))).code, "A");
    // The day of the removal no longer counts.
    assert_eq!(with(listing(900, "SERIOUS", Some(0))).code, "A");
}

#[test]
fn a_failed_provincial_sample_raises_one_grade_beside_its_points() {
    let class = classify(&[
        enterprise(5000),
        licence("SC10137010200018", "OrdinaryFood"),
        sample(100, false, "Province"),
    ]);
    assert_eq!((class.professional_points_e2, class.professional_code.as_str()), (1800, "B"));
    assert_eq!(class.detail.professional.unwrap().fired, ["failed_sampling"]);
}

#[test]
fn an_unsubstantiated_ticket_counts_for_nothing() {
    let clean = [enterprise(5000), licence("SC10137010200018", "OrdinaryFood")];
    let with = classify(&[clean[0].clone(), clean[1].clone(), ticket(10, false)]);
    assert_eq!(with, classify(&clean));
}

#[test]
fn a_day_before_all_models_has_no_class() {
    let rulebook = Rulebook::builtin();
    let models = rules::models(&rulebook).unwrap();
    let day = "2021-09-26".parse().unwrap();
    assert_eq!(models.at(day, &*rulebook).unwrap_err(), NotReady::NoModel("combination", day));
}

#[test]
fn one_file_twice_is_refused() {
    let rulebook = Rulebook::builtin();
    let model = rulebook.models().iter().find(|model| model.name == "se").unwrap();
    let file = ModelFile { name: "se", text: &model.text, hash: &model.hash };
    let refused = Models::load(&[file, file], |id| rules::scheme(&rulebook, id)).unwrap_err();
    assert!(refused.to_string().contains("two files"), "{refused}");
}

fn any_piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        bad_piece(),
        (0..2500_u32).prop_map(|days| inspection(days, "1", 0, 0)),
        (0..2500_u32).prop_map(|days| sample(days, true, "City")),
        (0..2500_u32).prop_map(|days| ticket(days, false)),
    ]
}

/// What speaks against an enterprise.
fn bad_piece() -> impl Strategy<Value = Piece> {
    let result = prop::sample::select(vec!["2", "3", "4", "5", "6", "8"]);
    let kinds = prop::sample::select(vec![vec!["1"], vec!["3"], vec!["3", "10"], vec!["8"]]);
    let grade = prop::sample::select(vec!["Lenient", "Ordinary", "Heavier"]);
    let level = prop::sample::select(vec!["City", "Province", "National"]);
    let list = prop::sample::select(vec!["ABNORMAL", "SERIOUS"]);
    prop_oneof![
        (0..2500_u32, result, 0..3_i32, 0..5_i32)
            .prop_map(|(days, result, critical, serious)| inspection(days, result, critical, serious)),
        (0..2500_u32, kinds, grade, 0..50_000_000_i64)
            .prop_map(|(days, kinds, grade, fine)| penalty(days, &kinds, grade, fine)),
        (0..2500_u32, level).prop_map(|(days, level)| sample(days, false, level)),
        (0..2500_u32).prop_map(|days| ticket(days, true)),
        (0..2500_u32, list, prop::option::of(0..2500_u32)).prop_map(|(days, list, removed)| listing(
            days,
            list,
            removed.map(|removed| removed.min(days))
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_more_bad_record_never_lowers_the_risk(
        established in 10..6000_u32,
        history in prop::collection::vec(any_piece(), 0..12),
        bad in bad_piece(),
    ) {
        let mut pieces = vec![enterprise(established), licence("SC10537010200010", "OrdinaryFood")];
        pieces.extend(history);
        let before = classify(&pieces);
        pieces.push(bad);
        let after = classify(&pieces);
        prop_assert!(after.general_code >= before.general_code, "{before:?} {after:?}");
        prop_assert!(after.professional_code >= before.professional_code, "{before:?} {after:?}");
        prop_assert!(after.code >= before.code, "{before:?} {after:?}");
    }

    #[test]
    fn the_order_in_which_evidence_comes_does_not_matter(
        history in prop::collection::vec(any_piece(), 0..12),
    ) {
        let reversed: Vec<_> = history.iter().rev().cloned().collect();
        prop_assert_eq!(classify(&history), classify(&reversed));
    }
}
