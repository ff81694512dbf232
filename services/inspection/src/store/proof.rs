//! Proofs, made anew from what was frozen each time they are asked for; what a closed task discloses is kept: everyone may ask for it,
//! and nobody has a draw computed at will.

use std::sync::Arc;

use crypto::draw::{self, ClosingProof, Drawn, FullProof, Leaving, NOTICE, Proof, published_hash};
use db::{Tx, on};
use serde_json::json;
use service::Error as Common;
use tracing::Instrument;

use super::draw::input;
use super::entropy::{announcement, recorded};
use super::replacement::{leavings, replay};
use super::{Store, task};
use crate::domain::{Task, TaskName};
use crate::error::Error;
use crate::machines::task::State;

/// Largest part of a kept proof, in bytes: a row is written and read whole.
const PART: usize = 1 << 20;

impl Store {
    /// The full proof with secret, strata and tickets, for permitted verifiers, once the draw has been run; also of a task that was
    /// cancelled after it.
    ///
    /// # Errors
    /// [`Error::ProofNotAvailable`] before the draw: the secret does not leave before.
    pub async fn full_proof(&self, name: &TaskName) -> Result<Vec<u8>, Error> {
        let mut tx = self.db.begin_read().await?;
        let task = task::read(&mut tx, name).await?;
        if task.result_hash.is_empty() {
            return Err(Error::ProofNotAvailable { task: task.name, waits_for: "the draw has not been run" });
        }
        let input = input(&mut tx, &task).await?;
        let leavings = leavings(&mut tx, &task.name).await?;
        drop(tx);
        input.run(move |_, task, drawn| proof(true, (task, drawn), &leavings)).await?
    }

    /// What everyone may have at this state of the task: the announcement with entropy and result hash as far as they are
    /// there; with the closed task the proof itself.
    ///
    /// # Errors
    /// [`Error::ProofNotAvailable`] before the announcement.
    pub async fn public_form(&self, name: &TaskName) -> Result<Vec<u8>, Error> {
        let task = self.task(name).await?;
        if task.state.is_disclosed() && !task.result_hash.is_empty() {
            return match self.kept_proof(name).await? {
                Some(kept) => Ok(kept),
                None => self.keep_disclosed(name).await,
            };
        }
        notice(&task)
    }

    /// The proof of a closed task, if it was kept.
    async fn kept_proof(&self, name: &TaskName) -> Result<Option<Vec<u8>>, sqlx::Error> {
        const SQL: &str = "SELECT bytes FROM public_proof_part WHERE task = $1 ORDER BY part";
        let parts: Vec<Vec<u8>> =
            on!(self.db, |pool| sqlx::query_scalar(SQL).bind(name.to_string()).fetch_all(pool).await)?;
        Ok((!parts.is_empty()).then(|| parts.concat()))
    }

    /// Computes the proof of a task that was closed before proofs were kept, and keeps it. One is computed at a time: who asks meanwhile
    /// waits, and whoever gives up waiting leaves the work to be done once.
    async fn keep_disclosed(&self, name: &TaskName) -> Result<Vec<u8>, Error> {
        let turn = Arc::clone(&self.computing).lock_owned().await;
        if let Some(kept) = self.kept_proof(name).await? {
            return Ok(kept);
        }
        let (store, name) = (self.clone(), name.clone());
        let computing = async move {
            let _turn = turn;
            let file = store.disclosed_proof(&name).await?;
            let mut tx = store.db.begin_write().await?;
            keep(&mut tx, &name, &file).await?;
            tx.commit().await?;
            Ok::<_, Error>(file)
        };
        let computed = tokio::spawn(computing.instrument(service::telemetry::span_here())).await;
        computed.map_err(|problem| Common::corrupt(format!("the proof ended early: {problem}")))?
    }

    /// The proof that is disclosed when the task closes: full for a PUBLIC draw, otherwise the drawn list with its
    /// membership in the announced pool.
    pub(super) async fn disclosed_proof(&self, name: &TaskName) -> Result<Vec<u8>, Error> {
        let mut tx = self.db.begin_read().await?;
        let task = task::read(&mut tx, name).await?;
        let input = input(&mut tx, &task).await?;
        let leavings = leavings(&mut tx, &task.name).await?;
        drop(tx);
        let full = task.is_public();
        input.run(move |_, task, drawn| proof(full, (task, drawn), &leavings)).await?
    }
}

/// Keeps the disclosed proof of a closed task. One that is kept already is the same: it follows from what was frozen.
pub(super) async fn keep(tx: &mut Tx, task: &TaskName, file: &[u8]) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO public_proof_part (task, part, bytes) VALUES ($1, $2, $3)
        ON CONFLICT (task, part) DO NOTHING";
    for (part, bytes) in (0_i64..).zip(file.chunks(PART)) {
        on!(tx, |conn| sqlx::query(SQL)
            .bind(task.to_string())
            .bind(part)
            .bind(bytes)
            .execute(conn)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// The proof of a draw and of what was replaced after it, as a file.
fn proof(
    full: bool,
    (task, drawn): (&draw::Task<'_>, &Drawn),
    leavings: &[Leaving],
) -> Result<Vec<u8>, Error> {
    let visits = replay((task, drawn), leavings)?;
    let replacements = visits.replacements();
    let proof = match full {
        true => Proof::Full(FullProof::of(task, drawn).with(task, replacements)),
        false => Proof::Closing(ClosingProof::of(task, drawn).with(task, replacements)),
    };
    Ok(proof.to_json().into_bytes())
}

/// Announcement, figures and result hash, without whom it hit; and whether it came to nothing, because the task was cancelled.
fn notice(task: &Task) -> Result<Vec<u8>, Error> {
    if task.announcement.is_empty() {
        let waits_for = "the draw has not been announced";
        return Err(Error::ProofNotAvailable { task: task.name.clone(), waits_for });
    }
    let announcement = announcement(task)?;
    let entropy = recorded(task).ok();
    let result = task.result_hash.parse::<crypto::Digest>().ok();
    let published = entropy.as_ref().zip(result.as_ref());
    let published = published.map(|(entropy, result)| {
        published_hash(&announcement.hash(), entropy.round(), entropy.digits(), result)
    });
    let notice = json!({
        "format": NOTICE,
        "announcement": announcement.text().split_terminator('\n').collect::<Vec<_>>(),
        "announcement_hash": announcement.hash().to_hex(),
        "entropy": entropy.map(|entropy| json!({"round": entropy.round(), "digits": entropy.digits()})),
        "first_round_void_reason": Some(&task.first_round_void).filter(|reason| !reason.is_empty()),
        "result_hash": result.map(|result| result.to_hex()),
        "published_hash": published.map(|published| published.to_hex()),
        "final_hash": Some(&task.final_hash).filter(|hash| !hash.is_empty()),
        "cancelled": task.state == State::Cancelled,
    });
    Ok(format!("{notice:#}\n").into_bytes())
}
