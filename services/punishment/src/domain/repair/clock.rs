//! The least terms: how long something stands, or is shown, before it may be repaired. The publicity system counts from the
//! publication, Credit China from the decision; each has its own law, and a law that meets a publication running is a second clock.

use chrono::NaiveDate;
use rulebook::term::{Shown, Term, terms_of};
use rulebook::{RuleMissing, Rulebook};

use super::record::{Listing, Penalty};
use super::strict::is_grave;

/// Set of what the laws of publication say about repair, by the codes of `publication_regime`: for each class the parameter of the
/// least term, `at_once`, or `itself` where the publication ends without an application.
const LAWS: &str = "repair_law";
/// Set of the key fields for which a law may have a longer least term.
const FIELDS: &str = "repair_field";
/// Shortest stay on the list of serious violators.
pub(super) const MIN_STAY: &str = "serious.early_removal.min_stay";

/// A least term by one law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Chain of publication; empty for an entry of a list.
    pub chain: String,
    /// Law, a code of the set `publication_regime`; empty for an entry of a list, or where no law has a term.
    pub regime: String,
    /// Class of the penalty by that law; empty for an entry of a list.
    pub severity: String,
    /// Whether this law governs.
    pub governs: bool,
    /// Day from which it counts.
    pub starts_on: NaiveDate,
    /// What must pass before.
    pub least: Least,
    /// Last day of the whole term.
    pub term_ends_on: Option<NaiveDate>,
    /// Parameters that were asked for and not supplied.
    pub not_supplied: Vec<String>,
}

/// What must pass before something may be repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Least {
    /// A period.
    Until {
        /// Its last day.
        day: NaiveDate,
        /// The parameter that gives it.
        parameter: String,
    },
    /// Nothing.
    AtOnce,
    /// It ends by itself, without an application.
    Itself,
    /// The law knows no repair of it.
    Never,
    /// No law says.
    Unknown,
}

impl Clock {
    /// First day after the least term; `None` when the law knows no application.
    pub fn eligible_from(&self) -> Option<NaiveDate> {
        match &self.least {
            Least::Until { day, .. } => day.succ_opt(),
            Least::AtOnce => Some(self.starts_on),
            Least::Itself | Least::Never | Least::Unknown => None,
        }
    }
}

/// The clock of an entry of the list of serious violators, by the law of a day.
pub(crate) fn listing_clock(
    book: &Rulebook,
    listing: &Listing,
    today: NaiveDate,
) -> Result<Clock, RuleMissing> {
    let listed_on = listing.standing.listed_on;
    let least = match book.deadline_by(listed_on, MIN_STAY, today) {
        Err(RuleMissing::NotInForce { .. }) => Least::Unknown,
        deadline => match deadline?.due.date() {
            // While what the penalty forbids is forbidden, the entry stays whatever its age.
            Some(day) => Least::Until {
                day: listing.restricted_until.map_or(day, |last| last.max(day)),
                parameter: MIN_STAY.to_owned(),
            },
            None => Least::Unknown,
        },
    };
    Ok(Clock { least, ..entry_clock(listing) })
}

/// The clock of an entry without a least term.
pub(super) fn entry_clock(listing: &Listing) -> Clock {
    Clock {
        chain: String::new(),
        regime: String::new(),
        severity: String::new(),
        governs: true,
        starts_on: listing.standing.listed_on,
        least: Least::AtOnce,
        term_ends_on: listing.standing.term_ends_on,
        not_supplied: Vec::new(),
    }
}

/// The clocks of a penalty: for each chain that shows it, one for each law that may govern.
pub(crate) fn penalty_clocks(
    book: &Rulebook,
    penalty: &Penalty,
    today: NaiveDate,
) -> Result<Vec<Clock>, RuleMissing> {
    let mut clocks = Vec::new();
    for publication in &penalty.publications {
        let shown = Shown {
            receiver: &publication.chain,
            penalty: penalty.penalised(),
            decided_on: penalty.decided_on,
            published_on: Some(publication.published_on),
            chosen: &publication.chosen,
        };
        let terms = terms_of(book, shown, today)?;
        let governing = terms.governing.regime.clone();
        let by_law = if terms.open.is_empty() { vec![terms.governing] } else { terms.open };
        for term in by_law {
            let governs = term.regime == governing;
            clocks.push(clock(
                book,
                penalty,
                (publication.chain.as_str(), publication.published_on),
                governs,
                term,
            )?);
        }
    }
    Ok(clocks)
}

fn clock(
    book: &Rulebook,
    penalty: &Penalty,
    (chain, published_on): (&str, NaiveDate),
    governs: bool,
    term: Term,
) -> Result<Clock, RuleMissing> {
    let law = book.codes_of("publication_regime").find(|law| law.code == term.regime);
    let from_decision = law.is_some_and(|law| law.tag_value("starts") == Some("decision"));
    let starts_on = if from_decision { penalty.decided_on } else { published_on };
    let mut not_supplied = term.not_supplied.clone();
    let least = least(book, penalty, &term, starts_on, &mut not_supplied)?;
    Ok(Clock {
        chain: chain.to_owned(),
        regime: term.regime,
        severity: term.severity,
        governs,
        starts_on,
        least,
        term_ends_on: term.ends_on,
        not_supplied,
    })
}

/// What must pass by the law of a term, by the parameters of the day on which that law began to apply.
fn least(
    book: &Rulebook,
    penalty: &Penalty,
    term: &Term,
    starts_on: NaiveDate,
    not_supplied: &mut Vec<String>,
) -> Result<Least, RuleMissing> {
    let Some(law) = book.codes_of(LAWS).find(|law| law.code == term.regime) else {
        return Ok(Least::Unknown);
    };
    let on = law.effective.from.map_or(starts_on, |from| from.max(starts_on));
    if let Some(allowed) = law.tag_value("grave")
        && is_grave(book, &penalty.kinds, on)
        && !book.flag(allowed, on)?
    {
        return Ok(Least::Never);
    }
    let parameter = match law.tag_value(&term.severity) {
        None => return Ok(Least::Unknown),
        Some("itself") => return Ok(Least::Itself),
        Some("at_once") => return Ok(Least::AtOnce),
        Some(parameter) => parameter,
    };
    let of_field = penalty.field.as_ref().filter(|field| book.code(FIELDS, field.as_str(), on).is_some());
    let longer = law.tag_value("longer").filter(|_| of_field.is_some());
    let mut latest = None;
    for parameter in std::iter::once(parameter).chain(longer) {
        match book.deadline_by(starts_on, parameter, on) {
            Err(RuleMissing::NotSupplied { name, .. }) => not_supplied.push(name),
            deadline => latest = latest.max(deadline?.due.date().map(|day| (day, parameter))),
        }
    }
    Ok(latest
        .map_or(Least::Unknown, |(day, parameter)| Least::Until { day, parameter: parameter.to_owned() }))
}
