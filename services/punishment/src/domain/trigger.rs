//! What penalties trigger without a listing: the periods in which the law lets measures follow from them. Computed from the records and
//! the rulebook; nobody decides it, and nothing here is a sanction of its own.

use domain::Uscc;
use rulebook::{RuleMissing, Rulebook};

use super::list::{EntryName, InvalidEntryName, List, Standing};
use super::repair::Penalty;

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

/// The periods in which the penalties of a party trigger measures. A penalty that is suspended counts for nothing meanwhile. Revocations,
/// and orders to stop a business, are not among the penalties that are counted within a year.
///
/// # Errors
/// [`Unjudged`].
pub fn by_penalties(uscc: &Uscc, penalties: &[Penalty], book: &Rulebook) -> Result<Vec<Standing>, Unjudged> {
    let mut found = Vec::new();
    for penalty in of_field(penalties, List::FoodLicenceRevoked, book) {
        if has_kind(penalty, ENDS_LICENCE, book) {
            found.extend(period(uscc, List::FoodLicenceRevoked, penalty, (penalty, REVOKED_FOR), book)?);
        }
    }
    let mut counted = of_field(penalties, List::PenaltiesInYear, book);
    counted.retain(|penalty| ![ENDS_LICENCE, STOPS_BUSINESS].iter().any(|tag| has_kind(penalty, tag, book)));
    for (at, last) in counted.iter().enumerate() {
        let Some(count) = in_force(book.integer(COUNT, last.decided_on))? else { continue };
        let before = usize::try_from(count).ok().and_then(|count| (at + 1).checked_sub(count));
        if let Some(first) = before {
            found.extend(period(uscc, List::PenaltiesInYear, last, (counted[first], WINDOW), book)?);
        }
    }
    Ok(found)
}

/// Penalties of the field of a trigger that are enforced, in the order of their days.
fn of_field<'p>(penalties: &'p [Penalty], trigger: List, book: &Rulebook) -> Vec<&'p Penalty> {
    let of_field = |penalty: &&Penalty| {
        let code = book.code(TRIGGERS, trigger.word(), penalty.decided_on);
        let field = code.and_then(|code| code.tag_value("field"));
        !penalty.suspended && field.is_some() && penalty.field.as_ref().map(|own| own.as_str()) == field
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

/// From the day of a penalty to the last day of a period that runs from another, or from itself; `None` when that was over before, or
/// the law knew no such period.
fn period(
    uscc: &Uscc,
    trigger: List,
    penalty: &Penalty,
    (from, parameter): (&Penalty, &str),
    book: &Rulebook,
) -> Result<Option<Standing>, Unjudged> {
    let Some(deadline) = in_force(book.deadline(from.decided_on, parameter))? else { return Ok(None) };
    let last_day = deadline.due.date();
    if last_day.is_some_and(|last| last < penalty.decided_on) {
        return Ok(None);
    }
    Ok(Some(Standing {
        name: EntryName::parse(trigger, &penalty.name)?,
        uscc: uscc.clone(),
        ground: String::new(),
        listed_on: penalty.decided_on,
        term_ends_on: last_day,
        removed_on: None,
        suspended_on: None,
        decision_no: penalty.document_no.to_string(),
        suspensions: Vec::new(),
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

    use super::*;

    fn penalty(id: u8, field: &str, kind: &str, decided_on: &str) -> Penalty {
        Penalty {
            name: format!("records/{id}"),
            document_no: DocumentNumber::parse(&format!("济市监罚〔2024〕{id}号")).unwrap(),
            field: Some(FieldCode::parse(field).unwrap()),
            violation_type: String::new(),
            kinds: vec![kind.to_owned()],
            grade: String::new(),
            fine_fen: 0,
            decided_on: domain::parse_date(decided_on).unwrap(),
            valid_to: None,
            suspended: false,
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
        penalties[1].suspended = true;
        assert_eq!(found(&penalties), []);
        for (field, kind) in [("SE", "3"), ("FOOD", "10")] {
            penalties[1] = penalty(2, field, kind, "2024-03-04");
            assert_eq!(found(&penalties), [], "{field} {kind}");
        }
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
