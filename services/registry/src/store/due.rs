//! The daily job: terms that began or ended since it ran last change what marks have to say.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use db::{Tx, on};
use service::error::causes;

use super::outcome::Outcome;
use super::settle::settle;
use super::{Act, Store};
use crate::domain::MarkKey;
use crate::error::Error;

/// Name of the job in the table `due_run`.
const JOB: &str = "licence-terms";
/// Before any licence of ours: the first run looks at all terms.
const BEFORE_ALL: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => panic!("1900-01-01 is a day"),
};
/// Days looked at again before the last day done: a licence that was recorded around midnight may have been judged by the
/// day before, after the job had passed.
const OVERLAP: Days = Days::new(2);
/// Marks settled in one transaction.
const BATCH: usize = 500;

/// The terms that a run looks at.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Terms that ended on this day or later …
    from: NaiveDate,
    /// … and before this day, or began up to it.
    today: NaiveDate,
}

impl Store {
    /// Brings every mark in line whose licences began or ended since the job ran last, as of the day of `act`. Repeatable,
    /// and catches up days on which it did not run. Answers how many marks it looked at.
    ///
    /// # Errors
    /// The first failure, after all marks were tried: one that cannot move keeps no other from it, and all are looked at again.
    pub async fn run_due(&self, act: &Act) -> Result<usize, Error> {
        let done_through = self.done_through().await?;
        let from = done_through.and_then(|day| day.checked_sub_days(OVERLAP)).unwrap_or(BEFORE_ALL);
        let keys = self.terms_of(Window { from, today: act.today }).await?;
        let mut failed = None;
        for batch in keys.chunks(BATCH) {
            if self.settle_all(act, batch).await.is_ok() {
                continue;
            }
            for key in batch {
                if let Err(problem) = self.settle_all(act, std::slice::from_ref(key)).await {
                    tracing::error!(mark = %key.name(), error = %causes(&problem), "a mark cannot follow its licences");
                    failed.get_or_insert(problem);
                }
            }
        }
        if let Some(problem) = failed {
            return Err(problem);
        }
        let mut tx = self.db.begin_write().await?;
        note_done(&mut tx, act.today).await?;
        tx.commit().await?;
        Ok(keys.len())
    }

    async fn settle_all(&self, act: &Act, keys: &[MarkKey]) -> Result<(), Error> {
        let mut tx = self.begin_act().await?;
        let mut outcome = Outcome::of(act);
        settle(&mut tx, &mut outcome, act, &keys.iter().cloned().collect()).await?;
        outcome.write(&mut tx, self).await?;
        Ok(tx.commit().await?)
    }

    async fn done_through(&self) -> Result<Option<NaiveDate>, sqlx::Error> {
        const SQL: &str = "SELECT done_through FROM due_run WHERE job = $1";
        on!(self.db, |pool| sqlx::query_scalar(SQL).bind(JOB).fetch_optional(pool).await)
    }

    async fn terms_of(&self, window: Window) -> Result<Vec<MarkKey>, Error> {
        const SQL: &str = "
            SELECT uscc, field FROM licence WHERE valid_to >= $1 AND valid_to < $2
            UNION
            SELECT uscc, field FROM licence WHERE valid_from >= $1 AND valid_from <= $2";
        // All licences, the first time: a transaction hands them on one by one.
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<(String, String)> =
            on!(tx, |conn| sqlx::query_as(SQL).bind(window.from).bind(window.today).fetch_all(conn).await)?;
        let keys: BTreeSet<_> =
            rows.iter().map(|(uscc, field)| MarkKey::from_stored(uscc, field)).collect::<Result<_, _>>()?;
        Ok(keys.into_iter().collect())
    }
}

/// Notes the last day done; never an earlier one than before.
async fn note_done(tx: &mut Tx, day: NaiveDate) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO due_run (job, done_through) VALUES ($1, $2)
        ON CONFLICT (job) DO UPDATE SET done_through = excluded.done_through
        WHERE due_run.done_through < excluded.done_through";
    on!(tx, |conn| sqlx::query(SQL).bind(JOB).bind(day).execute(conn).await.map(drop))
}
