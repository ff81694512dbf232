//! Erasing what was written about the matches of a record whose party is erased.

use db::{Tx, on};
use service::Error as Common;

use super::super::erase::NOTHING;

/// Names of the matches of `subject` that are proposed, confirmed or asked to be undone: at most one.
pub(in super::super) async fn live_of(tx: &mut Tx, subject: &str) -> Result<Vec<String>, Common> {
    const SQL: &str = "
        SELECT 'matches/' || id FROM party_match
        WHERE subject = $1 AND state IN ('Proposed', 'Confirmed', 'UndoRequested')";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).fetch_all(conn).await)?)
}

/// Erases what officers wrote about the matches of `subject`; that there were, and with whom, stays. Answers the codes of those, each
/// as often as there were matches.
pub(in super::super) async fn erase_of(tx: &mut Tx, subject: &str) -> Result<Vec<String>, Common> {
    const SQL: &str = "UPDATE party_match SET reason = $2, remark = '' WHERE subject = $1 RETURNING uscc";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).bind(NOTHING).fetch_all(conn).await)?)
}
