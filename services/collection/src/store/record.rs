//! Reading and changing one record.

use chrono::NaiveDate;
use db::{Tx, on};
use service::Error as Common;
use service::auth::{Caller, Denied};
use sqlx::QueryBuilder;

use super::record_row::{RecordRow, Stored, select_records};
use super::{Store, decision, party, publish, push};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::record::State;
use contract::collection::v1 as pb;

impl Store {
    /// The record `id` as it stands on the day `today`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], or the caller's office does not act in its field or division.
    pub async fn record(
        &self,
        id: &NaturalId,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<pb::Record, Error> {
        let mut tx = self.db.begin_read().await?;
        let stored = find(&mut tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
        stored.may_be_touched_by(caller)?;
        let publications = publish::of_records(&mut tx, &[id.as_str()]).await?;
        let province_push = push::of_record(&mut tx, id.as_str()).await?;
        let mut record = self.as_of(stored, &publications, today)?;
        decision::name_texts(&mut tx, vec![&mut record]).await?;
        Ok(pb::Record { province_push, ..record })
    }
}

impl Stored {
    /// Whether the caller's office acts in the record's field and division. What belongs to none is open to all.
    pub(super) fn may_be_touched_by(&self, caller: &Caller) -> Result<(), Denied> {
        self.field.as_ref().map_or(Ok(()), |field| caller.may_act_in_field(field))?;
        self.division.as_ref().map_or(Ok(()), |division| caller.may_act_in_division(division))
    }
}

/// The record `id`, if it is there.
pub(super) async fn find(tx: &mut Tx, id: &NaturalId) -> Result<Option<Stored>, Common> {
    const SQL: &str = concat!(select_records!(), " WHERE r.key = unhex($1)");
    let row: Option<RecordRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(conn).await)?;
    row.map(Stored::try_from).transpose()
}

/// The records of these ids, in no order, locked until the transaction ends: nobody moves one between its reading and its writing, nor the
/// party of one to another division.
pub(super) async fn lock_all(tx: &mut Tx, ids: &[&str]) -> Result<Vec<Stored>, Common> {
    const LOCK: &str = "UPDATE record SET revision = revision WHERE key IN (";
    const SQL: &str = concat!(select_records!(), " WHERE r.key IN");
    // Sorted, so that two transactions lock the same records in the same order.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    party::stay(tx).await?;
    on!(tx, |conn| {
        let mut sql = QueryBuilder::new(LOCK);
        let mut list = sql.separated(", ");
        for id in &ids {
            list.push("unhex(").push_bind_unseparated(*id).push_unseparated(")");
        }
        sql.push(")").build().persistent(false).execute(conn).await.map(drop)
    })?;
    let rows: Vec<RecordRow> = db::rows_of_bytes(tx, SQL, &ids).await?;
    rows.into_iter().map(Stored::try_from).collect()
}

/// Moves a record that was read at `revision` into `state`, and its revision one up. An objection to it stays open.
///
/// # Errors
/// [`Common::Contended`] when another transaction changed it since.
pub(super) async fn move_to(tx: &mut Tx, id: &str, revision: i64, state: State) -> Result<(), Common> {
    const SQL: &str =
        "UPDATE record SET state = $3, revision = revision + 1 WHERE key = unhex($1) AND revision = $2";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(revision)
        .bind(state.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    if moved == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Moves a record that was read into `state`, and notes the id of its open objection; empty for none.
///
/// # Errors
/// [`Common::Contended`] when another transaction changed it since.
pub(super) async fn note_objection(
    tx: &mut Tx,
    stored: &Stored,
    state: State,
    objection: &str,
) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE record SET state = $3, objection = $4, revision = revision + 1 WHERE key = unhex($1) AND revision = $2";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(stored.id())
        .bind(stored.record.revision)
        .bind(state.as_str())
        .bind(objection)
        .execute(conn)
        .await?
        .rows_affected());
    if moved == 1 { Ok(()) } else { Err(Common::Contended) }
}
