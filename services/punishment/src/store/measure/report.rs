//! The use that systems make of measures: reports, and their count.

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use db::{Fingerprint, PageToken, Tx, on};
use prost::Message;
use service::auth::Scope;
use service::idempotency::{self, Claim};
use service::machine::Actor;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::REPORTED;
use super::row::find;
use crate::api::convert;
use crate::domain::measure::{Measure, MeasureName, NewUse};
use crate::error::Error;
use crate::machines::measure::{Event, IMPLEMENTER};
use crate::store::sql::push_among;
use crate::store::{Act, Store};

/// Set of the systems that are told of measures, and the tag that names the office which speaks for one.
const RECEIVERS: &str = "measure_receiver";
const OFFICE: &str = "office";

/// A report as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct UseRow {
    pub(crate) id: String,
    pub(crate) measure_id: String,
    pub(crate) receiver: String,
    pub(crate) applied_count: i64,
    pub(crate) result: String,
    pub(crate) reported_on: String,
    pub(crate) office: String,
}

/// Measures of one item at one system, counted.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UseCount {
    /// Code of the measure.
    pub code: String,
    /// List that triggered it.
    pub list: String,
    /// Office that answers for it.
    pub implementer: String,
    /// The system.
    pub receiver: String,
    /// Measures that it was told of.
    pub told: i64,
    /// Of these, acknowledged.
    pub acknowledged: i64,
    /// Of those told, ended.
    pub ended: i64,
    /// Of those ended, whose end it has acknowledged.
    pub end_acknowledged: i64,
    /// Reports of the period.
    pub reports: i64,
    /// Applications by these reports.
    pub applied: i64,
}

impl Store {
    /// Takes a report on the use of a measure at one system. The duty to report is done when the last system of the measure has, and
    /// begins anew. While no period runs, because some system has still to take the measure or the party contests it, a report is kept
    /// and counts for none.
    ///
    /// # Errors
    /// [`Error::ReceiverUnknown`] for a system that was not told of the measure; [`Error::NotReceiversOffice`] for an office that does not
    /// speak for it; [`Error::ReceiverHasNotTaken`] for a system that has not taken it; a refusal of the machine where it has ended.
    pub async fn report_use(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &MeasureName,
        new: &NewUse,
    ) -> Result<pb::MeasureUse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let own = before.receivers.iter().find(|receiver| receiver.name == new.receiver);
        let own =
            own.ok_or_else(|| Error::ReceiverUnknown { name: name.clone(), receiver: new.receiver.clone() })?;
        let speaker = self.as_speaker(act, &before, &new.receiver)?;
        if own.taken.is_none() {
            return Err(Error::ReceiverHasNotTaken { name: name.clone(), receiver: new.receiver.clone() });
        }
        let others = before.receivers.iter().any(|one| !one.reported && one.name != new.receiver);
        let event = match (before.state.owes_reports(), others) {
            (true, false) => Event::ReportLast,
            (true, true) => {
                note_reported(&mut tx, name, &new.receiver).await?;
                Event::Report
            }
            (false, _) => Event::Report,
        };
        let after = self.move_measure(&mut tx, &speaker, &before, event, |_| {}).await?;
        let row = insert(&mut tx, act, name, new).await?;
        let answer = convert::measure::reported(&row);
        let payload = pb::MeasureUseEvent {
            measure: Some(convert::measure::told(&after)),
            report: Some(answer.clone()),
        };
        let uscc = after.trigger.uscc.as_str();
        self.tell(&mut tx, act, REPORTED, uscc, act.today(), &payload).await?;
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The same act in the name that the machine knows, if the office speaks for the system: its own, as the rulebook names it. A system
    /// that has none tells the office that answers for the measure.
    fn as_speaker<'a>(&self, act: &Act<'a>, measure: &Measure, receiver: &str) -> Result<Act<'a>, Error> {
        let known = self.book.code(RECEIVERS, receiver, act.today());
        let own = known.and_then(|code| code.tag_value(OFFICE));
        let speaker = own.unwrap_or(measure.implementer.as_str());
        if act.actor.office != speaker {
            return Err(Error::NotReceiversOffice {
                name: measure.name.clone(),
                receiver: receiver.to_owned(),
                office: act.actor.office.to_owned(),
                speaker: speaker.to_owned(),
            });
        }
        Ok(Act { actor: Actor { office: IMPLEMENTER.code(), ..act.actor }, ..*act })
    }

    /// A page of the reports on one measure, the earliest first, and the token of the next.
    pub(crate) async fn uses(
        &self,
        measure: &MeasureName,
        size: i64,
        token: &str,
    ) -> Result<(Vec<UseRow>, String), Error> {
        const SQL: &str = "
            SELECT id, measure_id, receiver, applied_count, result, reported_on, office
            FROM measure_use
            WHERE measure_id = $1 AND id > $2
            ORDER BY id
            LIMIT CAST($3 AS BIGINT)";
        let fingerprint = Fingerprint::of(&["measure uses", measure.id()]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let mut rows: Vec<UseRow> = on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(measure.id())
            .bind(after.as_str())
            .bind(size + 1)
            .fetch_all(pool)
            .await)?;
        let next = PageToken::next(&mut rows, size, fingerprint, |row| row.id.clone());
        Ok((rows, next))
    }

    /// Counts measures by item and system, and the reports from one day to another.
    pub async fn count_use(
        &self,
        scope: &Scope,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<UseCount>, Error> {
        const SELECT: &str = "
            SELECT m.code, m.list, m.implementer, r.receiver, COUNT(*) AS told,
                CAST(COALESCE(SUM(CASE WHEN r.acknowledged_at_us IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS acknowledged,
                CAST(COALESCE(SUM(CASE WHEN m.ended_on IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS ended,
                CAST(COALESCE(SUM(CASE WHEN r.end_acknowledged_at_us IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT)
                    AS end_acknowledged,
                CAST(COALESCE(SUM(u.reports), 0) AS BIGINT) AS reports,
                CAST(COALESCE(SUM(u.applied), 0) AS BIGINT) AS applied
            FROM measure m
            JOIN measure_receiver r ON r.measure_id = m.id
            LEFT JOIN (
                SELECT measure_id, receiver, COUNT(*) AS reports, SUM(applied_count) AS applied
                FROM measure_use WHERE reported_on >= ";
        const REST: &str = "
                GROUP BY measure_id, receiver) u ON u.measure_id = m.id AND u.receiver = r.receiver
            WHERE m.told_revision IS NOT NULL";
        const ORDER: &str = "
            GROUP BY m.code, m.list, m.implementer, r.receiver
            ORDER BY m.code, m.list, m.implementer, r.receiver";
        let divisions = scope.division_codes();
        Ok(on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(from.to_string()).push(" AND reported_on <= ").push_bind(to.to_string());
            sql.push(REST);
            push_among(&mut sql, "m.division", &divisions);
            sql.push(ORDER);
            sql.build_query_as().fetch_all(pool).await
        })?)
    }
}

/// Notes that a system has reported in the running period.
async fn note_reported(tx: &mut Tx, name: &MeasureName, receiver: &str) -> Result<(), Error> {
    const SQL: &str = "UPDATE measure_receiver SET reported = 1 WHERE measure_id = $1 AND receiver = $2";
    on!(tx, |conn| sqlx::query(SQL).bind(name.id()).bind(receiver).execute(conn).await.map(drop))?;
    Ok(())
}

/// Begins a period for reports: whatever was reported before it, every system owes one.
pub(super) async fn begin_period(tx: &mut Tx, name: &MeasureName) -> Result<(), Error> {
    const SQL: &str = "UPDATE measure_receiver SET reported = 0 WHERE measure_id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(name.id()).execute(conn).await.map(drop))?;
    Ok(())
}

async fn insert(tx: &mut Tx, act: &Act<'_>, name: &MeasureName, new: &NewUse) -> Result<UseRow, Error> {
    const SQL: &str = "
        INSERT INTO measure_use (id, measure_id, receiver, applied_count, result, reported_on, office, reported_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let row = UseRow {
        id: Uuid::now_v7().to_string(),
        measure_id: name.id().to_owned(),
        receiver: new.receiver.clone(),
        applied_count: new.applied_count,
        result: new.result.clone(),
        reported_on: act.today().to_string(),
        office: act.actor.office.to_owned(),
    };
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&row.id)
        .bind(&row.measure_id)
        .bind(&row.receiver)
        .bind(row.applied_count)
        .bind(&row.result)
        .bind(&row.reported_on)
        .bind(&row.office)
        .bind(act.actor.person)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(row)
}
