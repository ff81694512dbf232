//! The tables that officers fill in: which columns a kind of record has, and how a line becomes what the contract takes.
//!
//! Headers are those of the public data standards (concepts §6), in any order; what a header is called elsewhere is known too.
//! A line gives a message of the contract, which the import then judges as any other: nothing is checked twice, and what is
//! refused there is told under the header of its column, in Chinese.

mod build;
mod column;
mod layout;
mod value;
mod zh;

pub(crate) use build::unquoted;
pub use column::{Column, Form, Table, UnknownTable};
pub use layout::{Fault, HeaderFault, Layout};
pub use zh::problem_zh;

use chrono::NaiveDate;
use rulebook::Rulebook;

use crate::sheet::write::{self, Heading};

/// The template of a table, as a workbook to download.
///
/// # Errors
/// The workbook could not be written.
pub fn workbook(
    table: Table,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let heading = |column: &Column| Heading {
        header: column.header.to_owned(),
        hint: value::hint(column, book, today),
        required: column.required,
    };
    write::template(&table.columns().iter().map(heading).collect::<Vec<_>>())
}

#[cfg(test)]
mod bad_cells;
#[cfg(test)]
mod standards;
#[cfg(test)]
mod tests;
