//! What penalties trigger without a listing: the periods in which the law lets measures follow from them. Computed from the records and
//! the rulebook; nobody decides it, and nothing here is a sanction of its own.

use std::collections::BTreeSet;
use std::slice;

use chrono::NaiveDate;
use domain::Uscc;
use rulebook::{RuleMissing, Rulebook};

use super::list::{EntryName, InvalidEntryName, List, Standing};
use super::repair::Penalty;
use super::suspension::Suspension;

/// Set of the rulebook that says of which field a trigger is, in its tag `field`.
const TRIGGERS: &str = "measure_trigger";
/// Tag of kinds of penalty that take a licence away for good.
const ENDS_LICENCE: &str = "ends_licence";
/// Tag of kinds of penalty that order a business to stop.
const STOPS_BUSINESS: &str = "stops_business";
/// How long nothing is permitted after a licence was revoked (食品安全法 art 135).
const REVOKED_FOR: &str = "food.licence_revoked.person_ban";
/// How many penalties within the window lead to the stop of a business (食品安全法 art 134).
const COUNT: &str = "food.penalties_in_year_to_suspension";
/// The window.
const WINDOW: &str = "food.penalties_in_year.window";

/// Why what penalties trigger cannot be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unjudged {
    /// The rulebook lacks a parameter that it must have.
    #[error(transparent)]
    Rule(#[from] RuleMissing),
    /// The name of a record is none.
    #[error(transparent)]
    Name(#[from] InvalidEntryName),
}

/// The periods in which the penalties of a party trigger measures. On the days on which its decision is suspended a penalty counts for
/// nothing. Revocations, and orders to stop a business, are not among the penalties that are counted within a year.
///
/// # Errors
/// [`Unjudged`].
pub fn by_penalties(uscc: &Uscc, penalties: &[Penalty], book: &Rulebook) -> Result<Vec<Standing>, Unjudged> {
    let mut found = Vec::new();
    for penalty in of_field(penalties, List::FoodLicenceRevoked, book) {
        if has_kind(penalty, ENDS_LICENCE, book) {
            let stretches = stretches(&[penalty], 1, REVOKED_FOR, book)?;
            found.extend(standing(uscc, List::FoodLicenceRevoked, penalty, &stretches)?);
        }
    }
    let mut counted = of_field(penalties, List::PenaltiesInYear, book);
    counted.retain(|penalty| ![ENDS_LICENCE, STOPS_BUSINESS].iter().any(|tag| has_kind(penalty, tag, book)));
    for (at, last) in counted.iter().enumerate() {
        let count = in_force(book.integer(COUNT, last.decided_on))?;
        let Some(count) = count.and_then(|count| usize::try_from(count).ok()) else { continue };
        let stretches = stretches(&counted[..=at], count, WINDOW, book)?;
        found.extend(standing(uscc, List::PenaltiesInYear, last, &stretches)?);
    }
    Ok(found)
}

/// Whether a penalty brings measures by itself, without a listing and without others before it: it revokes a licence for food, and the law
/// of its day says for how long nothing is permitted after that.
///
/// # Errors
/// The rulebook lacks a parameter that it must have.
pub fn brings_by_itself(penalty: &Penalty, book: &Rulebook) -> Result<bool, RuleMissing> {
    let of_field = of_field(slice::from_ref(penalty), List::FoodLicenceRevoked, book);
    let revokes = of_field.iter().any(|penalty| has_kind(penalty, ENDS_LICENCE, book));
    Ok(revokes && in_force(book.deadline(penalty.decided_on, REVOKED_FOR))?.is_some())
}

/// Penalties of the field of a trigger, in the order of their days.
fn of_field<'p>(penalties: &'p [Penalty], trigger: List, book: &Rulebook) -> Vec<&'p Penalty> {
    let of_field = |penalty: &&Penalty| {
        let code = book.code(TRIGGERS, trigger.word(), penalty.decided_on);
        let field = code.and_then(|code| code.tag_value("field"));
        field.is_some() && penalty.field.as_ref().map(|own| own.as_str()) == field
    };
    let mut found: Vec<_> = penalties.iter().filter(of_field).collect();
    found.sort_by(|one, other| (one.decided_on, &one.name).cmp(&(other.decided_on, &other.name)));
    found
}

fn has_kind(penalty: &Penalty, tag: &str, book: &Rulebook) -> bool {
    let tagged = |kind: &String| {
        book.code("penalty_kind", kind, penalty.decided_on).is_some_and(|code| code.has_tag(tag))
    };
    penalty.kinds.iter().any(tagged)
}

/// Days in one piece on which a penalty triggers something.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: NaiveDate,
    /// Day on which the next decision turns; `None` when none does any more.
    until: Option<NaiveDate>,
    /// Last day of the period that runs; `None` while the calendar does not reach it.
    last_day: Option<NaiveDate>,
}

impl Stretch {
    /// First day after it; `None` for none that is known.
    fn end(&self) -> Option<NaiveDate> {
        let after = self.last_day.and_then(|last| last.succ_opt());
        self.until.map_or(after, |until| Some(after.map_or(until, |after| after.min(until))))
    }
}

/// When the last of `penalties` triggers something: from its day on, while it and as many of those before it as make `count` are
/// enforced, to the end of the period of `parameter` that runs from the first of these. None where the law knew no such period.
fn stretches(
    penalties: &[&Penalty],
    count: usize,
    parameter: &str,
    book: &Rulebook,
) -> Result<Vec<Stretch>, Unjudged> {
    let Some(last) = penalties.last() else { return Ok(Vec::new()) };
    let turns = penalties.iter().flat_map(|penalty| penalty.suspended.turns());
    let days: BTreeSet<_> = turns.filter(|day| *day > last.decided_on).chain([last.decided_on]).collect();
    let mut found = Vec::new();
    for (from, until) in days.iter().copied().zip(days.iter().copied().skip(1).map(Some).chain([None])) {
        let enforced: Vec<_> = penalties.iter().filter(|penalty| !penalty.suspended.covers(from)).collect();
        let first = enforced.len().checked_sub(count).and_then(|at| enforced.get(at));
        let Some(first) = first.filter(|_| !last.suspended.covers(from)) else { continue };
        let Some(deadline) = in_force(book.deadline(first.decided_on, parameter))? else { continue };
        let last_day = deadline.due.date();
        if last_day.is_none_or(|last_day| from <= last_day) {
            found.push(Stretch { from, until, last_day });
        }
    }
    Ok(found)
}

/// The stretches as one period with suspensions; `None` when there is none.
fn standing(
    uscc: &Uscc,
    trigger: List,
    penalty: &Penalty,
    stretches: &[Stretch],
) -> Result<Option<Standing>, InvalidEntryName> {
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Ok(None) };
    let gaps = stretches.iter().zip(stretches.iter().skip(1));
    let gaps = gaps.filter_map(|(one, next)| Suspension::over(one.end(), None, next.from));
    Ok(Some(Standing {
        name: EntryName::parse(trigger, &penalty.name)?,
        uscc: uscc.clone(),
        ground: String::new(),
        listed_on: first.from,
        term_ends_on: last.last_day,
        removed_on: None,
        suspended_on: last.until.filter(|until| last.last_day.is_none_or(|last_day| *until <= last_day)),
        decision_no: penalty.document_no.to_string(),
        suspensions: gaps.collect(),
        lifted: Vec::new(),
    }))
}

/// A rule that may be in force or not.
fn in_force<T>(rule: Result<T, RuleMissing>) -> Result<Option<T>, RuleMissing> {
    match rule {
        Err(RuleMissing::NotInForce { .. }) => Ok(None),
        rule => rule.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use domain::{DocumentNumber, FieldCode};

    use super::super::suspension::Suspended;
    use super::*;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn penalty(id: u8, field: &str, kind: &str, decided_on: &str) -> Penalty {
        Penalty {
            name: format!("records/{id}"),
            document_no: DocumentNumber::parse(&format!("济市监罚〔2024〕{id}号")).unwrap(),
            field: Some(FieldCode::parse(field).unwrap()),
            violation_type: String::new(),
            kinds: vec![kind.to_owned()],
            grade: String::new(),
            fine_fen: 0,
            decided_on: day(decided_on),
            valid_to: None,
            suspended: Suspended::default(),
            publications: Vec::new(),
        }
    }

    /// Trigger, record, first and last day of each period.
    fn found(penalties: &[Penalty]) -> Vec<(&'static str, String, String, String)> {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let found = by_penalties(&uscc, penalties, &Rulebook::builtin()).unwrap();
        let told = |standing: &Standing| {
            let last = standing.term_ends_on.unwrap().to_string();
            (standing.name.list().word(), standing.name.to_string(), standing.listed_on.to_string(), last)
        };
        found.iter().map(told).collect()
    }

    fn told(
        trigger: &'static str,
        record: &str,
        from: &str,
        to: &str,
    ) -> (&'static str, String, String, String) {
        (trigger, record.to_owned(), from.to_owned(), to.to_owned())
    }

    #[test]
    fn a_revoked_food_licence_bars_for_five_years_since_the_law_of_2015() {
        let revoked = |day| found(&[penalty(1, "FOOD", "8", day)]);
        assert_eq!(revoked("2015-09-30"), []);
        let bar = told("FOOD_LICENCE_REVOKED", "records/1", "2015-10-01", "2020-10-01");
        assert_eq!(revoked("2015-10-01"), [bar]);
        assert_eq!(found(&[penalty(1, "SE", "8", "2024-03-04"), penalty(2, "FOOD", "3", "2024-03-04")]), []);
    }

    #[test]
    fn the_third_penalty_within_a_year_counts_until_the_first_is_a_year_old() {
        let three = |last| {
            let days = ["2024-03-04", "2024-06-03", last];
            let penalties = (1..).zip(days).map(|(id, day)| penalty(id, "FOOD", "3", day));
            penalties.collect::<Vec<_>>()
        };
        let within = told("PENALTIES_IN_YEAR", "records/3", "2025-03-04", "2025-03-04");
        assert_eq!(found(&three("2025-03-04")), [within]);
        assert_eq!(found(&three("2025-03-05")), []);
        assert_eq!(found(&three("2025-03-04")[..2]), []);
    }

    #[test]
    fn what_is_suspended_of_another_field_or_graver_is_not_counted() {
        let mut penalties: Vec<_> = (1..4).map(|id| penalty(id, "FOOD", "3", "2024-03-04")).collect();
        assert_eq!(found(&penalties).len(), 1);
        penalties[1].suspended.told(true, day("2024-03-04"));
        assert_eq!(found(&penalties), []);
        for (field, kind) in [("SE", "3"), ("FOOD", "10")] {
            penalties[1] = penalty(2, field, kind, "2024-03-04");
            assert_eq!(found(&penalties), [], "{field} {kind}");
        }
    }

    /// Whether the penalties trigger something on each of these days.
    fn stand_on(penalties: &[Penalty], days: &[&str]) -> Vec<bool> {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let found = by_penalties(&uscc, penalties, &Rulebook::builtin()).unwrap();
        days.iter().map(|on| found.iter().any(|standing| standing.stands_on(day(on)))).collect()
    }

    #[test]
    fn a_revocation_bars_nobody_on_the_days_on_which_it_is_suspended() {
        let mut revoked = [penalty(1, "FOOD", "8", "2024-03-04")];
        revoked[0].suspended.told(true, day("2024-04-01"));
        assert_eq!(stand_on(&revoked, &["2024-03-31", "2024-04-01", "2024-06-03"]), [true, false, false]);
        revoked[0].suspended.told(false, day("2024-05-06"));
        let days = [
            "2024-03-03",
            "2024-03-31",
            "2024-04-01",
            "2024-05-05",
            "2024-05-06",
            "2029-03-04",
            "2029-03-05",
        ];
        assert_eq!(stand_on(&revoked, &days), [false, true, false, false, true, true, false]);
    }

    #[test]
    fn of_penalties_within_a_year_another_takes_the_place_of_one_that_is_suspended() {
        let days = ["2024-01-08", "2024-03-04", "2024-04-01", "2024-05-06"];
        let mut four: Vec<_> = (1..).zip(days).map(|(id, day)| penalty(id, "FOOD", "3", day)).collect();
        four[2].suspended.told(true, day("2024-06-03"));
        // The third triggers nothing meanwhile; the fourth counts from the first, whose year ends earlier.
        let told_on = ["2024-03-31", "2024-04-01", "2024-06-03", "2025-01-08", "2025-01-09"];
        assert_eq!(stand_on(&four, &told_on), [false, true, true, true, false]);
        four[2].suspended.told(false, day("2025-02-10"));
        assert_eq!(
            stand_on(&four, &["2025-01-09", "2025-02-09", "2025-02-10", "2025-03-04"]),
            [false, false, true, true]
        );
        assert_eq!(stand_on(&four, &["2025-03-05"]), [false]);
        four[1].suspended.told(true, day("2024-03-11"));
        // Two of the four are left on the days on which both are suspended.
        assert_eq!(stand_on(&four, &["2024-05-06", "2024-06-02", "2024-06-03"]), [true, true, false]);
    }

    #[test]
    fn every_trigger_that_the_rulebook_says_is_known_is_known_here() {
        let book = Rulebook::builtin();
        for code in book.codes(TRIGGERS, domain::parse_date("2026-03-02").unwrap()) {
            let known = List::of_word(&code.code);
            assert_eq!(known.is_some(), code.has_tag("entry") || code.has_tag("record"), "{}", code.code);
            assert!(known.is_none_or(|list| list.is_of_records() == code.has_tag("record")), "{}", code.code);
        }
    }
}
