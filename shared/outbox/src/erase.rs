//! Erasing what events say: personal data that may be kept no longer.

use db::{Tx, on};
use uuid::Uuid;

/// Removes salt and payload of an event, for good, also from the files of the database ([`Tx::erases`]): header, digest and place
/// stay, and the chain still verifies.
/// Answers whether there was anything to remove. That, and on what ground, is an event of its own, which the caller
/// appends.
///
/// It looks at all events once, as [`erase_all`] does.
pub async fn erase(tx: &mut Tx, event_id: &Uuid) -> Result<bool, sqlx::Error> {
    const SQL: &str =
        "UPDATE event SET salt = NULL, payload = NULL WHERE event_id = $1 AND payload IS NOT NULL";
    let event_id = event_id.to_string();
    tx.erases();
    let erased = on!(tx, |conn| sqlx::query(SQL).bind(event_id).execute(conn).await?.rows_affected());
    Ok(erased > 0)
}

/// Removes salt and payload of every event of `subjects` whose payload holds `text`, such as the name of the resource that it is
/// about. Answers how many there were.
///
/// It reads all events once: no index serves what happens to few of them. On SQLite nobody writes meanwhile.
pub async fn erase_all(tx: &mut Tx, subjects: &[&str], text: &str) -> Result<usize, sqlx::Error> {
    const TOLD: &str = "SELECT outbox_id, payload FROM event WHERE payload IS NOT NULL AND subject IN";
    const ERASE: &str =
        "UPDATE event SET salt = NULL, payload = NULL WHERE outbox_id = $1 AND payload IS NOT NULL";
    let told: Vec<(i64, Vec<u8>)> = db::rows_of(tx, TOLD, subjects).await?;
    let mut erased = 0;
    for (outbox_id, payload) in told {
        if !payload.windows(text.len().max(1)).any(|part| part == text.as_bytes()) {
            continue;
        }
        tx.erases();
        erased +=
            on!(tx, |conn| sqlx::query(ERASE).bind(outbox_id).execute(conn).await?.rows_affected() as usize);
    }
    Ok(erased)
}
