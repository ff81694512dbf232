//! Receiving a file, and stopping its import.

use contract::collection::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::super::{Act, Store};
use super::bytes::FileBytes;
use super::row::{ImportRow, find, part_label};
use super::scope;
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::import::{Event, IMPORT};
use crate::seal::Seal;
use crate::template::Table;

/// Kind of the event of an import that began or ended.
const CHANGED: &str = "collection.import.changed";
/// Longest account of what is wrong with a file, in characters, as the table holds it.
const LONGEST_PROBLEM: usize = 2_000;

/// A file to import.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What it holds.
    pub table: Table,
    /// Its name, at most 200 characters.
    pub file_name: String,
    /// Whether it is only checked.
    pub dry_run: bool,
    /// Its bytes.
    pub bytes: FileBytes,
}

impl Store {
    /// Receives a file in the name of the caller: it is durable when this returns, and its lines are taken from then on.
    ///
    /// # Errors
    /// [`Common::RequestIdReused`] when another file was sent under the request id.
    pub async fn create_import(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        new: &NewImport,
    ) -> Result<pb::Import, Error> {
        let step = IMPORT.step(None, Event::Receive, &caller.actor()).map_err(Common::from)?;
        let plain = new.bytes.digest();
        let digest = self.seal.as_ref().map_or_else(|| plain.clone(), |seal| seal.file_mark(&plain));
        let row = ImportRow {
            id: NaturalId::of("import", &[key.caller, key.request_id.as_str()]).as_str().to_owned(),
            sort: new.table.as_str().to_owned(),
            file_name: new.file_name.clone(),
            dry_run: new.dry_run,
            state: step.to.as_str().to_owned(),
            problem: String::new(),
            office: caller.office().to_string(),
            creator: caller.subject().to_owned(),
            request_id: key.request_id.to_string(),
            size_bytes: i64::try_from(new.bytes.len()).unwrap_or(i64::MAX),
            digest,
            lines: 0,
            attached: 0,
            unmatched: 0,
            duplicates: 0,
            refused: 0,
            headers: "[]".to_owned(),
            ignored: "[]".to_owned(),
            next_batch: 0,
            revision: 1,
            created_us: act.now.micros(),
            updated_us: act.now.micros(),
        };
        // What was sent, by its digest: the same file under the same request id is the same request.
        let sent = pb::Import { revision: 0, create_time: None, update_time: None, ..row.to_pb()? };
        let mut tx = self.db.begin_write().await?;
        let claimed = match claim(&mut tx, key, &sent, act.now).await {
            // It may have been sent before there were marks.
            Err(Common::RequestIdReused(_)) if self.seal.is_some() => {
                let before = pb::Import { digest: plain, ..sent };
                claim(&mut tx, key, &before, act.now).await
            }
            claimed => claimed,
        };
        if let Claim::Repeat(pb::Import { name, .. }) = claimed? {
            let id = NaturalId::from_name(&name, "imports")
                .map_err(|problem| Common::corrupt(problem.to_string()))?;
            return Ok(find(&mut tx, &id).await?.to_pb()?);
        }
        insert(&mut tx, &row).await.map_err(Common::from)?;
        scope::insert(&mut tx, &row.id, caller).await.map_err(Common::from)?;
        // A file of tickets holds callers.
        let seal = self.seal.as_ref().filter(|_| new.table == Table::Ticket);
        insert_parts(&mut tx, &row.id, &new.bytes, seal).await.map_err(Common::from)?;
        let answer = row.to_pb()?;
        self.tell_import(&mut tx, act, &answer).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Stops an import in the name of the caller. What was taken stays.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], it is another office's, or it has ended.
    pub async fn cancel_import(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::CancelImportRequest,
        id: &NaturalId,
    ) -> Result<pb::Import, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let row = find(&mut tx, id).await?;
        scope::may_be_seen(&mut tx, &row, caller).await?;
        let step = IMPORT.step(row.state()?, Event::Cancel, &caller.actor()).map_err(Common::from)?;
        end(&mut tx, &row, step.to.as_str(), "", act).await?;
        let answer = find(&mut tx, id).await?.to_pb()?;
        self.tell_import(&mut tx, act, &answer).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn tell_import(
        &self,
        tx: &mut Tx,
        act: &Act,
        import: &pb::Import,
    ) -> Result<(), Common> {
        let payload = pb::ImportEvent { import: Some(import.clone()) }.encode_to_vec();
        let subject = import.name.clone();
        let told =
            NewEvent { kind: CHANGED, subject, effective_on: act.today, context: &act.context, payload };
        self.outbox.append(tx, &told).await.map(drop)?;
        Ok(())
    }
}

/// Puts an import that was read at its revision into a state that it does not leave, and drops the file.
pub(super) async fn end(
    tx: &mut Tx,
    row: &ImportRow,
    state: &str,
    problem: &str,
    act: &Act,
) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE file_import SET state = $3, problem = $4, updated_us = $5, revision = revision + 1
        WHERE id = $1 AND revision = $2";
    const DROP: &str = "DELETE FROM file_import_part WHERE import_id = $1";
    let problem: String = problem.chars().take(LONGEST_PROBLEM).collect();
    let ended = on!(tx, |conn| sqlx::query(SQL)
        .bind(row.id.as_str())
        .bind(row.revision)
        .bind(state)
        .bind(problem.as_str())
        .bind(act.now.micros())
        .execute(conn)
        .await?
        .rows_affected());
    if ended != 1 {
        return Err(Common::Contended);
    }
    on!(tx, |conn| sqlx::query(DROP).bind(row.id.as_str()).execute(conn).await.map(drop))?;
    Ok(())
}

async fn insert(tx: &mut Tx, row: &ImportRow) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO file_import (id, sort, file_name, dry_run, state, problem, office, creator, request_id, size_bytes, digest,
                                 lines, attached, unmatched, duplicates, refused, headers, ignored, next_batch, lease_us,
                                 worker, revision, created_us, updated_us)
        VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, '[]', '[]', 0, 0, '', 1, $11, $11)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(row.id.as_str())
        .bind(row.sort.as_str())
        .bind(row.file_name.as_str())
        .bind(row.dry_run)
        .bind(row.state.as_str())
        .bind(row.office.as_str())
        .bind(row.creator.as_str())
        .bind(row.request_id.as_str())
        .bind(row.size_bytes)
        .bind(row.digest.as_str())
        .bind(row.created_us)
        .execute(conn)
        .await
        .map(drop))
}

async fn insert_parts(
    tx: &mut Tx,
    id: &str,
    bytes: &FileBytes,
    seal: Option<&Seal>,
) -> Result<(), sqlx::Error> {
    const SQL: &str =
        "INSERT INTO file_import_part (import_id, number, bytes, sealed) VALUES ($1, $2, $3, $4)";
    for (number, part) in (0_i64..).zip(bytes.pieces()) {
        let sealed = seal.map(|seal| seal.close_bytes(&part_label(id, number), part));
        let (part, is_sealed) = (sealed.as_deref().unwrap_or(part), sealed.is_some());
        on!(tx, |conn| sqlx::query(SQL)
            .bind(id)
            .bind(number)
            .bind(part)
            .bind(is_sealed)
            .execute(conn)
            .await
            .map(drop))?;
    }
    Ok(())
}
