//! The table `publication`.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Tx, on};
use prost::Message;
use rulebook::term::Term;
use service::Error as Common;

use super::id_of;
use crate::machines::chain::State;

/// The publication of a record on one chain, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Publication {
    /// The record's id.
    pub(super) record_id: String,
    /// Name of the receiver.
    pub(super) chain: String,
    /// Where it stands.
    pub(super) state: State,
    /// Revision of the record that the receiver was told last; 0 before.
    pub(super) told_revision: i64,
    /// Day of the first acknowledgement.
    pub(super) published_on: Option<NaiveDate>,
    /// Last day of the term, where it is known.
    pub(super) ends_on: Option<NaiveDate>,
    /// Code of the law that gives the term; may be empty.
    pub(super) regime: String,
    /// Class of the penalty by that law; may be empty.
    pub(super) severity: String,
    /// Parameters that were not supplied.
    pub(super) not_supplied: Vec<String>,
    /// Why it cannot be told; may be empty.
    pub(super) problem: String,
    /// The law that an officer chose.
    pub(super) law_choice: Option<pb::LawChoice>,
    /// First day on which it is not shown any more because it was repaired; `None` while that is not so.
    pub(super) stops_on: Option<NaiveDate>,
}

/// A publication as a statement reads it.
#[derive(sqlx::FromRow)]
pub(in crate::store) struct PublicationRow {
    record_id: String,
    chain: String,
    /// The record beside which it may stand has a state, too.
    #[sqlx(rename = "chain_state")]
    state: String,
    told_revision: i64,
    published_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    regime: String,
    severity: String,
    not_supplied: String,
    problem: String,
    law_choice: Option<Vec<u8>>,
    stops_on: Option<NaiveDate>,
}

impl PublicationRow {
    /// Name of the receiver; empty where it stands for no publication.
    pub(in crate::store) fn chain(&self) -> &str {
        &self.chain
    }

    /// The publication, if it is one.
    pub(in crate::store) fn publication(self) -> Result<Option<Publication>, Common> {
        if self.chain.is_empty() { Ok(None) } else { Publication::try_from(self).map(Some) }
    }
}

impl TryFrom<PublicationRow> for Publication {
    type Error = Common;

    fn try_from(row: PublicationRow) -> Result<Self, Common> {
        let of = |problem| Common::corrupt(format!("publication of record {}: {problem}", row.record_id));
        let law_choice = row.law_choice.filter(|choice| !choice.is_empty());
        let law_choice = law_choice.map(|choice| pb::LawChoice::decode(choice.as_slice()));
        Ok(Self {
            state: State::from_stored(&row.state, !row.problem.is_empty()).map_err(of)?,
            law_choice: law_choice.transpose().map_err(|problem| of(problem.to_string()))?,
            record_id: row.record_id,
            chain: row.chain,
            told_revision: row.told_revision,
            published_on: row.published_on,
            ends_on: row.ends_on,
            regime: row.regime,
            severity: row.severity,
            not_supplied: row.not_supplied.lines().map(str::to_owned).collect(),
            problem: row.problem,
            stops_on: row.stops_on,
        })
    }
}

impl Publication {
    /// One that nobody was told of yet. It has ended until a step says otherwise.
    pub(super) fn new(record_id: &str, chain: &str) -> Self {
        Self {
            record_id: record_id.to_owned(),
            chain: chain.to_owned(),
            state: State::Ended,
            told_revision: 0,
            published_on: None,
            ends_on: None,
            regime: String::new(),
            severity: String::new(),
            not_supplied: Vec::new(),
            problem: String::new(),
            law_choice: None,
            stops_on: None,
        }
    }

    /// Whether it is one of this record.
    pub(in crate::store) fn is_of(&self, record_id: &str) -> bool {
        self.record_id == record_id
    }

    /// Whether its term was over before `today`.
    pub(super) fn is_past(&self, today: NaiveDate) -> bool {
        self.ends_on.is_some_and(|last| last < today)
    }

    /// The law that an officer chose; empty for none.
    pub(super) fn chosen(&self) -> &str {
        self.law_choice.as_ref().map_or("", |choice| choice.regime.as_str())
    }

    /// Whether its term is this one.
    pub(super) fn runs_by(&self, term: &Term) -> bool {
        self.regime == term.regime && self.ends_on == term.ends_on && self.severity == term.severity
    }

    /// Its term is this one from now on.
    pub(super) fn run_by(&mut self, term: Term) {
        self.regime = term.regime;
        self.severity = term.severity;
        self.ends_on = term.ends_on;
        self.not_supplied = term.not_supplied;
    }

    /// As the contract writes it, with the terms among which an officer may choose.
    pub(super) fn to_pb(&self, open: Vec<Term>) -> pb::Publication {
        pb::Publication {
            chain: self.chain.clone(),
            state: self.state.word().to_owned(),
            published_on: written(self.published_on),
            ends_on: written(self.ends_on),
            regime: self.regime.clone(),
            severity: self.severity.clone(),
            not_supplied: self.not_supplied.clone(),
            problem: self.problem.clone(),
            terms: open.into_iter().map(term_to_pb).collect(),
            law_choice: self.law_choice.clone(),
        }
    }

    /// As it reads on a day: a term that is over has ended, whether or not that has been booked.
    pub(super) fn state_on(&self, today: NaiveDate) -> State {
        if self.is_past(today) && self.state.is_told() { State::Ended } else { self.state }
    }
}

/// Whether a record was handed over and its terms were over before `today`, on every chain.
pub(super) fn is_past<'p>(publications: impl IntoIterator<Item = &'p Publication>, today: NaiveDate) -> bool {
    let mut publications = publications.into_iter().peekable();
    publications.peek().is_some() && publications.all(|one| one.is_past(today))
}

/// A term as the contract writes it.
fn term_to_pb(term: Term) -> pb::PublicationTerm {
    let Term { regime, severity, ends_on, not_supplied } = term;
    pb::PublicationTerm { regime, severity, ends_on: written(ends_on), not_supplied }
}

/// A day as the contract writes it; empty for none.
fn written(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// The publications of many records, in the order of record and chain.
pub(in crate::store) async fn of_records(tx: &mut Tx, ids: &[&str]) -> Result<Vec<Publication>, Common> {
    const SQL: &str = "
        SELECT record_id, chain, state AS chain_state, told_revision, published_on, ends_on, regime, severity,
               not_supplied, problem, law_choice, stops_on
        FROM publication WHERE record_id IN";
    let rows: Vec<PublicationRow> = db::rows_of(tx, SQL, ids).await?;
    let mut found = rows.into_iter().map(Publication::try_from).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, other| (&one.record_id, &one.chain).cmp(&(&other.record_id, &other.chain)));
    Ok(found)
}

/// The publications of one record, in the order of their chains.
pub(super) async fn of_record(tx: &mut Tx, record: &pb::Record) -> Result<Vec<Publication>, Common> {
    of_records(tx, &[id_of(record)]).await
}

/// Writes a publication as it stands now. The caller's move of the record keeps others from it.
pub(super) async fn write(tx: &mut Tx, publication: &Publication) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO publication (record_id, chain, state, told_revision, published_on, ends_on,
                                 regime, severity, not_supplied, problem, law_choice, stops_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (record_id, chain) DO UPDATE SET
            state = excluded.state, told_revision = excluded.told_revision,
            published_on = excluded.published_on, ends_on = excluded.ends_on, regime = excluded.regime,
            severity = excluded.severity, not_supplied = excluded.not_supplied, problem = excluded.problem,
            law_choice = excluded.law_choice, stops_on = excluded.stops_on";
    let law_choice = publication.law_choice.as_ref().map(Message::encode_to_vec).unwrap_or_default();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&publication.record_id)
        .bind(&publication.chain)
        .bind(publication.state.stored_word())
        .bind(publication.told_revision)
        .bind(publication.published_on)
        .bind(publication.ends_on)
        .bind(&publication.regime)
        .bind(&publication.severity)
        .bind(publication.not_supplied.join("\n"))
        .bind(&publication.problem)
        .bind(law_choice)
        .bind(publication.stops_on)
        .execute(conn)
        .await
        .map(drop))
}
