//! Rows of measures and of the systems that are told of them: reading and writing.

use std::collections::HashMap;

use db::{Tx, on};
use domain::{DivisionCode, LegalName, MicrosUtc, OfficeCode, Uscc};
use sqlx::QueryBuilder;

use crate::domain::list::{EntryName, List};
use crate::domain::measure::{Measure, MeasureName, Receiver, Taken, Trigger};
use crate::error::Error;
use crate::store::sql::push_among;
use crate::store::{corrupt, stored_date};

/// Columns of a measure. Its last day is the earliest of its open duties, so that a calendar which is loaded later fills it in, too.
pub(super) const COLUMNS: &str = "
    SELECT m.id, m.entry, m.list, m.decision_no, m.uscc, m.party_name, m.division, m.code, m.label, m.object, m.basis,
        m.rights_basis, m.implementer, m.edition, m.state, m.derived_by, m.confirmed_by, m.starts_on, m.ended_on, m.end_reason,
        m.contest, m.told_revision, m.end_revision, m.revision, m.updated_at_us,
        (SELECT MIN(o.due_on) FROM obligation o WHERE o.subject = 'measures/' || m.id AND o.done_on IS NULL) AS due_on
    FROM measure m";

/// A measure as stored.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    entry: String,
    list: String,
    decision_no: String,
    uscc: String,
    party_name: String,
    division: String,
    code: String,
    label: String,
    object: String,
    basis: String,
    rights_basis: String,
    implementer: String,
    edition: String,
    state: String,
    derived_by: String,
    confirmed_by: Option<String>,
    starts_on: String,
    ended_on: Option<String>,
    end_reason: String,
    contest: String,
    told_revision: Option<i64>,
    end_revision: Option<i64>,
    revision: i64,
    updated_at_us: i64,
    due_on: Option<String>,
}

impl Row {
    pub(super) fn measure(self, receivers: Vec<Receiver>) -> Result<Measure, Error> {
        let id = &self.id;
        let list = List::of_word(&self.list).ok_or_else(|| corrupt(id, "unknown list"))?;
        Ok(Measure {
            name: MeasureName::of_id(id).map_err(|e| corrupt(id, e))?,
            trigger: Trigger {
                entry: EntryName::parse(list, &self.entry).map_err(|e| corrupt(id, e))?,
                uscc: Uscc::parse(&self.uscc).map_err(|e| corrupt(id, e))?,
                party_name: LegalName::parse(&self.party_name).map_err(|e| corrupt(id, e))?,
                division: DivisionCode::parse(&self.division).map_err(|e| corrupt(id, e))?,
                decision_no: self.decision_no,
            },
            code: self.code,
            label: self.label,
            object: self.object,
            basis: self.basis,
            rights_basis: Some(self.rights_basis).filter(|basis| !basis.is_empty()),
            implementer: OfficeCode::parse(&self.implementer).map_err(|e| corrupt(id, e))?,
            edition: self.edition,
            state: self.state.parse().map_err(|e: String| corrupt(id, e))?,
            derived_by: self.derived_by,
            confirmed_by: self.confirmed_by,
            starts_on: domain::parse_date(&self.starts_on).map_err(|e| corrupt(id, e))?,
            ended_on: stored_date(self.ended_on.as_deref())?,
            end_reason: self.end_reason,
            contest: self.contest,
            due_on: stored_date(self.due_on.as_deref())?,
            told_revision: self.told_revision,
            end_revision: self.end_revision,
            receivers,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

#[derive(sqlx::FromRow)]
struct ReceiverRow {
    measure_id: String,
    receiver: String,
    acknowledged_at_us: Option<i64>,
    receipt: String,
    end_acknowledged_at_us: Option<i64>,
    end_receipt: String,
    reported: i64,
}

/// A measure with one of its systems; with one that has no name where it has none. The rows of a measure stand together.
#[derive(sqlx::FromRow)]
pub(super) struct Listed {
    #[sqlx(flatten)]
    row: Row,
    #[sqlx(flatten)]
    receiver: ReceiverRow,
}

/// The measures of such rows, in their order, each with its systems.
pub(super) fn grouped(rows: Vec<Listed>) -> Result<Vec<Measure>, Error> {
    let (mut measures, mut rows) = (Vec::new(), rows.into_iter().peekable());
    while let Some(Listed { row, receiver }) = rows.next() {
        let mut receivers: Vec<Receiver> = receiver.named().into_iter().collect();
        while let Some(next) = rows.next_if(|next| next.row.id == row.id) {
            receivers.extend(next.receiver.named());
        }
        measures.push(row.measure(receivers)?);
    }
    Ok(measures)
}

impl ReceiverRow {
    fn named(self) -> Option<Receiver> {
        (!self.receiver.is_empty()).then(|| self.receiver())
    }

    fn receiver(self) -> Receiver {
        let taken = |at: Option<i64>, receipt| at.map(|at| Taken { at: MicrosUtc(at), receipt });
        Receiver {
            name: self.receiver,
            taken: taken(self.acknowledged_at_us, self.receipt),
            end_taken: taken(self.end_acknowledged_at_us, self.end_receipt),
            reported: self.reported != 0,
        }
    }
}

/// The systems of some measures, by the id of the measure, each in the order of their names.
pub(super) async fn receivers_of(
    tx: &mut Tx,
    ids: &[String],
) -> Result<HashMap<String, Vec<Receiver>>, Error> {
    const SQL: &str = "
        SELECT measure_id, receiver, acknowledged_at_us, receipt, end_acknowledged_at_us, end_receipt, reported
        FROM measure_receiver
        WHERE receiver > ''";
    let rows: Vec<ReceiverRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(SQL);
        push_among(&mut sql, "measure_id", ids);
        sql.push(" ORDER BY measure_id, receiver");
        sql.build_query_as().persistent(false).fetch_all(conn).await
    })?;
    let mut by_measure: HashMap<String, Vec<Receiver>> = HashMap::new();
    for row in rows {
        by_measure.entry(row.measure_id.clone()).or_default().push(row.receiver());
    }
    Ok(by_measure)
}

/// Rows as measures, each with its systems.
pub(super) async fn with_receivers(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Measure>, Error> {
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let mut receivers = receivers_of(tx, &ids).await?;
    let measure = |row: Row| {
        let own = receivers.remove(&row.id).unwrap_or_default();
        row.measure(own)
    };
    rows.into_iter().map(measure).collect()
}

/// One measure.
pub(super) async fn find(tx: &mut Tx, name: &MeasureName) -> Result<Measure, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE m.id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let row = row.ok_or_else(|| Error::MeasureNotFound(name.clone()))?;
    let measures = with_receivers(tx, vec![row]).await?;
    measures.into_iter().next().ok_or_else(|| Error::MeasureNotFound(name.clone()))
}

/// Keeps other transactions from moving a measure between its reading and its writing, and waits for one that does: of two systems
/// that take it at the same moment, one sees that it is the last.
pub(super) async fn lock(tx: &mut Tx, name: &MeasureName) -> Result<(), Error> {
    const SQL: &str = "UPDATE measure SET revision = revision WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(name.id()).execute(conn).await.map(drop))?;
    Ok(())
}

/// Writes what of a measure can change, if nobody has changed it since `revision`.
pub(super) async fn update(tx: &mut Tx, measure: &Measure, revision: i64) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE measure
        SET state = $3, confirmed_by = $4, ended_on = $5, end_reason = $6, contest = $7, told_revision = $8, end_revision = $9,
            revision = $10, updated_at_us = $11
        WHERE id = $1 AND revision = $2";
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(measure.name.id())
        .bind(revision)
        .bind(measure.state.word())
        .bind(measure.confirmed_by.as_deref())
        .bind(measure.ended_on.map(|day| day.to_string()))
        .bind(&measure.end_reason)
        .bind(&measure.contest)
        .bind(measure.told_revision)
        .bind(measure.end_revision)
        .bind(measure.revision)
        .bind(measure.updated_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}
