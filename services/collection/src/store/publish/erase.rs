//! Erasing what receivers were told about a record whose party is erased.

use contract::collection::v1 as pb;
use db::{Tx, on};
use service::Error as Common;

use super::row::of_record;
use super::{exchange_failed, id_of};
use crate::machines::chain::State;

/// The receivers that show a record, are told to, or have not said that they stopped.
pub(in crate::store) async fn shown_by(tx: &mut Tx, record: &pb::Record) -> Result<Vec<String>, Common> {
    let known = of_record(tx, record).await?;
    let shown = known.into_iter().filter(|one| one.state.is_told() || one.state.is_awaited());
    Ok(shown.map(|one| one.chain).collect())
}

/// Erases what the receivers of a record were told, and what was written about it; none of them shows it.
pub(in crate::store) async fn erase(tx: &mut Tx, record: &pb::Record) -> Result<(), Common> {
    const SQL: &str = "UPDATE publication SET state = $2, problem = '', law_choice = $3 WHERE record_id = $1";
    for one in of_record(tx, record).await? {
        exchange::erase(tx, &one.chain, &record.name).await.map_err(exchange_failed)?;
    }
    let none: &[u8] = &[];
    on!(tx, |conn| sqlx::query(SQL)
        .bind(id_of(record))
        .bind(State::Ended.stored_word())
        .bind(none)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}
