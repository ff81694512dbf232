//! Divisions of registered parties, remembered from one message of an import to the next.
//!
//! An enterprise has several records, spread over the messages of an import, and each look-up is a page of a table that outgrows the cache
//! of a reader. What is remembered holds as long as the registry tells nothing: whatever it tells counts up the revision of the
//! directory, which is read in the snapshot of each look-up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Uscc;

/// Most parties that are remembered, in less than six megabytes; the others are looked up each time. A map of 2^18 places is seven eighths
/// full with them: more would take twice as much.
const MOST: usize = 229_000;

/// What is remembered. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Divisions(Arc<Mutex<Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    /// Revision of the directory at which it holds.
    revision: i64,
    parties: HashMap<Uscc, u16>,
    /// Divisions, at the places that `parties` name.
    divisions: Vec<Arc<str>>,
}

impl Divisions {
    /// Divisions by code, at `revision`, of those of `codes` that are remembered, and the others.
    pub(super) fn known<'u>(
        &self,
        revision: i64,
        codes: &[&'u Uscc],
    ) -> (HashMap<String, Arc<str>>, Vec<&'u Uscc>) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = remembered.reach(revision);
        let (mut known, mut others) = (HashMap::with_capacity(codes.len()), Vec::new());
        for code in codes.iter().copied() {
            match remembered.division_of(code).filter(|_| holds) {
                Some(division) => drop(known.insert(code.as_str().to_owned(), Arc::clone(division))),
                None => others.push(code),
            }
        }
        (known, others)
    }

    /// Remembers what was read at `revision`, as far as there is room.
    pub(super) fn remember<'r>(
        &self,
        revision: i64,
        parties: impl IntoIterator<Item = (&'r Uscc, &'r Arc<str>)>,
    ) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !remembered.reach(revision) {
            return;
        }
        for (code, division) in parties {
            if remembered.parties.len() >= MOST {
                return;
            }
            if let Some(place) = remembered.place_of(division) {
                remembered.parties.insert(code.clone(), place);
            }
        }
    }
}

impl Remembered {
    /// Forgets what may have changed up to `revision`; `false` where that is past already.
    fn reach(&mut self, revision: i64) -> bool {
        if revision > self.revision {
            *self = Self { revision, ..Self::default() };
        }
        revision == self.revision
    }

    fn division_of(&self, code: &Uscc) -> Option<&Arc<str>> {
        self.parties.get(code).and_then(|place| self.divisions.get(usize::from(*place)))
    }

    /// Where a division stands; a city has a dozen. `None` when there is no room.
    fn place_of(&mut self, division: &Arc<str>) -> Option<u16> {
        let place = self.divisions.iter().position(|known| known == division);
        let place = u16::try_from(place.unwrap_or(self.divisions.len())).ok()?;
        if usize::from(place) == self.divisions.len() {
            self.divisions.push(Arc::clone(division));
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_holds_until_the_directory_tells_anything() {
        let (one, other) =
            (Uscc::parse("91370102MA3C00011F").unwrap(), Uscc::parse("91370114MA3T7K2P9A").unwrap());
        let divisions = Divisions::default();
        let at = |revision| {
            let (known, others) = divisions.known(revision, &[&one, &other]);
            (known.get(one.as_str()).map(ToString::to_string), others.len())
        };
        let in_division = |division: &str| Arc::<str>::from(division);
        assert_eq!(at(3), (None, 2));
        divisions.remember(3, [(&one, &in_division("370102"))]);
        assert_eq!(at(3), (Some("370102".to_owned()), 1));
        // Who still reads an older state neither uses nor changes it.
        assert_eq!(at(2), (None, 2));
        divisions.remember(2, [(&one, &in_division("370114"))]);
        assert_eq!(at(3), (Some("370102".to_owned()), 1));
        assert_eq!(at(4), (None, 2));
        divisions.remember(4, [(&one, &in_division("370114"))]);
        assert_eq!(at(4), (Some("370114".to_owned()), 1));
    }
}
