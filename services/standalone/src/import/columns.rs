//! Columns of a table by their names in its first line.

use super::near;

/// Position of the column called `column`.
///
/// # Errors
/// In words: it is missing, with the one that is like it and those that are there; or several have the name.
pub(crate) fn position(header: &[&str], column: &str) -> Result<usize, String> {
    // Spreadsheets put a byte-order mark before the first name.
    let matches = |name: &str| name.trim_start_matches('\u{feff}').trim() == column;
    let found: Vec<usize> =
        header.iter().enumerate().filter(|(_, name)| matches(name)).map(|(index, _)| index).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!(
            "the file has no column `{column}`{}; it has {}",
            near::hint(column, header.iter().copied()),
            header.join(", ")
        )),
        _ => Err(format!("the file has {} columns called `{column}`", found.len())),
    }
}
