//! Decision documents of penalties: which are kept, and whose text is public. Their contents lie in the archive, and are there before a
//! row says so. The latest document of a record counts: without a text, none is public any more.

mod keep;
mod read;
mod row;

pub(super) use row::{erase, name_text, name_texts};

/// Name of the text for the public of a record.
fn text_name(record: &str) -> String {
    format!("{record}/decisionText")
}
