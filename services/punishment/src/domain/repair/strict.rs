//! The stricter route (notice of 2021-09-27, part 2 (3) 1 (4)): a panel and a visit on site for grave or repeated breaches. It is a
//! strict use of the conditions of the law and never a longer period, which a city cannot make.

use chrono::NaiveDate;
use rulebook::{RuleMissing, Rulebook};

use super::SUBJECTS;
use super::record::{Others, Penalty, Record};

/// How many other penalties make a breach a repeated one.
const PENALTIES: &str = "repair.strict.penalties";
/// How far back they count.
const WINDOW: &str = "repair.strict.window";

/// Whether a kind of the penalty is one of the graver ones (order 45 art 14).
pub fn is_grave(book: &Rulebook, kinds: &[String], on: NaiveDate) -> bool {
    kinds.iter().any(|kind| book.code("penalty_kind", kind, on).is_some_and(|code| code.has_tag("grave")))
}

/// Why the stricter route applies on a day, codes of the set `repair_strict`; empty for the ordinary one.
///
/// # Errors
/// The rulebook lacks a parameter that it must have.
pub fn strict_reasons(
    book: &Rulebook,
    record: &Record,
    others: Others<'_>,
    today: NaiveDate,
) -> Result<Vec<&'static str>, RuleMissing> {
    let (kind, kinds) = match record {
        Record::Serious(listing) => ("SERIOUS", &listing.penalty_kinds),
        Record::Abnormal(listing) => ("ABNORMAL", &listing.penalty_kinds),
        Record::Penalty(penalty) => ("PENALTY", &penalty.kinds),
    };
    let mut reasons = Vec::new();
    if !book.code(SUBJECTS, kind, today).is_some_and(|subject| subject.has_tag("strict")) {
        return Ok(reasons);
    }
    if is_grave(book, kinds, today) {
        reasons.push("GRAVE");
    }
    if is_repeated(book, record, others, today)? {
        reasons.push("REPEATED");
    }
    Ok(reasons)
}

fn is_repeated(
    book: &Rulebook,
    record: &Record,
    others: Others<'_>,
    today: NaiveDate,
) -> Result<bool, RuleMissing> {
    let enough = match book.integer(PENALTIES, today) {
        Err(RuleMissing::NotInForce { .. }) => return Ok(false),
        enough => enough?,
    };
    let mut counted = 0;
    for other in others.penalties.iter().filter(|other| !is_of(record, other) && !other.suspended.lasts()) {
        let last = book.deadline_by(other.decided_on, WINDOW, today)?.due.date();
        let within = other.decided_on <= today && last.is_some_and(|last| today <= last);
        counted += i64::from(within);
    }
    Ok(counted >= enough)
}

/// Whether a penalty is the one that is to be repaired, or that the listing goes with.
fn is_of(record: &Record, penalty: &Penalty) -> bool {
    match record {
        Record::Penalty(own) => own.name == penalty.name,
        Record::Serious(listing) | Record::Abnormal(listing) => {
            listing.penalty_no.as_ref().is_some_and(|number| number.key() == penalty.document_no.key())
        }
    }
}
