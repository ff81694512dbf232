//! What was known before each visit, and the score that follows from it.
//!
//! A piece of evidence is known, in the form in which it stands today, from the latest of the days that it names as facts: a
//! ticket from the day on which it was closed, a list entry that was removed from its removal. Before that day it does not
//! count at all. This hides a little that was known, and never shows what was not. A visit knows nothing of its own day. Key
//! attention is known from its confirmation: when it is to be reviewed and to end are days to come, and whoever counts it by these
//! counts on each day what stood on that day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::parse_date;
use prost_reflect::{DynamicMessage, Value};

use super::{Plan, order::Case};
use crate::domain::{
    evidence::{ALWAYS, Item, Ordinal, project},
    known::{Feed, own_day},
    model::{Model, PROVINCIAL},
    parameters::{MissingParameter, Parameters},
    scoring::{Items, Score, Scorer},
};

/// The source that visits are.
pub const INSPECTION: &str = "inspection";
/// The field of a record with the day of the visit.
const DECIDED_ON: &str = "decided_on";
/// First day of validity.
const VALID_FROM: &str = "valid_from";
/// First day of key attention.
const SINCE: &str = "on_since";
/// Days that are to come when they are told: they do not say when something was known.
const TO_COME: [&str; 2] = ["on_until", "review_on"];
/// The field of a record with the key field that it belongs to.
const FIELD: &str = "field";

/// What counts as known before a visit, beside the days that evidence names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Nothing more: history that was imported in one go knows no better.
    ByDate,
    /// Records and tickets must also have been received before the visit was, so that late and corrected ones do not count, and
    /// classes by the province imported before its day. For cities whose records came in as they arose.
    AsReceived,
}

/// An enterprise and all evidence of it.
#[derive(Clone, Debug)]
pub struct Firm {
    /// Division.
    pub division: String,
    /// The pieces.
    pub pieces: Vec<Told>,
}

/// A piece of evidence.
#[derive(Clone, Debug)]
pub struct Told {
    /// Source, as models call it.
    pub source: String,
    /// Position of its event in the feed that it came by.
    pub known_seq: i64,
    /// The message.
    pub message: DynamicMessage,
}

/// An inspection of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Place of its enterprise.
    pub firm: usize,
    /// Place of its record among the enterprise's pieces.
    pub piece: usize,
    /// Day on which it was made.
    pub day: NaiveDate,
    /// Position of its record in collection's feed.
    pub known_seq: i64,
    /// Mode of inspection, a code.
    pub mode: String,
    /// Whether it found what is looked for.
    pub found: bool,
}

/// What the model makes of one piece, and since when the piece is known.
#[derive(Clone, Debug)]
pub struct Known {
    known_on: NaiveDate,
    /// Position in collection's feed; `None` for what the registry tells.
    received: Option<i64>,
    items: Vec<Item>,
}

impl Known {
    /// The same, once it stands with somebody else: it counts for nothing here.
    pub(super) fn gone(&self) -> Self {
        Self { known_on: self.known_on, received: self.received, items: Vec::new() }
    }
}

/// The inspections of the window in the field that the model is made for, in the order of `firms`.
pub fn visits(plan: &Plan, firms: &[Firm]) -> Vec<Visit> {
    let mut visits = Vec::new();
    for (at, firm) in firms.iter().enumerate() {
        for (piece, told) in firm.pieces.iter().enumerate().filter(|(_, told)| told.source == INSPECTION) {
            let Some(day) = day_of(&told.message) else { continue };
            let wanted = plan.visits.as_ref().is_none_or(|condition| condition.holds(&told.message));
            let concerned = plan.model.scope.concerns(&field_of(&told.message));
            if wanted && concerned && plan.first_day <= day && day <= plan.last_day {
                visits.push(Visit {
                    firm: at,
                    piece,
                    day,
                    known_seq: told.known_seq,
                    mode: mode_of(&told.message),
                    found: plan.outcome.holds(&told.message),
                });
            }
        }
    }
    visits
}

/// Day of an inspection.
pub fn day_of(record: &DynamicMessage) -> Option<NaiveDate> {
    parse_date(record.get_field_by_name(DECIDED_ON)?.as_str()?).ok()
}

/// Key field that a record belongs to; empty for none, which no model of a field is tried on.
fn field_of(record: &DynamicMessage) -> String {
    let field = record.get_field_by_name(FIELD);
    field.as_deref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn mode_of(record: &DynamicMessage) -> String {
    let inspection = record.get_field_by_name(INSPECTION);
    let inspection = inspection.as_deref().and_then(Value::as_message);
    let mode = inspection.and_then(|inspection| inspection.get_field_by_name("mode"));
    mode.as_deref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Scores visits by what was known before them.
#[derive(Debug)]
pub struct Replay<'a> {
    model: &'a Model,
    knowledge: Knowledge,
    /// The model, made ready for each day on which there was a visit.
    scorers: BTreeMap<NaiveDate, Scorer>,
}

impl<'a> Replay<'a> {
    /// Makes the model ready for the days of `visits`.
    ///
    /// # Errors
    /// [`MissingParameter`] when the rulebook lacks a parameter on one of them.
    pub fn new(
        plan: &'a Plan,
        visits: &[Visit],
        parameters: &impl Parameters,
    ) -> Result<Self, MissingParameter> {
        let mut scorers = BTreeMap::new();
        for day in visits.iter().map(|visit| visit.day) {
            if let std::collections::btree_map::Entry::Vacant(entry) = scorers.entry(day) {
                entry.insert(Scorer::new(plan.model.clone(), 0, parameters, day)?);
            }
        }
        Ok(Self { model: &plan.model, knowledge: plan.knowledge, scorers })
    }

    /// What the model makes of all evidence of an enterprise.
    pub fn dossier(&self, firm: &Firm) -> Vec<Known> {
        firm.pieces.iter().map(|told| self.known(told)).collect()
    }

    /// What the model makes of one piece.
    pub fn known(&self, told: &Told) -> Known {
        let of_collection = Feed::of_source(&told.source) == Feed::Collection;
        let imported = self.knowledge == Knowledge::AsReceived && told.source == PROVINCIAL;
        // What risk takes in itself has days for positions.
        let imported_on = if imported { own_day(told.known_seq) } else { None };
        let named = known_on(&told.message);
        Known {
            known_on: imported_on.map_or(named, |day| day.max(named)),
            received: of_collection.then_some(told.known_seq),
            items: self.items(&told.source, &told.message),
        }
    }

    fn items(&self, source: &str, message: &DynamicMessage) -> Vec<Item> {
        let readers = (0..).zip(&self.model.indicators).filter(|(_, reader)| reader.source.name() == source);
        readers.filter_map(|(ordinal, reader): (Ordinal, _)| project(ordinal, reader, message)).collect()
    }

    /// The score of the visited enterprise, by what was known before the visit.
    pub fn score(&self, visit: &Visit, dossier: &[Known]) -> Score {
        let known = dossier.iter().filter(|known| self.is_known(known, visit));
        let mut items: Vec<Item> = known.flat_map(|known| known.items.iter().copied()).collect();
        items.sort_unstable();
        self.scorer(visit).score(Items::sorted(&items))
    }

    /// The scores of all visits.
    pub fn scores(&self, visits: &[Visit], dossiers: &[Vec<Known>]) -> Vec<Score> {
        visits.iter().map(|visit| self.score(visit, &dossiers[visit.firm])).collect()
    }

    /// The model, made ready for the day of a visit.
    pub fn scorer(&self, visit: &Visit) -> &Scorer {
        &self.scorers[&visit.day]
    }

    fn is_known(&self, known: &Known, visit: &Visit) -> bool {
        let received = match (self.knowledge, known.received) {
            (Knowledge::AsReceived, Some(received)) => received < visit.known_seq,
            _ => true,
        };
        received && known.known_on < visit.day
    }
}

/// The visits as cases: the grade goes before the points.
pub fn cases(visits: &[Visit], scores: &[Score]) -> Vec<Case> {
    let keys = || scores.iter().map(|score| (score.rank, score.points));
    let mut places: Vec<_> = keys().collect();
    places.sort_unstable();
    places.dedup();
    let place = |key| i64::try_from(places.partition_point(|other| *other < key)).unwrap_or(i64::MAX);
    let case = |(visit, key): (&Visit, _)| Case {
        score: place(key),
        day: (visit.day - ALWAYS).num_days(),
        found: visit.found,
    };
    visits.iter().zip(keys()).map(case).collect()
}

/// The latest day that the message names as a fact, at any depth: fields that end in `_on` and do not name a day to come, the first day
/// of key attention, or, where it has none, the first day of validity. What names no day is known at all times.
pub(super) fn known_on(message: &DynamicMessage) -> NaiveDate {
    let valid_from = message.get_field_by_name(VALID_FROM);
    let valid_from = valid_from.as_deref().and_then(Value::as_str).and_then(|text| parse_date(text).ok());
    latest_fact(message).or(valid_from).unwrap_or(ALWAYS)
}

fn latest_fact(message: &DynamicMessage) -> Option<NaiveDate> {
    let of_field = |(field, value): (prost_reflect::FieldDescriptor, &Value)| match value {
        Value::String(text) if is_of_a_fact(field.name()) => parse_date(text).ok(),
        Value::Message(inner) => latest_fact(inner),
        _ => None,
    };
    message.fields().filter_map(of_field).max()
}

/// Whether a piece names a day from which it is known.
pub(super) fn names_a_day(told: &Told) -> bool {
    known_on(&told.message) != ALWAYS
}

/// A copy of a message that says it was made on `day`, by every day that it names.
pub(super) fn dated(message: &DynamicMessage, day: NaiveDate) -> DynamicMessage {
    redated(message, &|_| day)
}

/// A copy of a message in which `other` says every day that it names as a fact, or as one to come.
pub(super) fn redated(message: &DynamicMessage, other: &dyn Fn(NaiveDate) -> NaiveDate) -> DynamicMessage {
    let mut copy = message.clone();
    for (field, value) in copy.fields_mut() {
        match value {
            Value::String(text) if is_a_day(field.name()) => {
                if let Ok(day) = parse_date(text) {
                    *text = other(day).to_string();
                }
            }
            Value::Message(inner) => *inner = redated(inner, other),
            _ => {}
        }
    }
    copy
}

fn is_of_a_fact(field: &str) -> bool {
    field == SINCE || field.ends_with("_on") && !TO_COME.contains(&field)
}

fn is_a_day(field: &str) -> bool {
    is_of_a_fact(field) || field == VALID_FROM || TO_COME.contains(&field)
}
