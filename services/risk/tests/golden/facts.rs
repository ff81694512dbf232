//! Facts about one enterprise, each with a day of its own, and the class that they come to.

use chrono::{Days, Months, NaiveDate};
use contract::collection::v1::{Inspection, ListEntry, Penalty, Record, Sampling, Ticket, record::Content};
use contract::registry::v1::{Breach, Enterprise, EnterpriseEvent, Licence};
use contract::risk::v1::{Flag, ProvincialClass};
use prost::Message;
use risk::domain::class::Class;
use risk::domain::engine::{ModelFile, Models};
use risk::domain::scoring::Items;
use risk::rules;
use rulebook::Rulebook;

const USCC: &str = "91370102MA3C00011F";

/// A piece of evidence: source and bytes.
pub(crate) type Fact = (&'static str, Vec<u8>);

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The day so many years before.
pub(crate) fn years_before(day: NaiveDate, years: u32) -> NaiveDate {
    day - Months::new(12 * years)
}

/// The day so many days after, or before for a negative number.
pub(crate) fn shifted(day: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    if days < 0 { day - by } else { day + by }
}

/// The class in a field on a day, by the models of the rulebook.
pub(crate) fn class(field: &str, on: NaiveDate, facts: &[Fact]) -> Class {
    class_by(&models(None), field, on, facts)
}

/// The models of the rulebook; with another combination, if one is given.
pub(crate) fn models(combination: Option<&str>) -> Models {
    let book = Rulebook::builtin();
    let files: Vec<_> = book
        .models()
        .iter()
        .map(|model| {
            let other = combination.filter(|_| model.name == "combine");
            ModelFile { name: &model.name, text: other.unwrap_or(&model.text), hash: &model.hash }
        })
        .collect();
    Models::load(&files, |id| rules::scheme(&book, id)).unwrap()
}

pub(crate) fn class_by(models: &Models, field: &str, on: NaiveDate, facts: &[Fact]) -> Class {
    let engine = models.at(on, &*Rulebook::builtin()).unwrap();
    let mut items: Vec<_> =
        facts.iter().flat_map(|(source, bytes)| models.project(source, bytes).unwrap()).collect();
    items.sort();
    Class::new(&engine, USCC, field, "370102", &engine.classify(field, Items::sorted(&items)))
}

/// Points of the general model, in hundredths.
pub(crate) fn general_points(on: NaiveDate, facts: &[Fact]) -> i64 {
    class("FOOD", on, facts).general_points_e2
}

/// Points and grade of the field's model.
pub(crate) fn professional(field: &str, on: NaiveDate, facts: &[Fact]) -> (i64, String) {
    let class = class(field, on, facts);
    (class.professional_points_e2, class.professional_code)
}

pub(crate) fn enterprise(established_on: NaiveDate, state: &str) -> Fact {
    let enterprise = Enterprise {
        uscc: USCC.to_owned(),
        established_on: established_on.to_string(),
        registration_state: state.to_owned(),
        ..Enterprise::default()
    };
    ("attribute", enterprise.encode_to_vec())
}

/// A change of the register entry in some of its fields.
pub(crate) fn change(on: NaiveDate, fields: &[&str]) -> Fact {
    let enterprise = Enterprise { effective_on: on.to_string(), ..Enterprise::default() };
    let changed_fields = fields.iter().map(ToString::to_string).collect();
    ("change", EnterpriseEvent { enterprise: Some(enterprise), changed_fields }.encode_to_vec())
}

/// A licence that holds for all the days that the tests ask about.
pub(crate) fn licence(field: &str, number: &str, sub_kind: &str, state: &str) -> Fact {
    let licence = Licence {
        licence_no: number.to_owned(),
        uscc: USCC.to_owned(),
        field: field.to_owned(),
        sub_kinds: vec![sub_kind.to_owned()],
        valid_from: "2015-01-01".to_owned(),
        valid_to: "2099-12-31".to_owned(),
        state: state.to_owned(),
        ..Licence::default()
    };
    ("licence", licence.encode_to_vec())
}

fn record(source: &'static str, field: &str, on: NaiveDate, content: Content) -> Fact {
    let record = Record {
        uscc: USCC.to_owned(),
        field: field.to_owned(),
        decided_on: on.to_string(),
        content: Some(content),
        ..Record::default()
    };
    (source, record.encode_to_vec())
}

pub(crate) fn penalty(field: &str, on: NaiveDate, kinds: &[&str], grade: &str, fine_fen: i64) -> Fact {
    let penalty = Penalty {
        penalty_kinds: kinds.iter().map(ToString::to_string).collect(),
        discretion_grade: grade.to_owned(),
        fine_fen,
        ..Penalty::default()
    };
    record("penalty", field, on, Content::Penalty(penalty))
}

/// A warning by ordinary discretion.
pub(crate) fn warning(field: &str, on: NaiveDate) -> Fact {
    penalty(field, on, &["1"], "Ordinary", 0)
}

/// An inspection with so many critical, serious and minor findings.
pub(crate) fn inspection(field: &str, on: NaiveDate, result: &str, findings: [i32; 3]) -> Fact {
    inspection_of("Routine", field, on, result, findings)
}

pub(crate) fn inspection_of(
    mode: &str,
    field: &str,
    on: NaiveDate,
    result: &str,
    [critical_count, serious_count, minor_count]: [i32; 3],
) -> Fact {
    let inspection = Inspection {
        mode: mode.to_owned(),
        result: result.to_owned(),
        critical_count,
        serious_count,
        minor_count,
        ..Inspection::default()
    };
    record("inspection", field, on, Content::Inspection(inspection))
}

/// A failed sample of a confirmed producer.
pub(crate) fn failed_sample(on: NaiveDate, level: &str) -> Fact {
    sample(on, level, true)
}

pub(crate) fn sample(on: NaiveDate, level: &str, producer_confirmed: bool) -> Fact {
    let sampling = Sampling { level: level.to_owned(), producer_confirmed, ..Sampling::default() };
    record("sampling", "FOOD", on, Content::Sampling(sampling))
}

/// An entry of a list from a day on, up to before another.
pub(crate) fn entry(list: &str, ground: &str, on: NaiveDate, removed_on: Option<NaiveDate>) -> Fact {
    let entry = ListEntry {
        list: list.to_owned(),
        ground: ground.to_owned(),
        status: if removed_on.is_some() { "Removed" } else { "Listed" }.to_owned(),
        removed_on: removed_on.map(|day| day.to_string()).unwrap_or_default(),
        ..ListEntry::default()
    };
    record("list_entry", "FOOD", on, Content::ListEntry(entry))
}

pub(crate) fn ticket(field: &str, on: NaiveDate) -> Fact {
    ticket_found(field, on, Some(true), "")
}

pub(crate) fn ticket_found(
    field: &str,
    on: NaiveDate,
    substantiated: Option<bool>,
    duplicate_of: &str,
) -> Fact {
    let ticket = Ticket {
        uscc: USCC.to_owned(),
        field: field.to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: on.to_string(),
        substantiated,
        duplicate_of: duplicate_of.to_owned(),
        ..Ticket::default()
    };
    ("ticket", ticket.encode_to_vec())
}

pub(crate) fn breach(ordered_on: NaiveDate, closed_on: Option<NaiveDate>) -> Fact {
    let breach = Breach {
        uscc: USCC.to_owned(),
        ordered_on: ordered_on.to_string(),
        closed_on: closed_on.map(|day| day.to_string()).unwrap_or_default(),
        ..Breach::default()
    };
    ("breach", breach.encode_to_vec())
}

/// The class that the province has given, by its rank in the scheme of Shandong.
pub(crate) fn provincial(on: NaiveDate, rank: i32) -> Fact {
    let class = ProvincialClass {
        uscc: USCC.to_owned(),
        scheme: "shandong2020".to_owned(),
        classified_on: on.to_string(),
        rank,
        ..ProvincialClass::default()
    };
    ("provincial_class", class.encode_to_vec())
}

/// A flag of key attention up to and with its last day.
pub(crate) fn attention(since: NaiveDate, until: NaiveDate) -> Fact {
    let flag = Flag { on_since: since.to_string(), on_until: until.to_string(), ..Flag::default() };
    ("attention", flag.encode_to_vec())
}
