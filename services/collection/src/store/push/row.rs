//! The table `province_push`: the message as it stands, and beside it what rules ask for.

use contract::collection::v1 as pb;
use db::bulk::{Cell, Load};
use db::{Db, Tx, on};
use prost::Message;
use service::Error as Common;

use crate::machines::push::State;

/// Columns, in the order of [`encode`].
const COLUMNS: [&str; 4] = ["record_id", "state", "revision", "content"];

/// A push as it stands now; by default, one that is still to begin.
#[derive(Default)]
pub(super) struct Found {
    /// As the contract writes it.
    pub(super) push: pb::ProvincePush,
    /// Its state; `None` before it begins.
    pub(super) state: Option<State>,
}

/// The push of the record `id`, if there is one.
pub(super) async fn find(tx: &mut Tx, id: &str) -> Result<Option<Found>, Common> {
    const SQL: &str = "SELECT content FROM province_push WHERE record_id = $1";
    let content: Option<Vec<u8>> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(id).fetch_optional(conn).await)?;
    let Some(content) = content else { return Ok(None) };
    let corrupt = |problem: String| Common::corrupt(format!("push of record {id}: {problem}"));
    let push =
        pb::ProvincePush::decode(content.as_slice()).map_err(|problem| corrupt(problem.to_string()))?;
    let state = push.state.parse().map_err(corrupt)?;
    Ok(Some(Found { push, state: Some(state) }))
}

/// How the push of the record `id` stands, as the contract writes it; `None` for none.
pub(in crate::store) async fn of_record(tx: &mut Tx, id: &str) -> Result<Option<pb::ProvincePush>, Common> {
    Ok(find(tx, id).await?.map(|found| found.push))
}

/// Encodes new pushes, each with the id of its record.
pub(in crate::store) fn encode(db: &Db, pushes: &[(String, pb::ProvincePush)]) -> Load {
    let contents: Vec<_> = pushes.iter().map(|(_, push)| push.encode_to_vec()).collect();
    let rows = pushes.iter().zip(&contents).map(|((id, push), content)| {
        let (id, state) = (Cell::from(id.as_str()), Cell::from(push.state.as_str()));
        [id, state, Cell::from(push.revision), Cell::from(content.as_slice())]
    });
    Load::encode(db, "province_push", COLUMNS, rows)
}

/// Writes the push of the record `id`: a new one, or one that was read one revision before.
pub(super) async fn write(tx: &mut Tx, id: &str, push: &pb::ProvincePush) -> Result<(), Common> {
    const SQL: &str = "
        INSERT INTO province_push (record_id, state, revision, content) VALUES ($1, $2, $3, $4)
        ON CONFLICT (record_id) DO UPDATE
        SET state = excluded.state, revision = excluded.revision, content = excluded.content
        WHERE province_push.revision = excluded.revision - 1";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(push.state.as_str())
        .bind(push.revision)
        .bind(push.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Forgets what was pushed of a record whose party is erased; nothing of it is for another province any more.
pub(in crate::store) async fn erase(tx: &mut Tx, id: &str) -> Result<(), Common> {
    const SQL: &str = "DELETE FROM province_push WHERE record_id = $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await.map(drop))?)
}
