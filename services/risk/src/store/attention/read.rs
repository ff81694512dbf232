//! Everything that a scan reads, at one moment, field by field.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use db::{Tx, on};
use domain::FieldCode;
use rulebook::{ComplaintTopic, Rulebook, TopicWords};

use crate::domain::signal::scan::Field;
use crate::domain::signal::{Complaint, Finding, Producer, Settings};
use crate::error::Error;
use crate::machines::attention::State;
use crate::store::Store;

/// What is read of one field.
#[derive(Debug)]
pub(super) struct Read {
    /// The field.
    pub(super) field: FieldCode,
    producers: Vec<Producer>,
    complaints: Vec<Complaint>,
    topics: Topics,
}

/// The topics of a field, in the order in which they are tried.
#[derive(Debug)]
struct Topics {
    codes: Vec<String>,
    rules: Vec<ComplaintTopic>,
    total: usize,
}

#[derive(sqlx::FromRow)]
struct ProducerRow {
    uscc: String,
    field: String,
    category: String,
    division: String,
    capital_fen: i64,
}

#[derive(sqlx::FromRow)]
struct ComplaintRow {
    ticket: String,
    uscc: String,
    field: String,
    event: String,
    accepted_on: NaiveDate,
    topic: String,
    finding: String,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    uscc: String,
    field: String,
    topic: String,
    state: String,
    as_of: NaiveDate,
    on_until: Option<NaiveDate>,
}

impl Read {
    /// As the analysis takes it.
    pub(super) fn field(&self) -> Field<'_> {
        Field {
            producers: &self.producers,
            complaints: &self.complaints,
            topics: &self.topics.codes,
            total: self.topics.total,
        }
    }

    /// The enterprise at a place.
    pub(super) fn producer(&self, place: usize) -> &Producer {
        &self.producers[place]
    }

    /// The code of the topic at a place.
    pub(super) fn topic(&self, place: usize) -> &str {
        &self.topics.codes[place]
    }

    fn note_known(&mut self, producer: usize, known: &KnownRow) -> Result<(), service::Error> {
        let Some(topic) = self.topics.codes.iter().position(|code| *code == known.topic) else {
            return Ok(());
        };
        let state: State = known
            .state
            .parse()
            .map_err(|problem| service::Error::corrupt(format!("signal of {}: {problem}", known.uscc)))?;
        let producer = &mut self.producers[producer];
        if state.is_open() {
            producer.open.push(topic);
        } else {
            // A person has looked at what the scan saw; during a flag, at everything.
            producer.judged.push((topic, known.on_until.unwrap_or(known.as_of)));
        }
        Ok(())
    }
}

impl Topics {
    fn of(book: &Rulebook, field: &FieldCode, on: NaiveDate) -> Option<Self> {
        let rules: Vec<ComplaintTopic> = book.complaint_topics(field, on).cloned().collect();
        let mut codes: Vec<String> = Vec::new();
        for rule in &rules {
            if !codes.contains(&rule.code) {
                codes.push(rule.code.clone());
            }
        }
        let total = rules.iter().find(|rule| rule.words == TopicWords::Total)?;
        let total = codes.iter().position(|code| *code == total.code)?;
        Some(Self { codes, rules, total })
    }

    /// The topic of a text of the hotline.
    fn place(&self, text: &str) -> Option<usize> {
        let rule = self.rules.iter().find(|rule| rule.names(text))?;
        self.codes.iter().position(|code| *code == rule.code)
    }
}

impl Store {
    /// Reads what a scan looks at. An enterprise whose entry is not known yet waits for it; so does a ticket of an enterprise that
    /// carries no mark of its field, or carries several and the ticket does not say which.
    pub(super) async fn read_for_scan(&self, settings: &Settings) -> Result<Vec<Read>, Error> {
        let first = settings.windows.iter().map(|window| window.first).min().unwrap_or(settings.as_of);
        let mut tx = self.db.begin_read().await?;
        let producers = producers(&mut tx).await?;
        let complaints = complaints(&mut tx, first, settings.as_of).await?;
        let known = known(&mut tx, first).await?;
        tx.rollback().await?;
        let mut fields: BTreeMap<String, Read> = BTreeMap::new();
        let mut places: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        for row in producers {
            let Some(read) = entry(&mut fields, &self.book, &row.field, settings.as_of)? else { continue };
            places.entry(row.uscc.clone()).or_default().push((row.field.clone(), read.producers.len()));
            read.producers.push(producer(row));
        }
        for row in known {
            let own = places.get(&row.uscc).and_then(|own| own.iter().find(|(field, _)| *field == row.field));
            if let (Some((_, place)), Some(read)) = (own, fields.get_mut(&row.field)) {
                read.note_known(*place, &row)?;
            }
        }
        let mut memory: HashMap<(String, String), Option<usize>> = HashMap::new();
        for row in complaints {
            let Some((field, place)) = places.get(&row.uscc).and_then(|own| meant(own, &row.field)) else {
                continue;
            };
            let Some(read) = fields.get_mut(field) else { continue };
            let text = (field.clone(), row.topic.clone());
            let topic = *memory.entry(text).or_insert_with(|| read.topics.place(&row.topic));
            read.complaints.extend(topic.map(|topic| complaint(row, place, topic)).transpose()?);
        }
        Ok(fields.into_values().collect())
    }
}

/// The field that a ticket is about, of those whose marks its enterprise carries.
fn meant<'a>(own: &'a [(String, usize)], named: &str) -> Option<(&'a String, usize)> {
    let found = match (own, named) {
        ([only], "") => Some(only),
        (_, named) => own.iter().find(|(field, _)| field == named),
    };
    found.map(|(field, place)| (field, *place))
}

/// What is read of a field so far; `None` when the rulebook has no topics for it.
fn entry<'a>(
    fields: &'a mut BTreeMap<String, Read>,
    book: &Rulebook,
    code: &str,
    on: NaiveDate,
) -> Result<Option<&'a mut Read>, service::Error> {
    if !fields.contains_key(code) {
        let field = FieldCode::parse(code)
            .map_err(|problem| service::Error::corrupt(format!("mark in {code}: {problem}")))?;
        let Some(topics) = Topics::of(book, &field, on) else { return Ok(None) };
        let read = Read { field, producers: Vec::new(), complaints: Vec::new(), topics };
        fields.insert(code.to_owned(), read);
    }
    Ok(fields.get_mut(code))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a size is compared by a power of it; its last digits do not matter"
)]
fn producer(row: ProducerRow) -> Producer {
    Producer {
        uscc: row.uscc,
        division: row.division,
        category: row.category,
        size: (row.capital_fen > 0).then_some(row.capital_fen as f64),
        judged: Vec::new(),
        open: Vec::new(),
    }
}

fn complaint(row: ComplaintRow, producer: usize, topic: usize) -> Result<Complaint, service::Error> {
    let finding = Finding::named(&row.finding)
        .ok_or_else(|| service::Error::corrupt(format!("{}: finding {}", row.ticket, row.finding)))?;
    Ok(Complaint {
        producer,
        topic,
        ticket: row.ticket,
        event: row.event,
        accepted_on: row.accepted_on,
        finding,
    })
}

async fn producers(tx: &mut Tx) -> Result<Vec<ProducerRow>, sqlx::Error> {
    const SQL: &str = "
        SELECT m.uscc, m.field, m.category, p.division, p.capital_fen
        FROM complaint_mark m JOIN complaint_party p ON p.uscc = m.uscc
        WHERE m.carried
        ORDER BY m.uscc, m.field";
    on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)
}

async fn complaints(
    tx: &mut Tx,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<ComplaintRow>, sqlx::Error> {
    const SQL: &str = "
        SELECT ticket, uscc, field, event, accepted_on, topic, finding
        FROM complaint
        WHERE accepted_on BETWEEN $1 AND $2";
    on!(tx, |conn| sqlx::query_as(SQL).bind(first).bind(last).fetch_all(conn).await)
}

/// Signals that are open, or whose judgement bears on the windows.
async fn known(tx: &mut Tx, first: NaiveDate) -> Result<Vec<KnownRow>, sqlx::Error> {
    const SQL: &str = "
        SELECT uscc, field, topic, state, as_of, on_until
        FROM signal
        WHERE open OR as_of >= $1 OR on_until >= $1";
    on!(tx, |conn| sqlx::query_as(SQL).bind(first).fetch_all(conn).await)
}
