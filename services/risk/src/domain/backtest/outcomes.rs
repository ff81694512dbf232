//! What may tell the finding of a visit under an earlier day, beside the record of the visit itself.
//!
//! No record names the visit that it came of: a penalty has the number of its own decision, a ticket that of its call. What came of
//! a visit and is dated right is hidden from it by its day. What is dated wrong, such as a penalty under the day of the breach, stands
//! in the days before the visit, among what was truly known. So whatever says how an enterprise behaved and became known in those days
//! goes with the finding. What says who an enterprise is and what it may do stays: its licences of the eve are no outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::NaiveDate;

use super::{
    Plan,
    replay::{Firm, Told, Visit, known_on, redated},
};
use crate::domain::model::{ATTRIBUTE, CHANGE, LICENCE, PROVINCIAL};

/// A permit among the records: the licence as it was granted.
const PERMIT: &str = "permit";
/// Sources that say who an enterprise is, what it may do and how others class it. All others tell outcomes, also a kind of record that
/// comes later.
const STANDING: [&str; 5] = [ATTRIBUTE, CHANGE, LICENCE, PERMIT, PROVINCIAL];
/// Days before a visit of which outcomes go with its finding. A week: a record of the visit that has the day of something else, such
/// as that of the task, mostly stands there, and of what was truly known before, little does.
pub const DAYS_BEFORE: i64 = 7;

/// Pieces of evidence, by place of the enterprise and place among its pieces.
pub(super) type Places = Vec<(usize, usize)>;

/// What changed places in each shuffle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// `window` or `past` for findings of inspections; otherwise the source of what went with those of the window.
    pub what: String,
    /// How many pieces.
    pub pieces: usize,
}

/// For each visit, the outcomes that the model reads and that became known within [`DAYS_BEFORE`] days before it, but not before
/// another visit in between. Without the findings of visits and of `past`, which change places anyway.
pub(super) fn telling(plan: &Plan, firms: &[Firm], visits: &[Visit], past: &[(usize, usize)]) -> Vec<Places> {
    let findings = visits.iter().map(|visit| (visit.firm, visit.piece));
    let findings: BTreeSet<(usize, usize)> = findings.chain(past.iter().copied()).collect();
    let by_day: BTreeMap<(usize, NaiveDate), usize> =
        visits.iter().enumerate().map(|(at, visit)| ((visit.firm, visit.day), at)).collect();
    let mut telling = vec![Places::new(); visits.len()];
    for (firm, all) in firms.iter().enumerate() {
        for (piece, told) in all.pieces.iter().enumerate() {
            if findings.contains(&(firm, piece)) || !is_outcome(plan, told) {
                continue;
            }
            let day = known_on(&told.message);
            let mut later = by_day.range((Bound::Excluded((firm, day)), Bound::Unbounded));
            if let Some((&(of, visited), &at)) = later.next()
                && of == firm
                && (visited - day).num_days() <= DAYS_BEFORE
            {
                telling[at].push((firm, piece));
            }
        }
    }
    telling
}

/// Whether the model reads it as something that an enterprise did.
fn is_outcome(plan: &Plan, told: &Told) -> bool {
    let source = told.source.as_str();
    let is_read = || plan.model.indicators.iter().any(|indicator| indicator.source.name() == source);
    !STANDING.contains(&source) && is_read()
}

/// A piece that told of one visit, as if it told of another: as many days before it, and received before it or not.
pub(super) fn moved(told: &Told, from: &Visit, to: &Visit) -> Told {
    let later = to.day - from.day;
    let message = redated(&told.message, &|day| day.checked_add_signed(later).unwrap_or(day));
    let in_time = told.known_seq < from.known_seq;
    let known_seq = if in_time { to.known_seq - 1 } else { to.known_seq };
    Told { source: told.source.clone(), known_seq, message }
}

/// What changes places: findings, and by source what goes with those of the window.
pub(super) fn count(firms: &[Firm], findings: [(&str, usize); 2], telling: &[Places]) -> Vec<Moved> {
    let mut of_source: BTreeMap<&str, usize> = BTreeMap::new();
    for (firm, piece) in telling.iter().flatten() {
        *of_source.entry(&firms[*firm].pieces[*piece].source).or_default() += 1;
    }
    let counts = findings.into_iter().chain(of_source);
    counts.map(|(what, pieces)| Moved { what: what.to_owned(), pieces }).collect()
}
