//! Erasing refused lines that name a person who is erased.

use db::{Tx, on};
use service::Error as Common;

/// Erases the cells of refused lines, and what was wrong with them, where one cell is `word`: a name, or the number of a document.
/// Lines of others who have the same name go with them: what was refused was not taken, and who sent it still has it. Cells of tickets
/// are sealed, and stay.
pub(in super::super) async fn erase_refused(tx: &mut Tx, word: &str) -> Result<(), Common> {
    // Cells are a JSON list of texts: in its quotation marks a word is a whole cell.
    const SQL: &str = "
        UPDATE file_import_refused SET cells = '[]', faults = '[]' WHERE replace(cells, $1, '') <> cells";
    let cell = serde_json::to_string(word).expect("a text can always be written as JSON");
    on!(tx, |conn| sqlx::query(SQL).bind(&cell).execute(conn).await.map(drop))?;
    Ok(())
}
