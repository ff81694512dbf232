//! The steps of a draw as a screen shows them, in their order: written with each step, read as long as somebody watches.

use contract::inspection::v1 as pb;
use db::{Tx, on};
use prost::Message;
use service::Error as Common;

use super::{Act, Store, entropy};
use crate::convert::timestamp;
use crate::domain::{Task, TaskName};
use crate::error::Error;

/// Steps of one read.
const MOST_STEPS: i64 = 100;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// Pool, strata, inspectors and secret are committed to.
    Announced,
    /// The published figures are on record, and held.
    EntropyRecorded,
    /// They were misread, and are off the record.
    EntropyRejected,
    /// The result is fixed.
    Drawn,
    /// No assignment of inspectors was possible.
    Failed,
    /// The drawn list is disclosed: the last step.
    Closed,
    /// The task is given up: the last step, too.
    Cancelled,
}

impl Happened {
    /// The word in contract and database.
    const fn word(self) -> &'static str {
        match self {
            Self::Announced => "ANNOUNCED",
            Self::EntropyRecorded => "ENTROPY_RECORDED",
            Self::EntropyRejected => "ENTROPY_REJECTED",
            Self::Drawn => "DRAWN",
            Self::Failed => "FAILED",
            Self::Closed => "CLOSED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Store {
    /// Puts a step of a task, as it stands after it, on the screen, with the reason where a person gave one.
    pub(super) async fn show(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (happened, task): (Happened, &Task),
        reason: &str,
    ) -> Result<(), Error> {
        const SQL: &str = "
            INSERT INTO ceremony_step (task, position, step)
            SELECT $1, COALESCE(MAX(position), 0) + 1, $2 FROM ceremony_step WHERE task = $1";
        let step = pb::CeremonyStep { reason: reason.to_owned(), ..step(act, happened, task)? };
        let step = step.encode_to_vec();
        on!(tx, |conn| sqlx::query(SQL)
            .bind(task.name.to_string())
            .bind(step.as_slice())
            .execute(conn)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The steps of a task after a position, in their order, each with its own position.
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn steps(&self, task: &TaskName, after: i64) -> Result<Vec<pb::CeremonyStep>, Error> {
        const SQL: &str = "
            SELECT position, step FROM ceremony_step
            WHERE task = $1 AND position > $2
            ORDER BY position LIMIT CAST($3 AS BIGINT)";
        let rows: Vec<(i64, Vec<u8>)> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(task.to_string())
            .bind(after)
            .bind(MOST_STEPS)
            .fetch_all(pool)
            .await)?;
        let step = |(position, bytes): (i64, Vec<u8>)| {
            let step = pb::CeremonyStep::decode(bytes.as_slice());
            let step =
                step.map_err(|problem| Common::corrupt(format!("{task}, step {position}: {problem}")))?;
            Ok(pb::CeremonyStep { position, ..step })
        };
        rows.into_iter().map(step).collect()
    }
}

/// What everybody may know at this moment: nothing of whom it hits.
fn step(act: &Act<'_>, happened: Happened, task: &Task) -> Result<pb::CeremonyStep, Error> {
    let announcement_hash = match task.announcement.is_empty() {
        true => String::new(),
        false => entropy::announcement(task)?.hash().to_hex(),
    };
    Ok(pb::CeremonyStep {
        position: 0,
        kind: happened.word().to_owned(),
        step_time: Some(timestamp(act.now)),
        office: act.caller.office().to_string(),
        attempt: i32::try_from(task.attempt).unwrap_or(i32::MAX),
        announcement: task.announcement.clone(),
        announcement_hash,
        draw_time: task.draw_at.map(timestamp),
        pool_size: i64::try_from(task.pool_size).unwrap_or(i64::MAX),
        entropy_round: task.entropy_round.clone(),
        entropy: task.entropy_digits.clone(),
        result_hash: task.result_hash.clone(),
        drawn_count: i64::try_from(task.drawn_count).unwrap_or(i64::MAX),
        hold_until_time: task.held_until.map(timestamp),
        reason: String::new(),
        first_round_void_reason: task.first_round_void.clone(),
    })
}
