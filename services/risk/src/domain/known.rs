//! What was known when: positions in the feeds that evidence comes by. A run, a class and an explanation name theirs, so
//! that each can be repeated exactly. What risk takes in itself comes by no feed: its positions are days.

use chrono::{Datelike, NaiveDate};

use super::{
    evidence::Item,
    model::{ATTENTION, ATTRIBUTE, BREACH, CHANGE, LICENCE, PROVINCIAL},
};

/// A feed that tells evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// Enterprises and their changes, licences, marks, breaches.
    Registry,
    /// Records and tickets.
    Collection,
    /// What risk takes in itself; its positions are days, see [`own_position`].
    Own,
}

impl Feed {
    /// The name of its service.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Collection => "collection",
            Self::Own => "risk",
        }
    }

    /// The feed by which evidence of a source comes.
    pub fn of_source(source: &str) -> Self {
        if FROM_REGISTRY.contains(&source) {
            Self::Registry
        } else if OWN.contains(&source) {
            Self::Own
        } else {
            Self::Collection
        }
    }
}

/// Sources of evidence that registry tells.
pub const FROM_REGISTRY: [&str; 4] = [ATTRIBUTE, BREACH, CHANGE, LICENCE];
/// Sources of evidence that risk takes in itself; collection tells all others.
pub const OWN: [&str; 2] = [ATTENTION, PROVINCIAL];

/// The position of what risk takes in on `day`: what was known is settled at the end of each day.
pub fn own_position(day: NaiveDate) -> i64 {
    day.num_days_from_ce().into()
}

/// The day of a position among what risk takes in itself; `None` for a number that is none.
pub fn own_day(position: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(position).ok()?)
}

/// Behind every position.
const LAST: i64 = i64::MAX - 1;

/// Positions up to which something was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// In registry's feed.
    pub registry: i64,
    /// In collection's feed.
    pub collection: i64,
    /// Among what risk takes in itself.
    pub own: i64,
}

impl Known {
    /// Everything that stands.
    pub const ALL: Self = Self { registry: LAST, collection: LAST, own: LAST };

    /// Everything that risk has taken in itself, and positions in the feeds.
    pub const fn of_feeds(registry: i64, collection: i64) -> Self {
        Self { registry, collection, own: LAST }
    }

    /// The same, of what risk takes in itself only what it had at the end of `day`.
    #[must_use]
    pub fn own_by(self, day: NaiveDate) -> Self {
        Self { own: own_position(day), ..self }
    }

    /// The position in `feed`.
    pub const fn in_feed(self, feed: Feed) -> i64 {
        match feed {
            Feed::Registry => self.registry,
            Feed::Collection => self.collection,
            Feed::Own => self.own,
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
        let at = |collection| Known::of_feeds(0, collection);
        for (position, known) in [(4, false), (5, true), (8, true), (9, false)] {
            assert_eq!(at(position).holds("penalty", 5, Some(9)), known, "{position}");
        }
        assert!(at(9).holds("penalty", 5, None));
        assert!(!at(9).holds("licence", 5, None), "registry has told nothing yet");
    }

    #[test]
    fn what_risk_takes_in_itself_is_known_from_the_end_of_its_day_on() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let taken = own_position(day("2026-03-10"));
        assert_eq!((own_day(taken), own_day(i64::MAX)), (Some(day("2026-03-10")), None));
        for (on, known) in [("2026-03-09", false), ("2026-03-10", true), ("2026-03-11", true)] {
            let then = Known::of_feeds(0, 0).own_by(day(on));
            assert_eq!(then.holds(PROVINCIAL, taken, None), known, "{on}");
        }
        assert!(Known::of_feeds(0, 0).holds(ATTENTION, taken, None), "all of it, now");
    }
}
