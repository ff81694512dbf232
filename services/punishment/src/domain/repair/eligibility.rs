//! From which day on something may be repaired, and everything that stands in the way, with the fact behind it.

use chrono::NaiveDate;
use rulebook::{Code, RuleMissing, Rulebook};

use super::block::Block;
use super::clock::{Clock, Least, MIN_STAY, entry_clock, listing_clock, penalty_clocks};
use super::record::{Listing, Others, Penalty, Record};
use super::strict::strict_reasons;
use super::{CREDIT_CHINA, PUBLICITY};
use crate::domain::abnormal::Kind;
use crate::domain::heavier::is_heavier;
use crate::domain::list::{List, Standing};

/// Tag of the ground of a missing report.
const ANNUAL_REPORT: &str = "annual_report";

/// How a subject is judged on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// The day.
    pub as_of: NaiveDate,
    /// Everything that stands in the way; empty when nothing does.
    pub blocks: Vec<Block>,
    /// First day of an application as things stand; `None` while something without an end stands in the way.
    pub eligible_from: Option<NaiveDate>,
    /// The least terms.
    pub clocks: Vec<Clock>,
    /// Why the stricter route applies; empty for the ordinary one.
    pub strict: Vec<&'static str>,
}

impl Eligibility {
    /// Whether an application may be submitted on the day.
    pub fn is_eligible(&self) -> bool {
        self.blocks.is_empty() && self.eligible_from.is_some_and(|first| first <= self.as_of)
    }
}

/// Judges a record by the law of a day and what else is known of the party.
///
/// # Errors
/// The rulebook lacks a parameter that it must have.
pub fn judge(
    book: &Rulebook,
    record: &Record,
    others: Others<'_>,
    today: NaiveDate,
) -> Result<Eligibility, RuleMissing> {
    let (clocks, mut blocks) = match record {
        Record::Serious(listing) => serious(book, listing, others, today)?,
        Record::Abnormal(listing) => {
            let mut blocks = listed(listing, today);
            blocks.extend(not_reported(book, listing, others, today));
            (vec![entry_clock(listing)], blocks)
        }
        Record::Penalty(penalty) => published(book, penalty, others, today)?,
    };
    // The party applies, and whoever is no more does not.
    blocks.extend(others.no_more.map(|state| Block::open("PARTY_NO_MORE", state)));
    let first = leading(&clocks).and_then(Clock::eligible_from);
    let eligible_from = blocks.iter().try_fold(first, |latest, block| {
        let after = block.until?.succ_opt()?;
        Some(latest.map(|latest| latest.max(after)))
    });
    let strict = strict_reasons(book, record, others, today)?;
    Ok(Eligibility { as_of: today, blocks, eligible_from: eligible_from.flatten(), clocks, strict })
}

/// The clock of the application: that of the publicity system where it shows the penalty, else of Credit China.
fn leading(clocks: &[Clock]) -> Option<&Clock> {
    let governing = |chain: &str| clocks.iter().find(|clock| clock.governs && clock.chain == chain);
    governing("").or_else(|| governing(PUBLICITY)).or_else(|| governing(CREDIT_CHINA))
}

fn listed(listing: &Listing, today: NaiveDate) -> Vec<Block> {
    let standing = &listing.standing;
    if standing.stands_on(today) {
        return Vec::new();
    }
    let suspended = Standing { suspended_on: None, ..standing.clone() }.stands_on(today);
    let code = if suspended { "SUSPENDED" } else { "NOT_LISTED" };
    vec![Block::open(code, standing.name.to_string())]
}

/// The annual reports that are missing, where the entry stands for such: all of them come before its removal (order 68 art 10).
fn not_reported(book: &Rulebook, listing: &Listing, others: Others<'_>, today: NaiveDate) -> Vec<Block> {
    let Standing { uscc, ground, .. } = &listing.standing;
    let for_reports =
        book.code(Kind::of(uscc).grounds(), ground, today).is_some_and(|code| code.has_tag(ANNUAL_REPORT));
    let missing = if for_reports { others.missing_reports } else { &[] };
    missing.iter().map(|year| Block::open("REPORT_MISSING", year.to_string())).collect()
}

fn serious(
    book: &Rulebook,
    listing: &Listing,
    others: Others<'_>,
    today: NaiveDate,
) -> Result<(Vec<Clock>, Vec<Block>), RuleMissing> {
    let clock = listing_clock(book, listing, today)?;
    let mut blocks = listed(listing, today);
    blocks.extend(too_early(&clock, today));
    for penalty in others.penalties.iter().filter(|penalty| !penalty.suspended.lasts()) {
        let fact = penalty.document_no.to_string();
        let own = listing.penalty_no.as_ref().is_some_and(|number| number.key() == penalty.document_no.key());
        if own && restricts(book, penalty) && penalty.valid_to.is_some_and(|last| today <= last) {
            blocks.push(Block::until("RESTRICTION_RUNS", fact, penalty.valid_to));
        } else if !own && is_further_heavier(book, listing, penalty, today) {
            blocks.push(Block::open("FURTHER_HEAVIER_PENALTY", fact));
        }
    }
    Ok((vec![clock], blocks))
}

/// Whether a penalty is a heavier one that came after the listing.
fn is_further_heavier(book: &Rulebook, listing: &Listing, penalty: &Penalty, today: NaiveDate) -> bool {
    let since = listing.standing.listed_on < penalty.decided_on && penalty.decided_on <= today;
    since && is_heavier(book, &penalty.kinds, &penalty.grade, penalty.decided_on)
}

/// Whether a penalty restricts the party for a period (order 45 art 13).
fn restricts(book: &Rulebook, penalty: &Penalty) -> bool {
    let restricts = |kind: &String| {
        book.code("penalty_class", kind, penalty.decided_on).is_some_and(|class| class.has_tag("restriction"))
    };
    penalty.kinds.iter().any(restricts)
}

fn too_early(clock: &Clock, today: NaiveDate) -> Option<Block> {
    match &clock.least {
        Least::AtOnce if clock.starts_on <= today => None,
        Least::AtOnce => Some(Block::until("TOO_EARLY", clock.regime.as_str(), clock.starts_on.pred_opt())),
        Least::Until { day, .. } if *day < today => None,
        Least::Until { day, parameter } => Some(Block::until("TOO_EARLY", parameter, Some(*day))),
        Least::Itself => Some(Block::until("ENDS_BY_ITSELF", clock.regime.as_str(), clock.term_ends_on)),
        Least::Never => Some(Block::open("GRAVE_PENALTY", clock.regime.as_str())),
        Least::Unknown => {
            let of = [clock.regime.as_str(), clock.chain.as_str(), MIN_STAY];
            Some(Block::open(
                "RULE_UNKNOWN",
                of.into_iter().find(|fact| !fact.is_empty()).unwrap_or_default(),
            ))
        }
    }
}

fn published(
    book: &Rulebook,
    penalty: &Penalty,
    others: Others<'_>,
    today: NaiveDate,
) -> Result<(Vec<Clock>, Vec<Block>), RuleMissing> {
    let clocks = penalty_clocks(book, penalty, today)?;
    let running = leading(&clocks).filter(|clock| clock.term_ends_on.is_none_or(|last| today <= last));
    let mut blocks = Vec::new();
    if penalty.suspended.lasts() {
        blocks.push(Block::open("SUSPENDED", penalty.name.as_str()));
    }
    match running {
        None => blocks.push(Block::open("NOT_PUBLISHED", penalty.name.as_str())),
        Some(clock) => {
            blocks.extend(too_early(clock, today));
            let law = book.codes_of("repair_law").find(|law| law.code == clock.regime);
            blocks.extend(law.into_iter().flat_map(|law| by_other_records(law, penalty, others, today)));
        }
    }
    Ok((clocks, blocks))
}

/// What the law wants not to stand beside a penalty: a further one for the same kind of breach, an entry of a list.
fn by_other_records(law: &Code, penalty: &Penalty, others: Others<'_>, today: NaiveDate) -> Vec<Block> {
    let mut blocks = Vec::new();
    let repeats = |other: &&Penalty| {
        let since = penalty.decided_on < other.decided_on && other.decided_on <= today;
        since
            && other.name != penalty.name
            && !other.suspended.lasts()
            && other.violation_type == penalty.violation_type
    };
    if law.has_tag("blocks:repeated") {
        let repeated = others.penalties.iter().filter(repeats);
        blocks.extend(repeated.map(|other| Block::open("REPEATED_BREACH", other.document_no.as_str())));
    }
    for (list, code) in [(List::Abnormal, "IN_DIRECTORY"), (List::Serious, "ON_SERIOUS_LIST")] {
        if !law.has_tag(&format!("blocks:{}", list.word())) {
            continue;
        }
        let standing =
            others.standings.iter().filter(|entry| entry.name.list() == list && entry.stands_on(today));
        blocks.extend(standing.map(|entry| Block::until(code, entry.name.to_string(), entry.term_ends_on)));
    }
    blocks
}

/// What must be proven for a record on a day: codes of the set `repair_condition`, whose tags name kinds of subject, for the
/// directory with the ground.
pub fn conditions<'b>(book: &'b Rulebook, record: &Record, on: NaiveDate) -> impl Iterator<Item = &'b Code> {
    let subject = match record {
        Record::Serious(_) => "SERIOUS".to_owned(),
        Record::Abnormal(listing) => format!("ABNORMAL:{}", listing.standing.ground),
        Record::Penalty(_) => "PENALTY".to_owned(),
    };
    book.codes("repair_condition", on).filter(move |condition| condition.has_tag(&subject))
}
