//! How long a penalty is shown on a chain, by the law of the day from which its term counts.
//!
//! The laws are rows of the rulebook's set `publication_regime`: each says for which chain it is, whether its terms count from
//! the publication or from the decision, and which parameter gives the term of each class. The class of a penalty is that of
//! its gravest kind (set `penalty_class`). What the authority has not supplied chooses the longer term, and is named. Which law
//! governs a term that still runs when a later law begins, [`transition`] says.

use chrono::NaiveDate;

use crate::{Code, PeriodUnit, RuleMissing, Rulebook};

mod transition;

pub use transition::{Confirmed, confirmed};

/// Set of the laws.
const REGIMES: &str = "publication_regime";
/// Set of the classes of the kinds of penalty.
const CLASSES: &str = "penalty_class";
/// Classes, from the least to the gravest.
const SEVERITIES: [&str; 3] = ["minor", "general", "serious"];
/// Tag of a class, and of a law: a longer statutory restriction is shown for as long as it lasts (order 45 art 13).
const RESTRICTION: &str = "restriction";
/// Key of the tag with the parameter below which a fine is minor.
const MINOR_BELOW: &str = "minor_below";
/// Longest publication of negative information in Shandong (山东省社会信用条例 art 38). It counts from the end of the breach; of
/// that a record knows that it does not lie after the decision.
const LONGEST: &str = "shandong.negative_info.term_max";

/// The term of a penalty on one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// Code of the law that gives it; empty when none does.
    pub regime: String,
    /// Class of the penalty by that law; empty without a law.
    pub severity: String,
    /// Last day; `None` while it cannot be known.
    pub ends_on: Option<NaiveDate>,
    /// Parameters that were asked for and not supplied.
    pub not_supplied: Vec<String>,
}

/// What a penalty says, as far as its class and terms depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Penalised<'a> {
    /// Kinds of the penalty, codes of the set `penalty_kind`.
    pub kinds: &'a [String],
    /// Fine in fen; 0 for none.
    pub fine_fen: i64,
    /// Last day of what it imposes, such as a ban from trade; `None` when it says none.
    pub valid_to: Option<NaiveDate>,
}

/// What the terms of a penalty on one chain depend on, beside the rules.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The chain.
    pub receiver: &'a str,
    /// The penalty.
    pub penalty: Penalised<'a>,
    /// Day of its decision.
    pub decided_on: NaiveDate,
    /// The day from which it is shown there, `None` before.
    pub published_on: Option<NaiveDate>,
    /// The law that an officer chose; empty for none.
    pub chosen: &'a str,
}

/// The terms on a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The one that governs.
    pub governing: Term,
    /// By each law among which an officer may choose, the earliest first; empty where the law itself decides.
    pub open: Vec<Term>,
}

/// The terms of a penalty as they stand on a day.
///
/// # Errors
/// The rulebook lacks a parameter that it must have.
pub fn terms_of(book: &Rulebook, shown: Shown<'_>, today: NaiveDate) -> Result<Terms, RuleMissing> {
    let laws = laws_of(book, shown.receiver);
    let Some((law, start)) = first_law(&laws, shown) else {
        let ends_on = shown.published_on.and_then(|day| longest(book, shown.decided_on, day));
        return Ok(Terms { governing: Term { ends_on, ..Term::default() }, open: Vec::new() });
    };
    let governing = Counted { law, on: start, start }.term(book, shown)?;
    transition::follow(book, shown, Terms { governing, open: Vec::new() }, &laws, start, today)
}

/// The laws of a chain, the earliest first.
pub fn laws_of<'b>(book: &'b Rulebook, receiver: &str) -> Vec<&'b Code> {
    let mut laws: Vec<_> =
        book.codes_of(REGIMES).filter(|code| code.tag_value("chain") == Some(receiver)).collect();
    laws.sort_by_key(|law| law.effective.from);
    laws
}

/// The law of the chain on the day from which its own terms count, and that day.
fn first_law<'b>(laws: &[&'b Code], shown: Shown<'_>) -> Option<(&'b Code, NaiveDate)> {
    let mut started = laws.iter().filter_map(|law| {
        let start = match law.tag_value("starts") {
            Some("publication") => shown.published_on,
            _ => Some(shown.decided_on),
        };
        start.map(|start| (*law, start))
    });
    started.find(|(law, start)| law.effective.on(*start))
}

/// A law, the day by whose parameters it is applied, and the day from which its term counts: its first day and that of the term
/// are two where a term began under an earlier law.
#[derive(Clone, Copy)]
struct Counted<'b> {
    law: &'b Code,
    on: NaiveDate,
    start: NaiveDate,
}

impl Counted<'_> {
    fn term(self, book: &Rulebook, shown: Shown<'_>) -> Result<Term, RuleMissing> {
        let Self { law, on, start } = self;
        let mut not_supplied = Vec::new();
        let severity = severity(book, shown.penalty, on, &mut not_supplied)?;
        let parameter = law.tag_value(severity).unwrap_or_default();
        let end = match book.deadline_by(start, parameter, on) {
            Err(RuleMissing::NotSupplied { name, .. }) => {
                not_supplied.push(name);
                None
            }
            deadline => deadline?.due.date(),
        };
        let restricted = restricted_until(book, law, shown.penalty, on);
        let end = end.map(|end| restricted.map_or(end, |until| end.max(until)));
        let ends_on = [end, longest(book, shown.decided_on, on)].into_iter().flatten().min();
        Ok(Term { regime: law.code.clone(), severity: severity.to_owned(), ends_on, not_supplied })
    }
}

/// Class of the gravest kind on a day. A kind that the set does not class is general.
fn severity(
    book: &Rulebook,
    penalty: Penalised<'_>,
    on: NaiveDate,
    not_supplied: &mut Vec<String>,
) -> Result<&'static str, RuleMissing> {
    let mut gravest = 0;
    for kind in penalty.kinds {
        let class = book.code(CLASSES, kind, on);
        let rank = match class.and_then(|class| class.tag_value(MINOR_BELOW)) {
            Some(threshold) => fine_rank(book, threshold, penalty.fine_fen, on, not_supplied)?,
            None => SEVERITIES.iter().position(|word| class.is_some_and(|class| class.has_tag(word))),
        };
        gravest = gravest.max(rank.unwrap_or(GENERAL));
    }
    Ok(SEVERITIES[gravest])
}

/// Position of the class that a kind has which is not said to be another.
const GENERAL: usize = 1;

/// A fine below the threshold is minor; without a threshold none is.
fn fine_rank(
    book: &Rulebook,
    threshold: &str,
    fine_fen: i64,
    on: NaiveDate,
    not_supplied: &mut Vec<String>,
) -> Result<Option<usize>, RuleMissing> {
    match book.money(threshold, on) {
        Ok(threshold) => Ok((fine_fen < threshold.fen()).then_some(0)),
        Err(RuleMissing::NotSupplied { name, .. }) => {
            not_supplied.push(name);
            Ok(None)
        }
        Err(missing) => Err(missing),
    }
}

/// Last day of a statutory restriction that the penalty imposes, where the law shows it for as long as it lasts.
fn restricted_until(
    book: &Rulebook,
    regime: &Code,
    penalty: Penalised<'_>,
    on: NaiveDate,
) -> Option<NaiveDate> {
    let restricts =
        |kind: &String| book.code(CLASSES, kind, on).is_some_and(|class| class.has_tag(RESTRICTION));
    let applies = regime.has_tag(RESTRICTION) && penalty.kinds.iter().any(restricts);
    penalty.valid_to.filter(|_| applies)
}

/// The last day on which Shandong lets anything negative be shown, by the rule of the day `on`.
fn longest(book: &Rulebook, decided_on: NaiveDate, on: NaiveDate) -> Option<NaiveDate> {
    let years = book.integer(LONGEST, on).ok().and_then(|years| u32::try_from(years).ok())?;
    book.due(decided_on, years, PeriodUnit::CalendarYear).date()
}

#[cfg(test)]
mod tests;
