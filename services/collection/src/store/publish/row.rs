//! The table `publication`.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Tx, on};
use service::Error as Common;
use service::machine::Actor;

use super::id_of;
use crate::machines::chain::State;
use crate::machines::record::{Event, RECORD};
use crate::store::record_row::Stored;

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
}

#[derive(sqlx::FromRow)]
struct Row {
    record_id: String,
    chain: String,
    state: String,
    told_revision: i64,
    published_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    regime: String,
    severity: String,
    not_supplied: String,
    problem: String,
}

impl TryFrom<Row> for Publication {
    type Error = Common;

    fn try_from(row: Row) -> Result<Self, Common> {
        let of = |problem| Common::corrupt(format!("publication of record {}: {problem}", row.record_id));
        Ok(Self {
            state: row.state.parse().map_err(of)?,
            record_id: row.record_id,
            chain: row.chain,
            told_revision: row.told_revision,
            published_on: row.published_on,
            ends_on: row.ends_on,
            regime: row.regime,
            severity: row.severity,
            not_supplied: row.not_supplied.lines().map(str::to_owned).collect(),
            problem: row.problem,
        })
    }
}

impl Publication {
    /// Whether it is one of this record.
    pub(in crate::store) fn is_of(&self, record_id: &str) -> bool {
        self.record_id == record_id
    }

    /// Whether its term was over before `today`.
    pub(super) fn is_past(&self, today: NaiveDate) -> bool {
        self.ends_on.is_some_and(|last| last < today)
    }

    /// As the contract writes it.
    pub(super) fn to_pb(&self) -> pb::Publication {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        pb::Publication {
            chain: self.chain.clone(),
            state: self.state.word().to_owned(),
            published_on: day(self.published_on),
            ends_on: day(self.ends_on),
            regime: self.regime.clone(),
            severity: self.severity.clone(),
            not_supplied: self.not_supplied.clone(),
            problem: self.problem.clone(),
        }
    }

    /// The same on a day: a term that is over has ended, whether or not that has been booked.
    fn to_pb_on(&self, today: NaiveDate) -> pb::Publication {
        let ended = self.is_past(today) && self.state.is_told();
        let state = if ended { State::Ended } else { self.state };
        pb::Publication { state: state.word().to_owned(), ..self.to_pb() }
    }
}

/// The publications of many records, in the order of record and chain.
pub(in crate::store) async fn of_records(tx: &mut Tx, ids: &[&str]) -> Result<Vec<Publication>, Common> {
    const SQL: &str = "
        SELECT record_id, chain, state, told_revision, published_on, ends_on, regime, severity, not_supplied, problem
        FROM publication WHERE record_id IN";
    let rows: Vec<Row> = db::rows_of(tx, SQL, ids).await?;
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
                                 regime, severity, not_supplied, problem)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (record_id, chain) DO UPDATE SET
            state = excluded.state, told_revision = excluded.told_revision,
            published_on = excluded.published_on, ends_on = excluded.ends_on, regime = excluded.regime,
            severity = excluded.severity, not_supplied = excluded.not_supplied, problem = excluded.problem";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&publication.record_id)
        .bind(&publication.chain)
        .bind(publication.state.word())
        .bind(publication.told_revision)
        .bind(publication.published_on)
        .bind(publication.ends_on)
        .bind(&publication.regime)
        .bind(&publication.severity)
        .bind(publication.not_supplied.join("\n"))
        .bind(&publication.problem)
        .execute(conn)
        .await
        .map(drop))
}

/// The record as everyone reads it on a day, with its publications: once all terms are over it has expired, whether or not that
/// has been booked.
pub(in crate::store) fn as_of(stored: Stored, publications: &[Publication], today: NaiveDate) -> pb::Record {
    let mut record = stored.record;
    record.publications = publications.iter().map(|publication| publication.to_pb_on(today)).collect();
    let over = publications.iter().all(|one| one.state.is_over() || one.is_past(today));
    if over
        && !publications.is_empty()
        && let Ok(step) = RECORD.step(stored.state, Event::Expire, &Actor::system())
    {
        record.state = step.to.as_str().to_owned();
    }
    record
}
