use std::sync::Arc;

use contract::collection::v1::{self as collection, record::Content};
use proptest::prelude::*;
use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage};
use rulebook::Rulebook;

use super::replay::{INSPECTION, Knowledge, Told};
use super::*;
use crate::domain::model::{Scope, TICKET, message_of};
use crate::rules;

mod known;

/// Ten points for each critical finding of the last year, and one for each closed ticket.
const MODEL: &str = "
id: trial
version: '1'
scope: FOOD
scheme: food2016
effective_from: 2021-09-27
source: a test
base: {points: 0, cites: local parameter}
dimensions: [{id: only, label: 唯一}]
indicators:
  - id: critical
    label: 关键问题
    dimension: only
    source: inspection
    window: {years: 1}
    measure: {sum: inspection.critical_count}
    points_each: 10
    cites: local parameter
  - id: tickets
    label: 投诉
    dimension: only
    source: ticket
    measure: count
    points_each: 1
    cites: local parameter
grades:
  - {code: A, upper_inclusive: 9, cites: local parameter}
  - {code: B, upper_inclusive: 19, cites: local parameter}
  - {code: C, upper_inclusive: 29, cites: local parameter}
  - {code: D}
";

fn plan(knowledge: Knowledge) -> Plan {
    let book = Rulebook::builtin();
    Plan {
        model: Arc::new(Model::load("trial.yaml", MODEL, "", |id| rules::scheme(&book, id)).unwrap()),
        outcome: Condition::parse("{field: inspection.critical_count, op: ge, value: 1}", INSPECTION)
            .unwrap(),
        visits: None,
        first_day: day(1000),
        last_day: day(1099),
        knowledge,
        resamples: 50,
        shuffles: 40,
        seed: 7,
    }
}

fn day(number: u64) -> NaiveDate {
    let first: NaiveDate = "2020-01-01".parse().unwrap();
    first + chrono::Days::new(number)
}

fn told(source: &str, known_seq: i64, message: &impl Message) -> Told {
    let descriptor = message_of(source).unwrap();
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).unwrap();
    Told { source: source.to_owned(), known_seq, message }
}

fn inspection(on: u64, known_seq: i64, critical_count: i32) -> Told {
    inspection_of("Routine", on, known_seq, critical_count)
}

fn inspection_of(mode: &str, on: u64, known_seq: i64, critical_count: i32) -> Told {
    let found =
        collection::Inspection { mode: mode.to_owned(), critical_count, ..collection::Inspection::default() };
    let record = collection::Record {
        field: "FOOD".to_owned(),
        decided_on: day(on).to_string(),
        content: Some(Content::Inspection(found)),
        ..collection::Record::default()
    };
    told(INSPECTION, known_seq, &record)
}

/// A penalty that was decided on a day.
fn penalty(on: u64, fine_fen: i64) -> Told {
    let record = collection::Record {
        decided_on: day(on).to_string(),
        content: Some(Content::Penalty(collection::Penalty { fine_fen, ..collection::Penalty::default() })),
        ..collection::Record::default()
    };
    told("penalty", 1, &record)
}

fn ticket(accepted: u64, closed: u64, known_seq: i64) -> Told {
    let ticket = collection::Ticket {
        accepted_on: day(accepted).to_string(),
        closed_on: day(closed).to_string(),
        ..collection::Ticket::default()
    };
    told(TICKET, known_seq, &ticket)
}

fn firm(pieces: Vec<Told>) -> Firm {
    Firm { division: "370102".to_owned(), pieces }
}

/// Points in hundredths that the first visit of `firm` in the window gets.
fn points(firm: Firm, knowledge: Knowledge) -> i64 {
    let (plan, firms) = (plan(knowledge), [firm]);
    let visits = replay::visits(&plan, &firms);
    let replay = Replay::new(&plan, &visits, &*Rulebook::builtin()).unwrap();
    replay.score(&visits[0], &replay.dossier(&firms[0])).points.e2()
}

#[test]
fn a_visit_knows_what_came_before_its_day() {
    let visit = || inspection(1000, 50, 3);
    for (piece, expected) in [
        (inspection(999, 9, 2), 2000),
        (inspection(1000, 9, 2), 0),
        (inspection(1001, 9, 2), 0),
        (inspection(600, 9, 2), 0),
    ] {
        assert_eq!(points(firm(vec![visit(), piece]), Knowledge::ByDate), expected);
    }
}

#[test]
fn a_ticket_is_known_once_it_is_closed() {
    let visit = || inspection(1000, 50, 0);
    assert_eq!(points(firm(vec![visit(), ticket(900, 999, 9)]), Knowledge::ByDate), 100);
    assert_eq!(points(firm(vec![visit(), ticket(900, 1000, 9)]), Knowledge::ByDate), 0);
}

#[test]
fn a_record_that_was_received_late_counts_only_by_date() {
    let late = || firm(vec![inspection(1000, 50, 0), inspection(900, 51, 1)]);
    assert_eq!(points(late(), Knowledge::ByDate), 1000);
    assert_eq!(points(late(), Knowledge::AsReceived), 0);
    let in_time = firm(vec![inspection(1000, 50, 0), inspection(900, 49, 1)]);
    assert_eq!(points(in_time, Knowledge::AsReceived), 1000);
}

/// Two hundred enterprises, one visit of each in the window; every fifth is careless, before and on the visit.
fn city() -> Vec<Firm> {
    let careless = |at: u64| i32::from(at.is_multiple_of(5));
    let of =
        |at: u64| firm(vec![inspection(900, 1, careless(at)), inspection(1000 + at % 100, 2, careless(at))]);
    (0..200).map(of).collect()
}

#[test]
fn a_model_that_knows_the_careless_finds_them_first() {
    let report = run(&plan(Knowledge::ByDate), &city(), &*Rulebook::builtin()).unwrap();
    let gain = report.whole.gain.unwrap();
    assert_eq!((report.whole.visits, report.whole.found), (200, 40));
    assert_eq!((gain.auc.value, gain.first_half.value, gain.lift[0]), (1.0, 1.0, 5.0));
    // They were made every fifth day, 47.5 in the mean; they get the first 40 of the 200 places: days 0 to 19.
    assert!((gain.days_sooner.value - 38.0).abs() < 1e-9, "{gain:?}");
    assert_eq!(report.divisions.len(), 1);
    assert_eq!(report.modes[0].0, "Routine");
}

#[test]
fn a_division_and_a_kind_of_inspection_have_figures_in_an_order_of_their_own() {
    // In one division the past tells the careless, in the other it tells all but them.
    let of = |at: u64| {
        let (careless, misled) = (at.is_multiple_of(5), at >= 100);
        let (division, mode) = if misled { ("370103", "Special") } else { ("370102", "Routine") };
        let before = inspection_of(mode, 900, 1, i32::from(careless != misled));
        let visit = inspection_of(mode, 1000 + at % 100, 2, i32::from(careless));
        Firm { division: division.to_owned(), pieces: vec![before, visit] }
    };
    let firms: Vec<_> = (0..200).map(of).collect();
    let report = run(&plan(Knowledge::ByDate), &firms, &*Rulebook::builtin()).unwrap();
    for (groups, names) in
        [(&report.divisions, ["370102", "370103"]), (&report.modes, ["Routine", "Special"])]
    {
        let told: Vec<_> =
            groups.iter().map(|(name, figures)| (name.as_str(), figures.visits, figures.found)).collect();
        assert_eq!(told, names.map(|name| (name, 100, 20)));
        let auc: Vec<_> =
            groups.iter().map(|(_, figures)| figures.gain.as_ref().unwrap().auc.value).collect();
        assert_eq!(auc, [1.0, 0.0]);
    }
    let whole = report.whole.gain.unwrap().auc.value;
    assert!((whole - 0.5).abs() < 1e-9, "{whole}");
}

#[test]
fn the_weight_of_a_band_is_what_its_visits_found() {
    let model = MODEL.replace("points_each: 10", "bands: [{from: 0, points: 0}, {from: 1, points: 12.5}]");
    let book = Rulebook::builtin();
    let model = Arc::new(Model::load("trial.yaml", &model, "", |id| rules::scheme(&book, id)).unwrap());
    let mut firms = city();
    // One of the careful was careless once; nobody knows of a firm that was never seen before.
    firms[1].pieces.push(inspection(950, 1, 1));
    firms.push(firm(vec![inspection(1000, 2, 0)]));
    let report = run(&Plan { model, ..plan(Knowledge::ByDate) }, &firms, &*book).unwrap();
    let bands = &report.indicators[0].bands;
    assert_eq!(report.indicators.len(), 1, "the other indicator has no bands");
    let counts: Vec<_> = bands.iter().map(|band| (band.visits, band.found)).collect();
    assert_eq!(counts, [(0, 0), (160, 0), (41, 40)]);
    let weight = 10.0 * (40.5_f64 / 1.5 / (40.5 / 161.5)).ln();
    assert!((bands[2].weight - weight).abs() < 1e-9, "{bands:?}");
}

#[test]
fn shuffled_outcomes_give_no_gain_and_later_records_change_nothing() {
    let leak = run(&plan(Knowledge::ByDate), &city(), &*Rulebook::builtin()).unwrap().leak;
    let (days, area) = (leak.days_sooner.unwrap(), leak.auc.unwrap());
    let error = days.deviation / 40_f64.sqrt();
    assert!(days.mean.abs() < 4.0 * error, "{days:?}");
    assert!((area.mean - 0.5).abs() < 4.0 * area.deviation / 40_f64.sqrt(), "{area:?}");
    assert_eq!((leak.later_records, leak.changed_scores), (600, 0));
}

/// One ticket in the city is enough: every visit is tried with tickets of its day and later, beside inspections.
#[test]
fn evidence_of_every_source_that_the_model_reads_is_added_later() {
    let mut firms = city();
    firms[7].pieces.push(ticket(900, 950, 1));
    let leak = run(&plan(Knowledge::ByDate), &firms, &*Rulebook::builtin()).unwrap().leak;
    assert_eq!((leak.later_records, leak.changed_scores), (1200, 0));
}

/// The check can fail: in this city the finding of each visit is also told by a record of the day before it.
#[test]
fn a_model_that_reads_the_outcome_gains_also_from_shuffled_ones() {
    let (plan, mut firms) = (plan(Knowledge::ByDate), city());
    // The day of the visit's own record goes back, as a wrong mapping would do it: it is no longer hidden.
    let visits = replay::visits(&plan, &firms);
    let replay = Replay::new(&plan, &visits, &*Rulebook::builtin()).unwrap();
    for visit in &visits {
        let told = &mut firms[visit.firm].pieces[visit.piece];
        told.message = replay::dated(&told.message, visit.day.pred_opt().unwrap());
    }
    let dossiers: Vec<_> = firms.iter().map(|firm| replay.dossier(firm)).collect();
    let leak = leak::check(&plan, &replay, &firms, &visits, &dossiers);
    assert!(leak.auc.unwrap().mean > 0.9, "{leak:?}");
    assert!(leak.days_sooner.unwrap().mean > 20.0, "{leak:?}");
}

/// [`plan`] with two indicators more: ten points for each penalty of the last year, one for each permit.
fn plan_with_penalties() -> Plan {
    let penalties = "
  - id: penalties
    label: 处罚
    dimension: only
    source: penalty
    window: {years: 1}
    measure: count
    points_each: 10
    cites: local parameter
  - id: permits
    label: 许可
    dimension: only
    source: permit
    measure: count
    points_each: 1
    cites: local parameter
grades:";
    let (book, text) = (Rulebook::builtin(), MODEL.replace("\ngrades:", penalties));
    let model = Model::load("trial.yaml", &text, "", |id| rules::scheme(&book, id)).unwrap();
    Plan { model: Arc::new(model), ..plan(Knowledge::ByDate) }
}

/// The check can fail for another kind of record, too: here a penalty that came of a visit has the day of the breach.
#[test]
fn a_penalty_that_tells_the_finding_under_an_earlier_day_follows_it_and_is_named() {
    let visits = |at: u64| vec![inspection(1000 + at % 100, 2, i32::from(at.is_multiple_of(5)))];
    let with_penalty = |before: u64| {
        let of = |at: u64| {
            let mut pieces = visits(at);
            if at.is_multiple_of(5) {
                pieces.push(penalty(1000 + at % 100 - before, 100));
            }
            firm(pieces)
        };
        run(&plan_with_penalties(), &(0..200).map(of).collect::<Vec<_>>(), &*Rulebook::builtin()).unwrap()
    };
    let leaking = with_penalty(2);
    assert!(leaking.whole.gain.unwrap().auc.value > 0.999, "too good");
    assert!(leaking.leak.auc.unwrap().mean > 0.9, "{:?}", leaking.leak);
    let moved: Vec<_> = leaking.leak.moved.iter().map(|moved| (moved.what.as_str(), moved.pieces)).collect();
    assert_eq!(moved, [("window", 200), ("past", 0), ("penalty", 40)]);

    // What was known long before is no finding of the visit: it stays, and shuffled findings give no gain.
    let honest = with_penalty(100);
    assert!(honest.whole.gain.unwrap().auc.value > 0.999);
    let area = honest.leak.auc.unwrap();
    assert!((area.mean - 0.5).abs() < 4.0 * area.deviation / 40_f64.sqrt(), "{area:?}");
    assert_eq!(honest.leak.moved.len(), 2, "findings alone");
}

#[test]
fn an_outcome_goes_with_the_next_visit_and_what_an_enterprise_may_do_stays() {
    let plan = plan_with_penalties();
    let permit = collection::Record {
        decided_on: day(1009).to_string(),
        content: Some(Content::Permit(collection::Permit::default())),
        ..collection::Record::default()
    };
    let pieces = vec![
        inspection(1010, 2, 0),
        inspection(1012, 2, 1),
        penalty(1009, 1),
        penalty(1010, 1),
        penalty(1012, 1),
        penalty(1002, 1),
        ticket(900, 1003, 1),
        told("permit", 1, &permit),
    ];
    let firms = [firm(pieces)];
    let visits = replay::visits(&plan, &firms);
    // Of the eve, of the day of the first visit, which the second knows, and of a week before; not of the day of the last visit.
    assert_eq!(outcomes::telling(&plan, &firms, &visits, &[]), [vec![(0, 2), (0, 6)], vec![(0, 3)]]);
    let moved =
        outcomes::moved(&firms[0].pieces[2], &visits[0], &Visit { day: day(1050), ..visits[0].clone() });
    assert_eq!(replay::known_on(&moved.message), day(1049));
}

#[test]
fn a_model_of_a_field_is_tried_on_its_visits_alone_and_one_of_every_field_on_all() {
    let of_field = |field: &str| {
        let mut visit = inspection(1000, 2, 1);
        let name = visit.message.descriptor().get_field_by_name("field").unwrap();
        visit.message.set_field(&name, prost_reflect::Value::String(field.to_owned()));
        visit
    };
    let firms = [firm(vec![of_field("FOOD"), of_field("SE"), of_field(""), of_field("FOOD")])];
    let pieces = |scope: Scope| {
        let mut plan = plan(Knowledge::ByDate);
        Arc::make_mut(&mut plan.model).scope = scope;
        replay::visits(&plan, &firms).iter().map(|visit| visit.piece).collect::<Vec<_>>()
    };
    assert_eq!(pieces(Scope::Field("FOOD".into())), [0, 3]);
    assert_eq!(pieces(Scope::Field("SE".into())), [1]);
    assert_eq!(pieces(Scope::General), [0, 1, 2, 3]);
    assert_eq!(pieces(Scope::StandIn), [0, 1, 2, 3]);
}

proptest! {
    #[test]
    fn records_of_the_day_of_the_visit_or_later_never_matter(
        past in proptest::collection::vec((500_u64..1000, 0_i32..4), 0..8),
        later in proptest::collection::vec((1000_u64..1500, 0_i32..4, 0_u64..400), 0..8),
    ) {
        let visit = [inspection(1000, 50, 2)];
        let known: Vec<Told> = past.iter().map(|&(on, critical)| inspection(on, 1, critical)).collect();
        let unknown = later.iter().flat_map(|&(on, critical, open)| {
            [inspection(on, 1, critical), ticket(on - open, on, 1)]
        });
        let alone: Vec<Told> = visit.iter().chain(&known).cloned().collect();
        let all: Vec<Told> = alone.iter().cloned().chain(unknown).collect();
        prop_assert_eq!(points(firm(all), Knowledge::ByDate), points(firm(alone), Knowledge::ByDate));
    }
}
