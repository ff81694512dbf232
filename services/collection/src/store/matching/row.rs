//! The table `party_match`.

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, MicrosUtc};
use service::Error as Common;
use service::auth::{Caller, Denied};

use super::super::sql::under;
use super::super::ticket::reads_tickets;
use super::subject::Subject;
use crate::convert::timestamp;
use crate::domain::NaturalId;
use crate::domain::matching::{Judgement, ReasonKind};
use crate::error::Error;
use crate::machines::matching::State;

/// Reads matches as [`MatchRow`]; more conditions may follow.
pub(super) const SELECT: &str = "
    SELECT m.id, m.subject, m.uscc, m.legal_name, m.score, m.reasons, m.field, m.division, m.state, m.proposer, m.reason,
           m.decider, m.remark, m.revision, m.created_us, m.updated_us
    FROM party_match m WHERE true";

/// A match as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct MatchRow {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) uscc: String,
    pub(super) legal_name: String,
    pub(super) score: i64,
    pub(super) reasons: String,
    pub(super) field: String,
    pub(super) division: String,
    pub(super) state: String,
    pub(super) proposer: String,
    pub(super) reason: String,
    pub(super) decider: String,
    pub(super) remark: String,
    pub(super) revision: i64,
    pub(super) created_us: i64,
    pub(super) updated_us: i64,
}

impl MatchRow {
    /// `matches/{id}`.
    pub(super) fn name(&self) -> String {
        format!("matches/{}", self.id)
    }

    pub(super) fn state(&self) -> Result<State, Common> {
        self.state.parse().map_err(|problem| Common::corrupt(format!("match {}: {problem}", self.id)))
    }

    pub(super) fn subject(&self) -> Result<Subject, Common> {
        Subject::parse(&self.subject)
            .map_err(|problem| Common::corrupt(format!("match {}: {problem}", self.id)))
    }

    /// Whether the caller may have to do with it: as with what it is about.
    pub(super) fn may_be_touched_by(
        &self,
        caller: &Caller,
        book: &rulebook::Rulebook,
        today: chrono::NaiveDate,
    ) -> Result<(), Denied> {
        if self.subject.starts_with("tickets/") && !reads_tickets(caller, book, today) {
            let (office, permission) = (caller.office().clone(), "collection.ticket.read".to_owned());
            return Err(Denied::RoleNotPermitted { office, permission });
        }
        if let Ok(field) = FieldCode::parse(&self.field) {
            caller.may_act_in_field(&field)?;
        }
        if let Ok(division) = DivisionCode::parse(&self.division) {
            caller.may_act_in_division(&division)?;
        }
        Ok(())
    }

    /// The match as the contract writes it.
    pub(super) fn to_pb(&self) -> pb::Match {
        pb::Match {
            name: self.name(),
            subject: self.subject.clone(),
            uscc: self.uscc.clone(),
            legal_name: self.legal_name.clone(),
            score: i32::try_from(self.score).unwrap_or_default(),
            reasons: reasons_from(&self.reasons),
            state: self.state.clone(),
            proposer: self.proposer.clone(),
            reason: self.reason.clone(),
            decider: self.decider.clone(),
            remark: self.remark.clone(),
            revision: self.revision,
            create_time: Some(timestamp(MicrosUtc(self.created_us))),
            update_time: Some(timestamp(MicrosUtc(self.updated_us))),
        }
    }
}

/// Reasons as the contract writes them.
pub(crate) fn reasons_to_pb(judgement: &Judgement) -> Vec<pb::MatchReason> {
    judgement.reasons.iter().map(|reason| reason_pb(reason.kind, reason.points)).collect()
}

fn reason_pb(kind: ReasonKind, points: i32) -> pb::MatchReason {
    pb::MatchReason { kind: kind.as_str().to_owned(), points, text: kind.text_zh().to_owned() }
}

/// Reasons as the table holds them.
pub(super) fn reasons_text(judgement: &Judgement) -> String {
    let line =
        |reason: &crate::domain::matching::Reason| format!("{} {}", reason.kind.as_str(), reason.points);
    judgement.reasons.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn reasons_from(text: &str) -> Vec<pb::MatchReason> {
    let line = |line: &str| {
        let (kind, points) = line.split_once(' ')?;
        Some(reason_pb(ReasonKind::parse(kind)?, points.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// The match `id`, if it is there.
pub(super) async fn find(tx: &mut Tx, id: &NaturalId) -> Result<MatchRow, Error> {
    const SQL: &str = "
        SELECT m.id, m.subject, m.uscc, m.legal_name, m.score, m.reasons, m.field, m.division, m.state, m.proposer, m.reason,
               m.decider, m.remark, m.revision, m.created_us, m.updated_us
        FROM party_match m WHERE m.id = $1";
    let row: Option<MatchRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(conn).await)
            .map_err(Common::from)?;
    row.ok_or_else(|| Error::MatchNotFound(id.clone()))
}

/// Writes a new match. `false` when its subject has a live one.
pub(super) async fn insert(tx: &mut Tx, row: &MatchRow, sort: &str) -> Result<bool, sqlx::Error> {
    const SQL: &str = "
        INSERT INTO party_match (id, subject, sort, uscc, legal_name, score, reasons, field, division, state, proposer, reason,
                                 decider, remark, revision, created_us, updated_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT DO NOTHING";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(row.id.as_str())
        .bind(row.subject.as_str())
        .bind(sort)
        .bind(row.uscc.as_str())
        .bind(row.legal_name.as_str())
        .bind(row.score)
        .bind(row.reasons.as_str())
        .bind(row.field.as_str())
        .bind(row.division.as_str())
        .bind(row.state.as_str())
        .bind(row.proposer.as_str())
        .bind(row.reason.as_str())
        .bind(row.decider.as_str())
        .bind(row.remark.as_str())
        .bind(row.revision)
        .bind(row.created_us)
        .bind(row.updated_us)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(written == 1)
}

/// Writes what changed in a match that was read at `revision`.
///
/// # Errors
/// [`Common::Contended`] when another transaction changed it since.
pub(super) async fn update(tx: &mut Tx, row: &MatchRow, revision: i64) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE party_match
        SET state = $3, proposer = $4, reason = $5, decider = $6, remark = $7, updated_us = $8, division = $9,
            revision = revision + 1
        WHERE id = $1 AND revision = $2";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(row.id.as_str())
        .bind(revision)
        .bind(row.state.as_str())
        .bind(row.proposer.as_str())
        .bind(row.reason.as_str())
        .bind(row.decider.as_str())
        .bind(row.remark.as_str())
        .bind(row.updated_us)
        .bind(row.division.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Puts the confirmed matches of the records of an enterprise where it lies now: whoever has to do with the records has to do with them.
pub(in crate::store) async fn move_with(tx: &mut Tx, uscc: &str, division: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = concat!(
        "UPDATE party_match SET division = $2
         WHERE state IN ('Confirmed', 'UndoRequested') AND subject IN (
             SELECT 'records/' || r.id FROM record r WHERE ",
        under!("$1"),
        " UNION ALL
             SELECT 'tickets/' || t.id FROM ticket t WHERE t.uscc = $1 AND t.division = '')"
    );
    on!(tx, |conn| sqlx::query(SQL).bind(uscc).bind(division).execute(conn).await.map(drop))
}

/// Puts a match of a record that is proposed, or stands, where the record lies now: as [`move_with`] does for all of an enterprise.
pub(in crate::store) async fn move_one(tx: &mut Tx, record: &str, division: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        UPDATE party_match SET division = $2
        WHERE subject = $1 AND state IN ('Proposed', 'Confirmed', 'UndoRequested')";
    on!(tx, |conn| sqlx::query(SQL).bind(record).bind(division).execute(conn).await.map(drop))
}
