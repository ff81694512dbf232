//! What one batch of events tells, and what of it the same batch replaces again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::domain::known::Feed;

/// What one batch of events tells. Of several about one thing the last counts, so a batch applied twice changes nothing; the
/// earlier ones are kept as what was known in between.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Evidence that is new or says something else, by its resource name.
    pub(super) pieces: BTreeMap<String, Piece>,
    /// Evidence that counts no longer.
    pub(super) withdrawn: BTreeSet<String>,
    /// Evidence that says something else because what it said was wrong, by its resource name.
    pub corrected: BTreeSet<String>,
    /// Divisions of enterprises.
    pub divisions: BTreeMap<String, String>,
    /// Marks, by credit code and field.
    pub(super) marks: BTreeMap<(String, String), Mark>,
    /// For each enterprise the last event that told something of it: the cause of its re-score.
    pub causes: HashMap<String, String>,
    /// The last position told of each feed and day.
    pub(super) told: BTreeMap<(Feed, NaiveDate), i64>,
    /// Where the batch began to tell of a piece of evidence, and of a mark: up to there holds what stood before.
    pub(super) pieces_from: HashMap<String, i64>,
    pub(super) marks_from: HashMap<(String, String), i64>,
    /// Versions that the batch itself replaced, and from where on they no longer hold.
    pub(super) past_pieces: Vec<(String, Piece, i64)>,
    pub(super) past_marks: Vec<((String, String), Mark, i64)>,
    /// Evidence that nothing may be kept of, not even as what was known before.
    pub(super) erased: BTreeSet<String>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Credit code.
    pub uscc: String,
    /// Source, as models call it.
    pub source: String,
    /// Position of its event in the feed that it came by.
    pub known_seq: i64,
    /// The message, encoded.
    pub payload: Vec<u8>,
}

/// Whether an enterprise carries a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) carried: bool,
    /// Position of its event in registry's feed.
    pub(super) known_seq: i64,
}

impl Batch {
    /// Notes a piece of evidence.
    pub fn piece(&mut self, name: &str, piece: Piece) {
        self.withdrawn.remove(name);
        self.pieces_from.entry(name.to_owned()).or_insert(piece.known_seq);
        let known_seq = piece.known_seq;
        if let Some(earlier) = self.pieces.insert(name.to_owned(), piece) {
            self.past_pieces.push((name.to_owned(), earlier, known_seq));
        }
    }

    /// Notes that who a piece of evidence is about was erased by the event at position `seq`: every version of it goes.
    pub fn erase(&mut self, name: &str, seq: i64) {
        self.withdraw(name, seq);
        self.past_pieces.retain(|(past, ..)| past != name);
        self.erased.insert(name.to_owned());
    }

    /// Notes that a piece of evidence counts no longer, from the event at position `seq` on.
    pub fn withdraw(&mut self, name: &str, seq: i64) {
        self.pieces_from.entry(name.to_owned()).or_insert(seq);
        if let Some(earlier) = self.pieces.remove(name) {
            self.past_pieces.push((name.to_owned(), earlier, seq));
        }
        self.withdrawn.insert(name.to_owned());
    }

    /// Notes whether an enterprise carries the mark of a field, from the event at position `seq` on.
    pub fn mark(&mut self, uscc: &str, field: &str, carried: bool, seq: i64) {
        let key = (uscc.to_owned(), field.to_owned());
        self.marks_from.entry(key.clone()).or_insert(seq);
        if let Some(earlier) = self.marks.insert(key.clone(), Mark { carried, known_seq: seq }) {
            self.past_marks.push((key, earlier, seq));
        }
    }

    /// Notes that `feed` was told up to `seq`, by an event accepted on `day`.
    pub fn tell(&mut self, feed: Feed, day: NaiveDate, seq: i64) {
        let last = self.told.entry((feed, day)).or_insert(seq);
        *last = seq.max(*last);
    }
}
