//! Working on an import: taking it over, noting each batch, ending it.

use std::sync::Arc;

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::{MicrosUtc, shanghai_date};
use service::Error as Common;
use service::auth::Scope;

use super::super::{Act, Store};
use super::create::end;
use super::keep::keep;
use super::row::{ImportRow, KeptLine, find, list_text, part_label, select_imports};
use super::scope;
use super::taken::{self, TakenLine};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::import::{self, Event, OPEN};
use crate::sheet::LARGEST_FILE;
use crate::template::Table;

/// How long a process that works on an import is taken to be alive without a sign, in microseconds.
const LEASE_US: i64 = 60_000_000;

/// An import to work on.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: NaturalId,
    /// Who works on it: a text of its own for each process.
    pub worker: String,
    /// What it holds.
    pub table: Table,
    /// Whether it is only checked.
    pub dry_run: bool,
    /// Who imports.
    pub creator: String,
    /// Its office.
    pub office: String,
    /// What its lines may be about.
    pub scope: Scope,
    /// Batches that are durable.
    pub next_batch: i64,
    /// Its bytes.
    pub bytes: Arc<Vec<u8>>,
}

/// What became of a batch of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Taken and attached.
    pub attached: i64,
    /// Taken, waiting for their party.
    pub unmatched: i64,
    /// There already.
    pub duplicates: i64,
    /// Refused, by place in the batch.
    pub rejected: Vec<pb::RejectedRow>,
    /// Places in the batch of those that were there already.
    pub duplicate_rows: Vec<i32>,
}

/// What is noted of a batch.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Number of the batch, from 0.
    pub batch: i64,
    /// Taken and attached.
    pub attached: i64,
    /// Taken, waiting for their party.
    pub unmatched: i64,
    /// There already.
    pub duplicates: i64,
    /// Refused lines.
    pub refused: Vec<KeptLine>,
    /// Lines that were taken or were there, ascending.
    pub taken: Vec<TakenLine>,
}

impl Store {
    /// Takes over the oldest import that nobody works on; `None` when there is none. `worker` names this attempt.
    ///
    /// # Errors
    /// What is kept of the import cannot be read: it is looked at again when its lease is over. Failures of the database.
    pub async fn take_over_import(&self, now: MicrosUtc, worker: &str) -> Result<Option<Task>, Error> {
        const FREE: &str = concat!(
            select_imports!(),
            "i.state IN ($1, $2) AND i.lease_us < $3 ORDER BY i.created_us, i.id LIMIT 1"
        );
        const TAKE: &str = "
            UPDATE file_import SET state = $3, worker = $4, lease_us = $5, updated_us = $6, revision = revision + 1
            WHERE id = $1 AND revision = $2";
        let mut tx = self.db.begin_write().await?;
        let [queued, running] = OPEN.map(|state| state.as_str());
        let row: Option<ImportRow> = on!(tx, |conn| sqlx::query_as(FREE)
            .bind(queued)
            .bind(running)
            .bind(now.micros())
            .fetch_optional(conn)
            .await)
        .map_err(Common::from)?;
        let Some(row) = row else { return Ok(None) };
        let to = import::step(row.state()?, Event::Begin).map_err(Common::from)?;
        let taken = on!(tx, |conn| sqlx::query(TAKE)
            .bind(row.id.as_str())
            .bind(row.revision)
            .bind(to.as_str())
            .bind(worker)
            .bind(now.micros() + LEASE_US)
            .bind(now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))
        .map_err(Common::from)?;
        if taken != 1 {
            return Err(Common::Contended.into());
        }
        let task = self.task(&mut tx, row, worker, now).await;
        // One whose file cannot be read is held all the same, so that the others come first until its lease is over.
        tx.commit().await?;
        task.map(Some)
    }

    /// Leaves the import that `worker` works on, if there is one: whoever looks next takes it over.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn leave_import(&self, worker: &str) -> Result<(), Error> {
        const SQL: &str = "UPDATE file_import SET lease_us = 0 WHERE worker = $1 AND state = $2";
        let running = import::State::Running.as_str();
        on!(&self.db, |pool| sqlx::query(SQL).bind(worker).bind(running).execute(pool).await.map(drop))
            .map_err(Common::from)?;
        Ok(())
    }

    /// Notes the headers of a file and how many lines its table has.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn note_import(
        &self,
        task: &Task,
        headers: &[String],
        ignored: &[String],
        lines: i64,
    ) -> Result<bool, Common> {
        const SQL: &str = "
            UPDATE file_import SET headers = $3, ignored = $4, lines = $5, revision = revision + 1
            WHERE id = $1 AND worker = $2 AND state = $6";
        let noted = on!(&self.db, |pool| sqlx::query(SQL)
            .bind(task.id.as_str())
            .bind(task.worker.as_str())
            .bind(list_text(headers))
            .bind(list_text(ignored))
            .bind(lines)
            .bind(import::State::Running.as_str())
            .execute(pool)
            .await?
            .rows_affected());
        Ok(noted == 1)
    }

    /// Notes what became of a batch that was taken, and that the process is alive. `false` when the work ends here: the import was
    /// cancelled meanwhile, what was taken is counted all the same; or another process took it over, which counts it itself.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn note_batch(&self, task: &Task, progress: &Progress, now: MicrosUtc) -> Result<bool, Error> {
        const SQL: &str = "
            UPDATE file_import
            SET next_batch = $4 + 1, attached = attached + $5, unmatched = unmatched + $6, duplicates = duplicates + $7,
                refused = refused + $8, lease_us = $9, updated_us = $10, revision = revision + 1
            WHERE id = $1 AND worker = $2 AND state IN ($3, $11) AND next_batch = $4";
        let mut tx = self.db.begin_write().await?;
        let refused = i64::try_from(progress.refused.len()).unwrap_or(i64::MAX);
        let noted = on!(tx, |conn| sqlx::query(SQL)
            .bind(task.id.as_str())
            .bind(task.worker.as_str())
            .bind(import::State::Running.as_str())
            .bind(progress.batch)
            .bind(progress.attached)
            .bind(progress.unmatched)
            .bind(progress.duplicates)
            .bind(refused)
            .bind(now.micros() + LEASE_US)
            .bind(now.micros())
            .bind(import::State::Cancelled.as_str())
            .execute(conn)
            .await?
            .rows_affected());
        if noted != 1 {
            return Ok(false);
        }
        let row = find(&mut tx, &task.id).await?;
        keep(&mut tx, &row, &progress.refused, self.seal.as_ref()).await?;
        taken::keep(&mut tx, &task.id, &progress.taken).await?;
        let is_running = row.state()? == import::State::Running;
        if !is_running {
            // When it was cancelled, less was told.
            let act = Act::of_system(&format!("imports/{}", task.id), now, self.book());
            self.tell_import(&mut tx, &act, &row.to_pb()?).await?;
        }
        tx.commit().await?;
        Ok(is_running)
    }

    /// Ends an import: done, or refused as a whole for `problem`. Nothing happens when it was cancelled or taken over.
    ///
    /// # Errors
    /// Not every line of the table is counted: the import is not done. Failures of the database.
    pub async fn end_import(&self, task: &Task, act: &Act, problem: Option<&str>) -> Result<(), Error> {
        const MINE: &str = concat!(select_imports!(), "i.id = $1 AND i.worker = $2 AND i.state = $3");
        let mut tx = self.db.begin_write().await?;
        let row: Option<ImportRow> = on!(tx, |conn| sqlx::query_as(MINE)
            .bind(task.id.as_str())
            .bind(task.worker.as_str())
            .bind(import::State::Running.as_str())
            .fetch_optional(conn)
            .await)
        .map_err(Common::from)?;
        let Some(row) = row else { return Ok(()) };
        let event = if problem.is_some() { Event::Refuse } else { Event::Finish };
        if problem.is_none() && row.lines_done() != row.lines {
            let (id, done, lines) = (&row.id, row.lines_done(), row.lines);
            return Err(Common::corrupt(format!("import {id}: {done} of {lines} lines are counted")).into());
        }
        let to = import::step(row.state()?, event).map_err(Common::from)?;
        end(&mut tx, &row, to.as_str(), problem.unwrap_or_default(), act).await?;
        let ended = find(&mut tx, &task.id).await?.to_pb()?;
        self.tell_import(&mut tx, act, &ended).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Store {
    async fn task(&self, tx: &mut Tx, row: ImportRow, worker: &str, now: MicrosUtc) -> Result<Task, Error> {
        let broken = |problem: String| Common::corrupt(format!("import {}: {problem}", row.id));
        let bytes = self.bytes(tx, &row).await?;
        Ok(Task {
            id: NaturalId::parse(&row.id).map_err(|problem| broken(problem.to_string()))?,
            worker: worker.to_owned(),
            table: row
                .sort
                .parse()
                .map_err(|problem: crate::template::UnknownTable| broken(problem.to_string()))?,
            dry_run: row.dry_run,
            creator: row.creator.clone(),
            office: row.office.clone(),
            scope: scope::of(tx, &row, &self.book, shanghai_date(now)).await?,
            next_batch: row.next_batch,
            bytes: Arc::new(bytes),
        })
    }

    /// The file: once in memory, and not once more in parts.
    async fn bytes(&self, tx: &mut Tx, row: &ImportRow) -> Result<Vec<u8>, Common> {
        const PART: &str = "SELECT bytes, sealed FROM file_import_part WHERE import_id = $1 AND number = $2";
        let broken = |problem: &str| Common::corrupt(format!("import {}: {problem}", row.id));
        let mut bytes =
            Vec::with_capacity(usize::try_from(row.size_bytes).unwrap_or_default().min(LARGEST_FILE));
        for number in 0_i64.. {
            let part: Option<(Vec<u8>, bool)> = on!(tx, |conn| sqlx::query_as(PART)
                .bind(row.id.as_str())
                .bind(number)
                .fetch_optional(conn)
                .await)?;
            match part {
                None => break,
                Some((part, false)) => bytes.extend_from_slice(&part),
                Some((part, true)) => {
                    let seal = self
                        .seal
                        .as_ref()
                        .ok_or_else(|| broken("its file is sealed, and there is no key"))?;
                    let opened = seal.open_bytes(&part_label(&row.id, number), &part);
                    bytes.extend_from_slice(&opened.map_err(|problem| broken(&problem.to_string()))?);
                }
            }
        }
        if i64::try_from(bytes.len()) != Ok(row.size_bytes) {
            return Err(broken("parts of the file are missing"));
        }
        Ok(bytes)
    }
}
