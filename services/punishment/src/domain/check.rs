//! What a system that asks before it acts is told: entries that stand, measures that follow, advice. Never a refusal.

use chrono::NaiveDate;
use rulebook::{Advice, Measure, Rulebook};

use super::list::Standing;

/// The answer to one question.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// What the asking system should do.
    pub advice: Advice,
    /// Entries that stand on the day.
    pub entries: Vec<&'a Standing>,
    /// Measures that bear on the purpose, each with the entry that triggers it.
    pub measures: Vec<(&'a Measure, &'a Standing)>,
}

/// Judges a party by its `entries` on a day and for a purpose, by the measures in force on that day.
///
/// A measure counts from the day of its entry, before the credit office has confirmed it: it follows from the listing by the law that
/// the list cites, and what is asked for is advice. Confirming is what lets other systems be told of it (machine 10). One that the
/// office rejected or lifted counts no longer from the day of that decision.
pub fn judge<'a>(book: &'a Rulebook, entries: &'a [Standing], purpose: &str, on: NaiveDate) -> Finding<'a> {
    let standing: Vec<_> = entries.iter().filter(|entry| entry.stands_on(on)).collect();
    let mut measures = Vec::new();
    for entry in &standing {
        let triggered = book
            .measures(entry.name.list().word(), on)
            .filter(|measure| measure.bears_on(purpose) && entry.brings(&measure.code, on));
        measures.extend(triggered.map(|measure| (measure, *entry)));
    }
    let advice = measures.iter().map(|(measure, _)| measure.advice).max().unwrap_or(Advice::Normal);
    Finding { advice, entries: standing, measures }
}

/// Edition of the list of measures in force on a day: the latest of its rows; empty when none was.
pub fn edition(book: &Rulebook, on: NaiveDate) -> &str {
    let in_force = book.all_measures().iter().filter(|measure| measure.effective.on(on));
    in_force.map(|measure| measure.edition.as_str()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::Uscc;

    use super::*;
    use crate::domain::list::{EntryName, Lifted, List};

    fn entry(list: List, name: &str, listed_on: &str) -> Standing {
        Standing {
            name: EntryName::parse(list, name).unwrap(),
            uscc: Uscc::parse("91370000706266601D").unwrap(),
            ground: "1".to_owned(),
            listed_on: domain::parse_date(listed_on).unwrap(),
            term_ends_on: None,
            removed_on: None,
            suspended_on: None,
            decision_no: "1".to_owned(),
            suspensions: Vec::new(),
            lifted: Vec::new(),
        }
    }

    fn advice(entries: &[Standing], purpose: &str, on: &str) -> Advice {
        judge(&Rulebook::builtin(), entries, purpose, domain::parse_date(on).unwrap()).advice
    }

    #[test]
    fn a_seriously_listed_party_gets_no_notify_and_commit_licence() {
        let listed = [entry(List::Serious, "seriousCases/1", "2023-01-01")];
        assert_eq!(advice(&listed, "PERMIT", "2023-01-01"), Advice::NoNotifyAndCommit);
        assert_eq!(advice(&listed, "PERMIT", "2022-12-31"), Advice::Normal);
        assert_eq!(advice(&listed, "HONOUR", "2023-01-01"), Advice::StrictReview);
    }

    #[test]
    fn a_lifted_measure_counts_until_the_day_before_and_the_others_go_on() {
        let mut listed = entry(List::Serious, "seriousCases/1", "2023-01-01");
        let since = domain::parse_date("2023-06-01").unwrap();
        listed.lifted.push(Lifted { code: "NoNotifyCommit".to_owned(), since });
        assert_eq!(advice(std::slice::from_ref(&listed), "PERMIT", "2023-05-31"), Advice::NoNotifyAndCommit);
        assert_eq!(advice(std::slice::from_ref(&listed), "PERMIT", "2023-06-01"), Advice::StrictReview);
    }

    #[test]
    fn measures_are_those_of_the_day_that_is_asked_about() {
        // Order 44 came into force on 2021-09-01, the notice of the city on 2021-09-27; the ordinance of the directory in 2014.
        let serious = [entry(List::Serious, "seriousCases/1", "2014-01-01")];
        let abnormal = [entry(List::Abnormal, "abnormalEntries/1", "2014-01-01")];
        let book = Rulebook::builtin();
        for (entries, purpose, before, first, advice_since) in [
            (&serious, "PERMIT", "2021-08-31", "2021-09-01", Advice::NoNotifyAndCommit),
            (&serious, "APPOINTMENT", "2021-08-31", "2021-09-01", Advice::StatutoryBar),
            (&serious, "OTHER", "2021-09-26", "2021-09-27", Advice::Normal),
            (&abnormal, "PROCUREMENT", "2014-09-30", "2014-10-01", Advice::StrictReview),
        ] {
            let measures =
                |on| judge(&book, entries, purpose, domain::parse_date(on).unwrap()).measures.len();
            assert_eq!(measures(before), 0, "{purpose} {before}");
            assert!(measures(first) > 0, "{purpose} {first}");
            assert_eq!(advice(entries, purpose, before), Advice::Normal, "{purpose} {before}");
            assert_eq!(advice(entries, purpose, first), advice_since, "{purpose} {first}");
        }
    }

    #[test]
    fn every_day_since_the_first_measure_has_its_edition() {
        let book = Rulebook::builtin();
        let edition = |on| edition(&book, domain::parse_date(on).unwrap());
        assert_eq!(
            (edition("2004-06-30"), edition("2004-07-01"), edition("2026-04-01")),
            ("", "2024", "2024")
        );
    }

    #[test]
    fn the_directory_reminds_and_never_bars() {
        let reminded = [entry(List::Abnormal, "abnormalEntries/1", "2023-01-01")];
        for purpose in Rulebook::builtin().codes("check_purpose", domain::parse_date("2023-01-01").unwrap()) {
            assert!(
                advice(&reminded, &purpose.code, "2023-06-01") <= Advice::StrictReview,
                "{}",
                purpose.code
            );
        }
    }

    #[test]
    fn every_measure_names_its_basis_and_the_entry_that_triggers_it() {
        let listed = [
            entry(List::Serious, "seriousCases/1", "2023-01-01"),
            entry(List::Abnormal, "abnormalEntries/2", "2023-01-01"),
        ];
        let book = Rulebook::builtin();
        let finding = judge(&book, &listed, "PERMIT", domain::parse_date("2024-01-01").unwrap());
        assert!(finding.measures.len() >= 3);
        for (measure, entry) in finding.measures {
            assert!(!measure.basis.is_empty());
            assert_eq!(measure.trigger, entry.name.list().word());
        }
    }
}
