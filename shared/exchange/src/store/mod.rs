//! The table `delivery`.

mod attempt;
mod enqueue;
mod erase;
mod list;
mod resend;
mod row;

use std::time::Duration;

use domain::MicrosUtc;

pub(crate) use attempt::{claim_all, due, given_up_before, settle};
pub use enqueue::{enqueue, enqueue_all};
pub use erase::erase;
pub use list::{Backlog, Filter, MAX_PAGE, Position, backlogs, find, list};
pub use resend::{MAX_RESEND, Resent, resend};

/// Longest text kept of a receipt or an error, in bytes.
const MAX_TEXT: usize = 512;

/// `now` and a wait, in microseconds.
pub(crate) fn later(now: MicrosUtc, wait: Duration) -> MicrosUtc {
    now.plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX))
}

/// The beginning of a foreign text that fits its column, cut between characters.
pub(crate) fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // PostgreSQL refuses NUL in a text.
    text[..end].replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_is_cut_between_characters() {
        assert_eq!(cut("短"), "短");
        let cut = cut(&"信".repeat(300));
        assert_eq!((cut.len(), cut.chars().count()), (510, 170));
    }

    #[test]
    fn every_migration_is_listed() {
        db::testing::assert_same_files(&crate::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
    }
}
