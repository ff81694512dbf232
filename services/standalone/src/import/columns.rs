//! Columns of a table by their names in its first line.

use super::near;

/// Position of the column called `column`.
///
/// # Errors
/// In words: it is missing, with the one that is like it and those that are there; or several have the name.
pub(crate) fn position(header: &[&str], column: &str) -> Result<usize, String> {
    positions(header, [column]).map(|[position]| position)
}

/// Positions of all of `columns`.
///
/// # Errors
/// In words: all that are missing, each with the one that is like it, or that several have the name of; then those that are there.
pub(crate) fn positions<const N: usize>(header: &[&str], columns: [&str; N]) -> Result<[usize; N], String> {
    let found = columns.map(|column| find(header, column));
    let faults: Vec<&str> =
        found.iter().filter_map(|position| position.as_ref().err().map(String::as_str)).collect();
    if !faults.is_empty() {
        return Err(format!("the file has {}; it has {}", faults.join(", "), header.join(", ")));
    }
    Ok(found.map(Result::unwrap_or_default))
}

fn find(header: &[&str], column: &str) -> Result<usize, String> {
    // Spreadsheets put a byte-order mark before the first name.
    let matches = |name: &str| name.trim_start_matches('\u{feff}').trim() == column;
    let found: Vec<usize> =
        header.iter().enumerate().filter(|(_, name)| matches(name)).map(|(index, _)| index).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!("no column `{column}`{}", near::hint(column, header.iter().copied()))),
        _ => Err(format!("{} columns called `{column}`", found.len())),
    }
}
