//! What was known when: positions in the feeds that evidence comes by. A run, a class and an explanation name theirs, so
//! that each can be repeated exactly.

use super::{
    evidence::Item,
    model::{ATTRIBUTE, BREACH, CHANGE, LICENCE},
};

/// A feed that tells evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// Enterprises and their changes, licences, marks, breaches.
    Registry,
    /// Records and tickets.
    Collection,
}

impl Feed {
    /// The name of its service.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Collection => "collection",
        }
    }

    /// The feed by which evidence of a source comes.
    pub fn of_source(source: &str) -> Self {
        if FROM_REGISTRY.contains(&source) { Self::Registry } else { Self::Collection }
    }
}

/// Sources of evidence that registry tells; collection tells all others.
pub const FROM_REGISTRY: [&str; 4] = [ATTRIBUTE, BREACH, CHANGE, LICENCE];

/// Positions up to which something was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// In registry's feed.
    pub registry: i64,
    /// In collection's feed.
    pub collection: i64,
}

impl Known {
    /// Everything that stands.
    pub const ALL: Self = Self { registry: i64::MAX - 1, collection: i64::MAX - 1 };

    /// The position in `feed`.
    pub const fn in_feed(self, feed: Feed) -> i64 {
        match feed {
            Feed::Registry => self.registry,
            Feed::Collection => self.collection,
        }
    }

    /// Whether evidence of `source` that was told at `known_seq`, and replaced or withdrawn at `until_seq`, is known here.
    pub fn holds(self, source: &str, known_seq: i64, until_seq: Option<i64>) -> bool {
        let position = self.in_feed(Feed::of_source(source));
        known_seq <= position && until_seq.is_none_or(|until| position < until)
    }
}

/// A piece of evidence as it was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPiece {
    /// Resource name.
    pub name: String,
    /// Credit code.
    pub uscc: String,
    /// Source, as models call it.
    pub source: String,
    /// Position of its event in the feed that it came by.
    pub known_seq: i64,
    /// The message, encoded.
    pub payload: Vec<u8>,
    /// What the models make of it; never empty.
    pub items: Vec<Item>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_known_from_its_own_event_up_to_the_one_that_replaced_it() {
        let at = |collection| Known { registry: 0, collection };
        for (position, known) in [(4, false), (5, true), (8, true), (9, false)] {
            assert_eq!(at(position).holds("penalty", 5, Some(9)), known, "{position}");
        }
        assert!(at(9).holds("penalty", 5, None));
        assert!(!at(9).holds("licence", 5, None), "registry has told nothing yet");
    }
}
