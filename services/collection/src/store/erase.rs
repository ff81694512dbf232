//! Erasing who a record about a party without a code is about (X5), wherever this service keeps it.
//!
//! What is left of messages is said by [`domain::erased`](crate::domain::erased). A match or import that is under way is not looked
//! into: the first keeps a record from being erased, and the cells of the second are the sender's until it ends.

use std::collections::BTreeSet;

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::MicrosUtc;
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{self, Claim, Key, claim, store_answer};
use service::obligation;

use super::record::lock_all;
use super::record_row::Stored;
use super::settle_erasure::LOOK;
use super::take::record_event;
use super::{Act, Store, decision, file_import, matching, objection, publish, push, remedy};
use crate::convert::timestamp;
use crate::domain::{NaturalId, erased};
use crate::error::Error;
use crate::machines::record::{Event, RECORD, State};

/// Kind of the event of a record of which it was erased who it is about.
const ERASED: &str = "collection.record.erased";
/// Stands in columns that hold a text of every row.
pub(super) const NOTHING: &str = "已删除";

/// What is to be erased, and why.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// The record.
    pub id: NaturalId,
    /// Why, 1 to 500 characters; does not name the party.
    pub reason: String,
    /// Name of the party of the register whose erasure it follows; empty for none.
    pub follows: String,
}

/// A version of a record as it was before a correction.
#[derive(sqlx::FromRow)]
struct Past {
    revision: i64,
    content: Vec<u8>,
}

impl Store {
    /// Erases who a record is about; erasing again changes nothing.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`]; the caller's office does not act in its field or division; [`Error::PartyHasCode`],
    /// [`Error::RecordOpen`]; [`Error::ErasureNotOpen`] of what it is to follow.
    pub async fn erase_record(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::EraseRecordRequest,
        erasure: &Erasure,
    ) -> Result<pb::Record, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let stored = lock_all(&mut tx, &[erasure.id.as_str()]).await?.pop();
        let stored = stored.ok_or_else(|| Error::RecordNotFound(erasure.id.clone()))?;
        stored.may_be_touched_by(caller)?;
        if stored.record.erase_time.is_some() {
            store_answer(&mut tx, key, &stored.record).await?;
            tx.commit().await?;
            return Ok(stored.record);
        }
        is_erasable(&mut tx, &stored).await?;
        let follows = &erasure.follows;
        if !follows.is_empty() && !LOOK.is_open(&mut tx, follows).await? {
            return Err(Error::ErasureNotOpen(follows.clone()));
        }
        let step = RECORD.step(stored.state, Event::Erase, &caller.actor()).map_err(Common::from)?;
        for kind in step.fulfils {
            obligation::fulfil(&mut tx, &stored.record.name, kind, caller.subject(), act.today).await?;
        }
        // What no province was told of yet is owed to none any more.
        self.end_push(&mut tx, act, &stored).await?;
        self.erase_around(&mut tx, &stored).await?;
        let answer = erase_row(&mut tx, &stored, step.to, act.now).await?;
        let told = record_event(act, ERASED, act.today, answer.clone(), erasure.reason.clone());
        let (record, reason, follows) =
            (Some(answer.clone()), erasure.reason.clone(), erasure.follows.clone());
        let told = NewEvent { payload: pb::RecordEvent { record, reason, follows }.encode_to_vec(), ..told };
        self.outbox.append(&mut tx, &told).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Erases everything that is kept about a record besides its row.
    async fn erase_around(&self, tx: &mut Tx, stored: &Stored) -> Result<(), Common> {
        let (name, id) = (stored.record.name.as_str(), stored.id());
        let mut words = BTreeSet::from([stored.record.party_name.clone(), stored.record.document_no.clone()]);
        words.extend(erase_past(tx, id).await?);
        for word in &words {
            file_import::erase_refused(tx, word).await?;
        }
        objection::erase_of(tx, id).await?;
        remedy::erase_of(tx, id).await?;
        publish::erase(tx, &stored.record).await?;
        push::erase(tx, id).await?;
        decision::erase(tx, id).await?;
        // It was told under the names of the enterprises that it stood under by mistake, too.
        let codes = matching::erase_of(tx, name).await?;
        let mut subjects: Vec<String> = codes.iter().map(|code| format!("enterprises/{code}")).collect();
        subjects.push(name.to_owned());
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        outbox::erase_all(tx, &subjects, name).await?;
        idempotency::forget(tx, name).await?;
        Ok(())
    }
}

/// Whether nothing speaks against erasing who the record is about. One that was withdrawn stands under nobody any more, though the match
/// by which it did cannot be undone then.
async fn is_erasable(tx: &mut Tx, stored: &Stored) -> Result<(), Error> {
    let name = || stored.record.name.clone();
    let counts = stored.state.counts();
    let code = if counts { &stored.record.uscc } else { &stored.delivered_uscc };
    if let Some(uscc) = [code, &stored.delivered_uscc].into_iter().find(|code| !code.is_empty()) {
        return Err(Error::PartyHasCode { name: name(), uscc: uscc.clone() });
    }
    let mut open = publish::shown_by(tx, &stored.record).await?;
    open.extend(push::shown_by(tx, stored.id()).await?);
    if !stored.record.open_objection.is_empty() {
        open.push(stored.record.open_objection.clone());
    }
    open.extend(remedy::open_of(tx, stored.id()).await?);
    if counts {
        open.extend(matching::live_of(tx, &stored.record.name).await?);
    }
    if open.is_empty() { Ok(()) } else { Err(Error::RecordOpen { name: name(), by: open.join(", ") }) }
}

/// Writes what is left of a record over what it said; answers it as it stands then.
async fn erase_row(tx: &mut Tx, stored: &Stored, to: State, now: MicrosUtc) -> Result<pb::Record, Common> {
    const SQL: &str = "
        UPDATE record
        SET uscc = NULL, party_name = $3, document_no = $3, content = $4, state = $5, erased_us = $6,
            publish_at_us = NULL, revision = revision + 1
        WHERE key = unhex($1) AND revision = $2";
    // What the system sets stands in columns, and not in the content.
    let content = erased::record(&pb::Record {
        name: String::new(),
        state: String::new(),
        revision: 0,
        receive_time: None,
        ..stored.delivered()
    });
    tx.erases();
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(stored.id())
        .bind(stored.record.revision)
        .bind(NOTHING)
        .bind(content.encode_to_vec())
        .bind(to.as_str())
        .bind(now.micros())
        .execute(conn)
        .await?
        .rows_affected());
    if written != 1 {
        return Err(Common::Contended);
    }
    Ok(pb::Record {
        division: stored.delivered_division.clone(),
        state: to.as_str().to_owned(),
        revision: stored.record.revision + 1,
        erase_time: Some(timestamp(now)),
        ..erased::record(&stored.record)
    })
}

/// Erases what a record said before its corrections, and why it was corrected. Answers the names that it said its party had.
async fn erase_past(tx: &mut Tx, id: &str) -> Result<BTreeSet<String>, Common> {
    const READ: &str = "SELECT revision, content FROM record_past WHERE record_id = $1";
    const WRITE: &str = "
        UPDATE record_past SET content = $3, reason = $4, legal_basis = $4 WHERE record_id = $1 AND revision = $2";
    let versions: Vec<Past> = on!(tx, |conn| sqlx::query_as(READ).bind(id).fetch_all(conn).await)?;
    let mut names = BTreeSet::new();
    for Past { revision, content } in versions {
        let said = pb::Record::decode(content.as_slice())
            .map_err(|problem| Common::corrupt(format!("record {id} at {revision}: {problem}")))?;
        on!(tx, |conn| sqlx::query(WRITE)
            .bind(id)
            .bind(revision)
            .bind(erased::record(&said).encode_to_vec())
            .bind(NOTHING)
            .execute(conn)
            .await
            .map(drop))?;
        names.insert(said.party_name);
    }
    Ok(names)
}
