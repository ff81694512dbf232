//! What is due for a record that was taken: its publication, on every chain, and the search for its party.
//!
//! Duties are for records of the present. A record opens them while their period runs, and for as long after its end as
//! the rulebook's `collection.duty.lookback` says: a record that comes late shows as overdue (R27), and the import of an
//! archive does not flood the work lists.

use std::collections::HashMap;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::FieldCode;
use rulebook::{Due, RuleMissing, Rulebook};
use service::machine::Office;

use super::chain::{Chain, chains_of};
use super::{Kind, penalty};
use crate::machines::push::PUSH_PENALTY;
use crate::machines::record::MATCH;

/// Parameter: how long after its end a period is still worth a duty.
const LOOKBACK: &str = "collection.duty.lookback";
/// Parameter: whether a penalty that is a warning only is published.
const WARNING_ONLY: &str = "penalty.publish.warning_only";
/// Parameter: whether a penalty by summary procedure is published.
const SUMMARY_PROCEDURE: &str = "penalty.publish.summary_procedure";

/// Set of the kinds of parties.
pub const PARTY_KIND: &str = "party_kind";
/// Tag of the kind of party that is a natural person.
const PERSON: &str = "person";

/// Something that is due for a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// What is to be done; also the parameter that gives the period.
    pub kind: &'static str,
    /// Office that answers for it.
    pub office: String,
    /// First day of the period; not counted.
    pub start: NaiveDate,
    /// Last day.
    pub due: Due,
}

/// The duties of records that are received on one day. Periods are computed once for each day on which they start: an
/// import has thousands of records and few days.
#[derive(Debug)]
pub struct Clocks<'a> {
    book: &'a Rulebook,
    received_on: NaiveDate,
    /// By parameter and first day: the last day, or that the period is not worth a duty.
    periods: HashMap<(&'static str, NaiveDate), Option<Due>>,
}

impl<'a> Clocks<'a> {
    /// For records that are received on this day.
    pub fn new(book: &'a Rulebook, received_on: NaiveDate) -> Self {
        Self { book, received_on, periods: HashMap::new() }
    }

    /// What is due for a record: nothing where its party is a natural person. `searched`: its party is not registered, or not named
    /// by a code, so that somebody has to find it.
    ///
    /// # Errors
    /// The rulebook lacks a parameter that it must have.
    pub fn duties(
        &mut self,
        record: &pb::Record,
        decided_on: NaiveDate,
        searched: bool,
    ) -> Result<Vec<Duty>, RuleMissing> {
        let Some(content) = &record.content else { return Ok(Vec::new()) };
        if is_person(self.book, record, self.received_on) {
            return Ok(Vec::new());
        }
        let mut periods = Vec::new();
        for Chain { duty, .. } in chains_of(Kind::of(content)) {
            periods.extend(self.period(duty, decided_on)?.map(|due| (*duty, decided_on, due)));
        }
        if let (Content::Penalty(penalty), false) = (content, periods.is_empty())
            && !is_published(self.book, penalty, decided_on)?
        {
            periods.clear();
        }
        if searched {
            let start = self.received_on;
            periods.extend(self.period(MATCH, start)?.map(|due| (MATCH, start, due)));
        }
        if periods.is_empty() {
            return Ok(Vec::new());
        }
        let office = answers_for(self.book, Kind::of(content), &record.field);
        let duty = |(kind, start, due)| Duty { kind, office: office.clone(), start, due };
        Ok(periods.into_iter().map(duty).collect())
    }

    /// What is due for a penalty of a party of another province that its law publishes: that province is told. Nothing is published here,
    /// and nobody is searched.
    ///
    /// # Errors
    /// The rulebook lacks a parameter that it must have.
    pub fn push(&mut self, record: &pb::Record, decided_on: NaiveDate) -> Result<Vec<Duty>, RuleMissing> {
        let office = answers_for(self.book, Kind::Penalty, &record.field);
        let due = self.period(PUSH_PENALTY, decided_on)?;
        Ok(due.map(|due| Duty { kind: PUSH_PENALTY, office, start: decided_on, due }).into_iter().collect())
    }

    /// Of the periods of a ticket, those that are still worth a duty on the day of receipt.
    ///
    /// # Errors
    /// The rulebook lacks a parameter that it must have.
    pub fn worth_a_duty(
        &mut self,
        periods: &[(&'static str, NaiveDate)],
    ) -> Result<Vec<(&'static str, NaiveDate)>, RuleMissing> {
        let mut worth = Vec::with_capacity(periods.len());
        for (kind, start) in periods {
            if self.period(kind, *start)?.is_some() {
                worth.push((*kind, *start));
            }
        }
        Ok(worth)
    }

    /// The last day of a period, if it is still worth a duty on the day of receipt.
    fn period(&mut self, kind: &'static str, start: NaiveDate) -> Result<Option<Due>, RuleMissing> {
        if let Some(known) = self.periods.get(&(kind, start)) {
            return Ok(*known);
        }
        let period = self.compute(kind, start)?;
        self.periods.insert((kind, start), period);
        Ok(period)
    }

    fn compute(&self, kind: &'static str, start: NaiveDate) -> Result<Option<Due>, RuleMissing> {
        let Some(deadline) = in_force(self.book.deadline(start, kind))? else { return Ok(None) };
        // Where the end is not known, the period is judged by its start: it may lie before the loaded calendar.
        let end = deadline.due.date().unwrap_or(start);
        let lookback = in_force(self.book.deadline(end, LOOKBACK))?;
        let forgotten = lookback.is_none_or(|lookback| lookback.due.is_overdue(self.received_on));
        Ok((!forgotten).then_some(deadline.due))
    }
}

/// Whether a record says that its party is a natural person, who has no credit code: nobody finds it in the register of enterprises,
/// and nothing of it is published.
pub fn is_person(book: &Rulebook, record: &pb::Record, on: NaiveDate) -> bool {
    let kind = Some(record.party_kind.as_str()).filter(|kind| !kind.is_empty());
    kind.and_then(|kind| book.code(PARTY_KIND, kind, on)).is_some_and(|kind| kind.has_tag(PERSON))
}

/// Whether a penalty of the day `on` is published at all: by ordinary procedure, and more than a warning (order 45 art 2).
pub fn is_published(book: &Rulebook, penalty: &pb::Penalty, on: NaiveDate) -> Result<bool, RuleMissing> {
    let kinds: Vec<_> =
        penalty.penalty_kinds.iter().filter_map(|kind| book.code("penalty_kind", kind, on)).collect();
    let allowed = |parameter| in_force(book.flag(parameter, on)).map(|flag| flag.unwrap_or(false));
    Ok((penalty.ordinary_procedure || allowed(SUMMARY_PROCEDURE)?)
        && (!penalty::is_warning_only(&kinds) || allowed(WARNING_ONLY)?))
}

/// Office that provides records of a kind and answers for them: 谁提供、谁负责.
pub fn answers_for(book: &Rulebook, kind: Kind, field: &str) -> String {
    let owner = FieldCode::parse(field).ok().and_then(|field| book.field(&field));
    match (kind, owner) {
        (Kind::Permit, _) => Office::LEGAL.code().to_owned(),
        (Kind::Penalty, _) => Office::ENFORCEMENT.code().to_owned(),
        (Kind::ListEntry, _) => Office::CREDIT.code().to_owned(),
        (Kind::Inspection | Kind::Sampling, Some(field)) => field.owner_offices[0].to_string(),
        (Kind::Inspection | Kind::Sampling, None) => Office::DISTRICT.code().to_owned(),
    }
}

/// A rule that was not yet, or is no longer, in force asks for nothing; any other missing rule is a fault.
fn in_force<T>(answer: Result<T, RuleMissing>) -> Result<Option<T>, RuleMissing> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(RuleMissing::NotInForce { .. }) => Ok(None),
        Err(missing) => Err(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::record::{PUBLISH_DOUBLE, PUBLISH_INSPECTION, PUBLISH_PENALTY};

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn penalty(kinds: &[&str], ordinary_procedure: bool) -> pb::Record {
        let penalty_kinds = kinds.iter().map(ToString::to_string).collect();
        record(
            "FOOD",
            Content::Penalty(pb::Penalty { penalty_kinds, ordinary_procedure, ..pb::Penalty::default() }),
        )
    }

    fn record(field: &str, content: Content) -> pb::Record {
        pb::Record { field: field.to_owned(), content: Some(content), ..pb::Record::default() }
    }

    fn due(
        record: &pb::Record,
        decided_on: &str,
        received_on: &str,
    ) -> Vec<(&'static str, String, Option<String>)> {
        let duties = Clocks::new(&Rulebook::builtin(), day(received_on))
            .duties(record, day(decided_on), false)
            .unwrap();
        duties
            .into_iter()
            .map(|duty| (duty.kind, duty.office, duty.due.date().map(|due| due.to_string())))
            .collect()
    }

    #[test]
    fn a_penalty_runs_on_two_clocks() {
        let found = due(&penalty(&["3"], true), "2026-03-02", "2026-03-03");
        let expected = |kind, due: &str| (kind, "ENFORCEMENT".to_owned(), Some(due.to_owned()));
        assert_eq!(found, [expected(PUBLISH_PENALTY, "2026-03-30"), expected(PUBLISH_DOUBLE, "2026-03-11")]);
    }

    #[test]
    fn what_is_for_another_province_is_told_there_since_order_45() {
        let due = |decided_on: &str| {
            let book = Rulebook::builtin();
            let duties = Clocks::new(&book, day("2021-09-02")).push(&penalty(&["3"], true), day(decided_on));
            duties.unwrap().into_iter().map(|duty| (duty.kind, duty.due.date())).collect::<Vec<_>>()
        };
        assert_eq!(due("2021-08-31"), []);
        assert_eq!(due("2021-09-01"), [(PUSH_PENALTY, Some(day("2021-09-15")))]);
    }

    #[test]
    fn a_warning_only_and_a_summary_penalty_are_not_published() {
        for (kinds, ordinary, published) in [
            (&["1"][..], true, false),
            (&["3"], false, false),
            (&["1", "3"], true, true),
            (&["3"], true, true),
        ] {
            let found = due(&penalty(kinds, ordinary), "2026-03-02", "2026-03-03");
            assert_eq!(!found.is_empty(), published, "{kinds:?} {ordinary}");
        }
    }

    #[test]
    fn nothing_is_due_for_a_record_of_a_natural_person() {
        let of = |kind: &str| {
            let record = pb::Record { party_kind: kind.to_owned(), ..penalty(&["3"], true) };
            let book = Rulebook::builtin();
            let mut clocks = Clocks::new(&book, day("2026-03-03"));
            clocks.duties(&record, day("2026-03-02"), true).unwrap().len()
        };
        assert_eq!(["natural_person", "sole_trader", ""].map(of), [0, 3, 3]);
    }

    #[test]
    fn before_order_45_no_rule_asks_for_the_publication_of_a_penalty_there() {
        let found = due(&penalty(&["3"], true), "2021-08-31", "2021-09-28");
        assert_eq!(found.iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [PUBLISH_DOUBLE]);
    }

    #[test]
    fn an_inspection_is_published_by_the_owner_of_its_field_or_by_the_district() {
        for (field, office) in [("FOOD", "FOOD_PROD"), ("SE", "SE_SUPERV"), ("", "DISTRICT")] {
            let inspection = record(field, Content::Inspection(pb::Inspection::default()));
            let found = due(&inspection, "2026-03-02", "2026-03-02");
            assert_eq!(found, [(PUBLISH_INSPECTION, office.to_owned(), Some("2026-03-30".to_owned()))]);
        }
    }

    #[test]
    fn a_late_record_is_overdue_for_a_year_and_an_archived_one_asks_for_nothing() {
        let penalty = penalty(&["3"], true);
        let count = |received_on| due(&penalty, "2023-03-01", received_on).len();
        // The clocks end on 2023-03-10 and 2023-03-29.
        assert_eq!([count("2024-03-10"), count("2024-03-11")], [2, 1]);
        assert_eq!([count("2024-03-29"), count("2024-03-30")], [1, 0]);
    }

    #[test]
    fn a_record_older_than_the_loaded_calendar_asks_for_nothing_and_one_past_it_waits() {
        let inspection = record("FOOD", Content::Inspection(pb::Inspection::default()));
        assert_eq!(due(&inspection, "2019-05-06", "2026-03-02"), []);
        let past = due(&inspection, "2026-12-28", "2026-12-29");
        assert_eq!(past, [(PUBLISH_INSPECTION, "FOOD_PROD".to_owned(), None)]);
    }

    #[test]
    fn a_record_whose_party_is_not_known_asks_for_the_search_of_its_party() {
        let sampling = record("FOOD", Content::Sampling(pb::Sampling::default()));
        let found = Clocks::new(&Rulebook::builtin(), day("2026-03-02"))
            .duties(&sampling, day("2012-01-04"), true)
            .unwrap();
        let [duty] = found.try_into().unwrap();
        assert_eq!((duty.kind, duty.office.as_str(), duty.start), (MATCH, "FOOD_PROD", day("2026-03-02")));
        assert_eq!(duty.due, Due::On(day("2026-03-09")));
    }
}
