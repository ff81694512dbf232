//! Whether the records of a message are there already, guessed from a few of them.
//!
//! Most messages of an import are all new or all there. To look up each row of a new one costs as much as to write the index over ids,
//! page by page, from a table that outgrows every cache. A guess that a message is new is held by that index: where it was wrong, the
//! message is taken again with each row looked up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::convert::{Collected, Row};
use crate::domain::{NaturalId, NewRecord};

/// Rows of a message that are looked up before the others. Of a message of which a tenth is there, they miss that tenth once in a
/// thousand times.
const SAMPLE: usize = 64;
/// Messages that are looked up whole after a wrong guess: what comes next is likely a mixture, too.
const WHOLE: u32 = 200;

/// Whether this process guesses. Clones share what was learnt.
#[derive(Clone, Debug, Default)]
pub(super) struct Guesses {
    /// Messages to look up whole before the next guess.
    whole: Arc<AtomicU32>,
}

impl Guesses {
    /// Whether the next message may be guessed at.
    pub(super) fn next_may(&self) -> bool {
        let fewer = |whole: u32| whole.checked_sub(1);
        self.whole.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_err()
    }

    /// A guess was wrong.
    pub(super) fn was_wrong(&self) {
        self.whole.store(WHOLE, Ordering::Relaxed);
    }
}

/// Ids that say whether rows are new: of some rows, and all those under which rows may have been taken by their number as it is written,
/// of which the index over ids would tell nothing.
pub(super) fn sample(rows: &[Row<NewRecord>]) -> Vec<&str> {
    let step = rows.len().div_ceil(SAMPLE).max(1);
    let some = rows.iter().step_by(step).map(|row| row.item.id());
    let mut ids: Vec<_> =
        rows.iter().filter_map(|row| row.item.earlier_id()).chain(some).map(NaturalId::as_str).collect();
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_wrong_guess_some_messages_are_looked_up_whole() {
        let guesses = Guesses::default();
        assert!(guesses.next_may() && guesses.next_may());
        guesses.clone().was_wrong();
        assert_eq!((0..WHOLE).filter(|_| guesses.next_may()).count(), 0);
        assert!(guesses.next_may());
    }
}
