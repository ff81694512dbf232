//! Tests of the frozen input, up to a draw of a whole city.

use chrono::DateTime;
use crypto::draw::EntropyRule;
use domain::{FieldCode, OfficeCode};
use rulebook::Rulebook;

use super::*;
use crate::domain::Stratification;
use crate::domain::testing::uscc;

const SECRET: Secret = Secret::from_bytes([7; 32]);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn task(divisions: &[&str], stratify: Stratification) -> NewTask {
    NewTask {
        title: "食品生产企业双随机抽查".into(),
        field: FieldCode::parse("FOOD").unwrap(),
        divisions: divisions.iter().map(|code| DivisionCode::parse(code).unwrap()).collect(),
        stratify,
        per_object: 2,
        lead_office: OfficeCode::parse("FOOD_PROD").unwrap(),
        items: Vec::new(),
        full_check: false,
        plan_item: None,
        joins: None,
        clue: None,
        end_on: None,
    }
}

fn candidate(number: usize, division: &str) -> Candidate {
    let division = DivisionCode::parse(division).unwrap();
    Candidate { uscc: uscc(number), division, class: None, care: Care::default() }
}

fn inspector(number: usize, office: &str, division: &str) -> Inspector {
    Inspector {
        no: InspectorNo::parse(&format!("JN{number:04}")).unwrap(),
        office: OfficeCode::parse(office).unwrap(),
        fields: vec![FieldCode::parse("FOOD").unwrap()],
        divisions: vec![DivisionCode::parse(division).unwrap()],
        cap: 40,
        certificate_valid_to: day("2027-01-01"),
        available: true,
    }
}

fn freeze(
    task: &NewTask,
    candidates: &[Candidate],
    inspectors: &[Inspector],
    recusals: &[Recusal],
) -> Frozen {
    let strata = Strata::on(task.stratify, &Rulebook::builtin(), day("2026-11-01")).unwrap();
    Frozen::new(task, candidates, &strata, inspectors, recusals, &SECRET, day("2026-12-01"))
}

fn plan() -> Plan {
    Plan {
        task: "tasks/2026-1".into(),
        attempt: 1,
        inspectors_per_object: 2,
        lead_office: "FOOD_PROD".into(),
        entropy_source: "welfare-lottery-3d".into(),
        entropy_round: "2026321".into(),
        entropy_rule: EntropyRule::Digits,
        fallback_round: "2026322".into(),
        draw_at: DateTime::parse_from_rfc3339("2026-12-01T10:00:00+08:00").unwrap(),
    }
}

#[test]
fn only_enterprises_within_the_divisions_of_the_task_are_in_the_pool() {
    let candidates = [candidate(1, "370102"), candidate(2, "370103"), candidate(3, "JN-GX")];
    let inspectors = [inspector(1, "FOOD_PROD", "370100")];
    let divisions_of = |divisions: &[&str]| {
        let frozen =
            freeze(&task(divisions, Stratification::Uniform { percent: 50 }), &candidates, &inspectors, &[]);
        frozen.objects.iter().map(|object| object.division.clone()).collect::<Vec<_>>()
    };
    assert_eq!(divisions_of(&["370103"]), ["370103"]);
    assert_eq!(divisions_of(&["370100"]).len(), 3);
    assert_eq!(divisions_of(&[]).len(), 3);
}

#[test]
fn inspectors_stand_under_local_numbers_with_the_pools_divisions_written_out() {
    let candidates = [candidate(1, "370102"), candidate(2, "JN-GX")];
    let inspectors = [
        inspector(1, "FOOD_PROD", "370100"),
        inspector(2, "DISTRICT", "370102"),
        inspector(3, "DISTRICT", "370103"),
    ];
    let expired = Inspector { certificate_valid_to: day("2026-11-30"), ..inspector(4, "DISTRICT", "370100") };
    let all: Vec<_> = inspectors.into_iter().chain([expired]).collect();
    let frozen = freeze(&task(&[], Stratification::Class), &candidates, &all, &[]);
    let mut shown: Vec<_> = frozen
        .inspectors
        .iter()
        .map(|one| (one.no.to_string(), one.inspector.divisions.iter().cloned().collect::<Vec<_>>()))
        .collect();
    shown.sort();
    let divisions = |codes: &[&str]| codes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [
            ("JN0001".to_owned(), divisions(&["370102", "JN-GX"])),
            ("JN0002".to_owned(), divisions(&["370102"]))
        ]
    );
    let ids: Vec<_> = frozen.inspectors.iter().map(|one| one.inspector.id.as_str()).collect();
    assert_eq!(ids, ["0001", "0002"], "numbers of the task, which tell nobody's own");
}

#[test]
fn a_recused_inspector_is_not_assigned() {
    let candidates: Vec<_> = (1..=4).map(|number| candidate(number, "370102")).collect();
    let inspectors: Vec<_> = (1..=3).map(|number| inspector(number, "FOOD_PROD", "370100")).collect();
    let recusals: Vec<_> = candidates
        .iter()
        .map(|one| Recusal {
            inspector_no: inspectors[0].no.clone(),
            uscc: one.uscc.clone(),
            relation: "Kinship".into(),
            reason: "亲属".into(),
        })
        .collect();
    let frozen =
        freeze(&task(&[], Stratification::Uniform { percent: 100 }), &candidates, &inspectors, &recusals);
    let announcement = frozen.announce(&plan(), Basis::Public, &SECRET).unwrap();
    let entropy = Entropy::of_digits("2026321", "423").unwrap();
    let assigned = frozen.run(&announcement, &SECRET, &entropy, |_, drawn| drawn.assignment.clone()).unwrap();
    assert_eq!(assigned.len(), 8);
    let recused = |local: &str| frozen.number_of(local) == Some(&inspectors[0].no);
    assert!(assigned.iter().all(|slot| !recused(&slot.inspector)));
}

#[test]
fn what_rests_on_classes_is_restricted() {
    let candidates = [candidate(1, "370102")];
    let inspectors = [inspector(1, "FOOD_PROD", "370100")];
    for (stratify, disclosure) in
        [(Stratification::Class, "RESTRICTED"), (Stratification::Uniform { percent: 5 }, "PUBLIC")]
    {
        let frozen = freeze(&task(&[], stratify), &candidates, &inspectors, &[]);
        let announcement = frozen.announce(&plan(), task(&[], stratify).basis(), &SECRET).unwrap();
        assert_eq!(announcement.header().disclosure.as_str(), disclosure);
    }
}

#[test]
fn six_thousand_visits_of_a_city_are_drawn_and_assigned() {
    const DISTRICTS: [&str; 5] = ["370102", "370103", "370104", "370105", "370112"];
    let candidates: Vec<_> =
        (0..20_000).map(|number| candidate(number, DISTRICTS[number % DISTRICTS.len()])).collect();
    let offices = ["FOOD_PROD", "DISTRICT"];
    let inspectors: Vec<_> =
        (0..400).map(|number| inspector(number, offices[number % 2], "370100")).collect();
    let stratify = Stratification::Uniform { percent: 30 };
    let frozen = freeze(&task(&[], stratify), &candidates, &inspectors, &[]);
    let announcement = frozen.announce(&plan(), task(&[], stratify).basis(), &SECRET).unwrap();
    let entropy = Entropy::of_digits("2026321", "423").unwrap();
    let drawn = frozen.run(&announcement, &SECRET, &entropy, |_, drawn| drawn.objects.len()).unwrap();
    assert_eq!(drawn, 6_000);
}
