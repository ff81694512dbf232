//! Which law governs a term that began under one law of a chain and still runs when a later one begins.
//!
//! How a law treats what was published before it is a tag of its row: `earlier:kept` (the earlier law goes on),
//! `earlier:applies` (the later one from its first day on), or `earlier:unconfirmed` (nobody has said: both are computed, the
//! earlier one goes on, and an officer may choose). The later law counts from the same day, by its own classes and lengths.

use chrono::NaiveDate;

use super::{Counted, REGIMES, Shown, Terms, laws_of};
use crate::{Code, RuleMissing, Rulebook};

/// How a law treats what was published before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Earlier {
    /// The earlier law goes on.
    Kept,
    /// It governs from its first day on.
    Applies,
    /// Nobody has said.
    Unconfirmed,
}

impl Earlier {
    fn of(law: &Code) -> Self {
        match law.tag_value("earlier") {
            Some("kept") => Self::Kept,
            Some("applies") => Self::Applies,
            _ => Self::Unconfirmed,
        }
    }
}

/// Goes on from the term by the law of its first day, `start`, through the laws that began since and met it running.
pub(super) fn follow(
    book: &Rulebook,
    shown: Shown<'_>,
    mut terms: Terms,
    laws: &[&Code],
    start: NaiveDate,
    today: NaiveDate,
) -> Result<Terms, RuleMissing> {
    for &law in laws {
        let Some(on) = law.effective.from.filter(|from| *from > start && *from <= today) else { continue };
        if terms.governing.ends_on.is_some_and(|last| last < on) {
            break;
        }
        match Earlier::of(law) {
            Earlier::Kept => {}
            Earlier::Applies => {
                terms = Terms { governing: Counted { law, on, start }.term(book, shown)?, open: Vec::new() };
            }
            Earlier::Unconfirmed => {
                if terms.open.is_empty() {
                    terms.open.push(terms.governing.clone());
                }
                let term = Counted { law, on, start }.term(book, shown)?;
                if shown.chosen == law.code {
                    terms.governing = term.clone();
                }
                terms.open.push(term);
            }
        }
    }
    // Where all of them are over, there is nothing left to choose.
    if terms.open.iter().all(|term| term.ends_on.is_some_and(|last| last < today)) {
        terms.open.clear();
    }
    Ok(terms)
}

/// Publications that a law of the rulebook may have taken, or given back, since they were told: those of `chain` whose term is
/// given by `regime` and runs on the day `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed<'b> {
    /// The chain.
    pub chain: &'b str,
    /// The law that must not go on governing them.
    pub regime: &'b str,
    /// First day of the later law.
    pub from: NaiveDate,
    /// Only those for which an officer chose.
    pub chosen: bool,
}

/// What the laws in force on a day say of publications before them: the earlier law no longer governs where the later one
/// applies; one that an officer chose no longer governs where the earlier one is kept.
pub fn confirmed(book: &Rulebook, today: NaiveDate) -> Vec<Confirmed<'_>> {
    let mut found = Vec::new();
    for law in book.codes_of(REGIMES) {
        let Some(chain) = law.tag_value("chain") else { continue };
        let Some(from) = law.effective.from.filter(|from| *from <= today) else { continue };
        match Earlier::of(law) {
            Earlier::Applies => {
                let earlier = laws_of(book, chain).into_iter().take_while(|one| one.code != law.code);
                found.extend(earlier.map(|one| Confirmed { chain, regime: &one.code, from, chosen: false }));
            }
            Earlier::Kept => found.push(Confirmed { chain, regime: &law.code, from, chosen: true }),
            Earlier::Unconfirmed => {}
        }
    }
    found
}
