//! The table `remedy`: the message as it stands, and beside it what lists and rules ask for.

use contract::collection::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;

use super::super::record_row::Stored;
use super::super::take::subject_of;
use super::super::{Act, Store, record};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::remedy::State;

/// Kind of the event of a remedy that was accepted, or went on.
const CHANGED: &str = "collection.remedy.changed";

/// A remedy with its record, as both stand now.
pub(super) struct Found {
    /// As the contract writes it.
    pub(super) remedy: pb::Remedy,
    /// Its state.
    pub(super) state: State,
    /// The record.
    pub(super) record: Stored,
}

/// Reads the message of a row.
pub(super) fn read(content: &[u8]) -> Result<pb::Remedy, Common> {
    pb::Remedy::decode(content).map_err(|problem| Common::corrupt(format!("remedy: {problem}")))
}

/// The remedy `id`, as far as the caller may see its record.
pub(super) async fn find_for(tx: &mut Tx, id: &NaturalId, caller: &Caller) -> Result<Found, Error> {
    const SQL: &str = "SELECT content FROM remedy WHERE id = $1";
    let content: Option<Vec<u8>> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(id.as_str()).fetch_optional(conn).await)
            .map_err(Common::from)?;
    let remedy = read(&content.ok_or_else(|| Error::RemedyNotFound(id.clone()))?)?;
    let corrupt = |problem: String| Common::corrupt(format!("{}: {problem}", remedy.name));
    let state = remedy.state.parse().map_err(corrupt)?;
    let of =
        NaturalId::from_name(&remedy.record, "records").map_err(|problem| corrupt(problem.to_string()))?;
    let record = record::find(tx, &of).await?.ok_or_else(|| corrupt("it has no record".to_owned()))?;
    record.may_be_touched_by(caller)?;
    Ok(Found { remedy, state, record })
}

/// Writes a new remedy. `false` when it is there already.
pub(super) async fn insert(
    tx: &mut Tx,
    id: &NaturalId,
    remedy: &pb::Remedy,
    created_us: i64,
) -> Result<bool, Common> {
    const SQL: &str = "
        INSERT INTO remedy (id, record_id, state, revision, created_us, content) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO NOTHING";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(id.as_str())
        .bind(remedy.record.trim_start_matches("records/"))
        .bind(remedy.state.as_str())
        .bind(remedy.revision)
        .bind(created_us)
        .bind(remedy.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(written == 1)
}

/// Writes a remedy that was read one revision before.
async fn update(tx: &mut Tx, remedy: &pb::Remedy) -> Result<(), Common> {
    const SQL: &str =
        "UPDATE remedy SET state = $3, revision = $2, content = $4 WHERE id = $1 AND revision = $2 - 1";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(remedy.name.trim_start_matches("remedies/"))
        .bind(remedy.revision)
        .bind(remedy.state.as_str())
        .bind(remedy.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

impl Store {
    /// Puts a remedy into a state and tells it.
    pub(super) async fn change_remedy(
        &self,
        tx: &mut Tx,
        act: &Act,
        to: State,
        mut remedy: pb::Remedy,
        record: &Stored,
    ) -> Result<pb::Remedy, Common> {
        remedy.state = to.word().to_owned();
        remedy.revision += 1;
        update(tx, &remedy).await?;
        self.tell_remedy(tx, act, &remedy, record).await?;
        Ok(remedy)
    }

    /// Tells a remedy as it stands now.
    pub(super) async fn tell_remedy(
        &self,
        tx: &mut Tx,
        act: &Act,
        remedy: &pb::Remedy,
        record: &Stored,
    ) -> Result<(), Common> {
        let payload = pb::RemedyEvent { remedy: Some(remedy.clone()) }.encode_to_vec();
        let subject = subject_of(&record.record);
        let (kind, effective_on, context) = (CHANGED, act.today, &act.context);
        let told = NewEvent { kind, subject, effective_on, context, payload };
        self.outbox.append(tx, &told).await?;
        Ok(())
    }
}
