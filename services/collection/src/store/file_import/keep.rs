//! Keeping refused lines, so that they can be put right and sent again.

use db::{Tx, on};
use service::Error as Common;

use super::row::{ImportRow, KeptLine, line_label, list_text};
use crate::seal::Seal;
use crate::template::Table;

/// Refused lines that are kept of an import; the others are counted.
const MOST_KEPT: i64 = 50_000;
/// Bytes of the refused lines that are kept of an import: as many as the largest file has, far more than a table that people wrote. But a
/// workbook of a megabyte may show one text in so many cells that its lines would take a gigabyte of the disk, and all memory when they
/// are given back.
pub(super) const MOST_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// A refused line as the table holds it.
struct Stored {
    cells: String,
    faults: String,
    sealed: Vec<u8>,
}

impl Stored {
    /// The cells of tickets may hold callers: they are kept sealed, or not at all.
    fn of(line: &KeptLine, import: &ImportRow, seal: Option<&Seal>) -> Self {
        let (cells, faults) = (list_text(&line.cells), list_text(&line.faults));
        if import.sort != Table::Ticket.as_str() {
            return Self { cells, faults, sealed: Vec::new() };
        }
        let label = line_label(&import.id, i64::from(line.number));
        let sealed = seal.map(|seal| seal.close_bytes(&label, cells.as_bytes())).unwrap_or_default();
        Self { cells: list_text::<String>(&[]), faults, sealed }
    }

    fn size(&self) -> usize {
        self.cells.len() + self.faults.len() + self.sealed.len()
    }
}

/// Keeps the lines of a batch that were refused, the first of the import as long as there is room. `import` counts them already.
pub(super) async fn keep(
    tx: &mut Tx,
    import: &ImportRow,
    lines: &[KeptLine],
    seal: Option<&Seal>,
) -> Result<(), Common> {
    if lines.is_empty() {
        return Ok(());
    }
    let kept = count(tx, &import.id).await?;
    let before = import.refused - i64::try_from(lines.len()).unwrap_or(i64::MAX);
    if kept < before {
        // One was left out before: what is kept are the first lines, and not those that happen to be short.
        return Ok(());
    }
    let places = usize::try_from(MOST_KEPT - kept).unwrap_or_default();
    let mut room = MOST_KEPT_BYTES.saturating_sub(bytes(tx, &import.id).await?);
    for line in lines.iter().take(places) {
        let stored = Stored::of(line, import, seal);
        let Some(left) = room.checked_sub(stored.size()) else { break };
        room = left;
        insert(tx, &import.id, i64::from(line.number), &stored).await?;
    }
    Ok(())
}

async fn insert(tx: &mut Tx, import: &str, line: i64, stored: &Stored) -> Result<(), Common> {
    const SQL: &str = "
        INSERT INTO file_import_refused (import_id, line, cells, faults, sealed) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (import_id, line) DO NOTHING";
    Ok(on!(tx, |conn| sqlx::query(SQL)
        .bind(import)
        .bind(line)
        .bind(stored.cells.as_str())
        .bind(stored.faults.as_str())
        .bind(stored.sealed.as_slice())
        .execute(conn)
        .await
        .map(drop))?)
}

/// How many refused lines are kept of an import.
pub(super) async fn count(tx: &mut Tx, import: &str) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COUNT(*) FROM file_import_refused WHERE import_id = $1";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(import).fetch_one(conn).await)
}

/// How many bytes they take.
async fn bytes(tx: &mut Tx, import: &str) -> Result<usize, sqlx::Error> {
    const SQL: &str = "
        SELECT COALESCE(SUM(octet_length(cells) + octet_length(faults) + octet_length(sealed)), 0)
        FROM file_import_refused WHERE import_id = $1";
    let bytes: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).bind(import).fetch_one(conn).await)?;
    Ok(usize::try_from(bytes).unwrap_or_default())
}
