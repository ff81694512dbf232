//! From which day on what risk takes in itself is known, and which days of evidence say so.

use std::collections::BTreeSet;

use contract::risk::v1 as pb;
use prost_reflect::{Cardinality, Kind, MessageDescriptor};

use super::*;
use crate::domain::known::own_position;
use crate::domain::model::{ATTENTION, PROVINCIAL, Source};

/// Seven points while attention is on, and one for each step of the province's class.
const MORE: &str = "
  - id: attention
    label: 重点关注
    dimension: only
    source: attention
    last_day: on_until
    window: {open: true}
    measure: exists
    bands: [{from: 1, points: 7}]
    cites: local parameter
  - id: province
    label: 省局分类
    dimension: only
    source: provincial_class
    window: {years: 1}
    measure: {latest: rank}
    points_each: 1
    cites: local parameter
grades:";

fn plan_with_more(knowledge: Knowledge) -> Plan {
    let (book, text) = (Rulebook::builtin(), MODEL.replace("\ngrades:", MORE));
    let model = Model::load("trial.yaml", &text, "", |id| rules::scheme(&book, id)).unwrap();
    Plan { model: Arc::new(model), resamples: 1, shuffles: 1, ..plan(knowledge) }
}

/// Points in hundredths of an enterprise that is visited on day 1000, by one more piece of evidence.
fn points_by(knowledge: Knowledge, piece: Told) -> i64 {
    let (plan, firms) = (plan_with_more(knowledge), [firm(vec![inspection(1000, 50, 0), piece])]);
    let visits = replay::visits(&plan, &firms);
    let replay = Replay::new(&plan, &visits, &*Rulebook::builtin()).unwrap();
    replay.score(&visits[0], &replay.dossier(&firms[0])).points.e2()
}

/// Key attention, which is to be reviewed eleven months after its first day.
fn flag(since: u64, until: u64) -> Told {
    let flag = pb::Flag {
        on_since: day(since).to_string(),
        on_until: day(until).to_string(),
        review_on: day(since + 334).to_string(),
        ..pb::Flag::default()
    };
    told(ATTENTION, 1, &flag)
}

/// A class by the province as of day 900, the third of its scheme.
fn province(imported: u64) -> Told {
    let class = pb::ProvincialClass {
        classified_on: day(900).to_string(),
        rank: 3,
        ..pb::ProvincialClass::default()
    };
    told(PROVINCIAL, own_position(day(imported)), &class)
}

#[test]
fn key_attention_is_known_from_the_day_after_its_first_day_up_to_its_last() {
    for (since, until, expected) in [(999, 1364, 700), (1000, 1365, 0), (900, 1000, 700), (900, 999, 0)] {
        for knowledge in [Knowledge::ByDate, Knowledge::AsReceived] {
            assert_eq!(points_by(knowledge, flag(since, until)), expected, "{since} to {until}");
        }
    }
}

#[test]
fn a_class_by_the_province_is_known_by_its_day_or_by_that_of_its_import() {
    for (imported, by_date, as_received) in [(999, 300, 300), (1000, 300, 0)] {
        assert_eq!(points_by(Knowledge::ByDate, province(imported)), by_date, "{imported}");
        assert_eq!(points_by(Knowledge::AsReceived, province(imported)), as_received, "{imported}");
    }
}

#[test]
fn attention_goes_with_the_finding_of_the_next_visit_with_all_of_its_days() {
    let at = |number: u64| Visit {
        firm: 0,
        piece: 0,
        day: day(number),
        known_seq: 50,
        mode: String::new(),
        found: false,
    };
    let plan = plan_with_more(Knowledge::ByDate);
    let firms = [firm(vec![inspection(1000, 50, 0), flag(998, 1363)])];
    assert_eq!(outcomes::telling(&plan, &firms, &[at(1000)], &[]), [vec![(0, 1)]]);
    let moved = outcomes::moved(&firms[0].pieces[1], &at(1000), &at(1050)).message;
    assert_eq!(replay::known_on(&moved), day(1048));
    let until = moved.get_field_by_name("on_until").unwrap().as_str().unwrap().to_owned();
    assert_eq!(until, day(1413).to_string());
}

#[test]
fn attention_and_classes_by_the_province_are_added_later_and_change_nothing() {
    for knowledge in [Knowledge::ByDate, Knowledge::AsReceived] {
        let mut firms = city();
        firms[7].pieces.extend([flag(900, 1265), province(900)]);
        let leak = run(&plan_with_more(knowledge), &firms, &*Rulebook::builtin()).unwrap().leak;
        // On three days, of three sources: nobody complained.
        assert_eq!((leak.later_records, leak.changed_scores), (200 * 3 * 3, 0), "{knowledge:?}");
    }
}

/// Names of the days that a message and those within it name.
fn days_of(message: &MessageDescriptor, seen: &mut BTreeSet<String>, days: &mut BTreeSet<String>) {
    if !seen.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields().filter(|field| field.cardinality() != Cardinality::Repeated) {
        match field.kind() {
            Kind::String if field.name().ends_with("_on") => {
                days.insert(field.name().to_owned());
            }
            Kind::Message(inner) => days_of(&inner, seen, days),
            _ => {}
        }
    }
}

/// Evidence counts from the latest of these days. A day to come among them hides it for as long: whoever adds one to the contract
/// decides here which it is, and tells [`replay`] if it lies ahead.
#[test]
fn every_day_that_evidence_names_is_a_fact_or_known_to_lie_ahead() {
    let (mut seen, mut days) = (BTreeSet::new(), BTreeSet::new());
    for source in Source::names() {
        days_of(&message_of(&source).unwrap(), &mut seen, &mut days);
    }
    let ahead = ["review_on"];
    let facts = [
        "acceptance_on",
        "accepted_on",
        "acknowledged_on",
        "classified_on",
        "closed_on",
        "decided_on",
        "effective_on",
        "established_on",
        "filing_on",
        "heard_on",
        "mediation_ended_on",
        "not_corrected_on",
        "ordered_on",
        "parties_told_on",
        "placed_on",
        "proposed_on",
        "record_withdrawn_on",
        "removed_on",
        "requested_on",
        "suspected_on",
        "told_on",
    ];
    let known: BTreeSet<String> = facts.into_iter().chain(ahead).map(str::to_owned).collect();
    assert_eq!(days, known);
}
