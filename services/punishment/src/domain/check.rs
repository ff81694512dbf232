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
pub fn judge<'a>(book: &'a Rulebook, entries: &'a [Standing], purpose: &str, on: NaiveDate) -> Finding<'a> {
    let standing: Vec<_> = entries.iter().filter(|entry| entry.stands_on(on)).collect();
    let mut measures = Vec::new();
    for entry in &standing {
        let triggered =
            book.measures(entry.name.list().word(), on).filter(|measure| measure.bears_on(purpose));
        measures.extend(triggered.map(|measure| (measure, *entry)));
    }
    let advice = measures.iter().map(|(measure, _)| measure.advice).max().unwrap_or(Advice::Normal);
    Finding { advice, entries: standing, measures }
}

#[cfg(test)]
mod tests {
    use domain::Uscc;

    use super::*;
    use crate::domain::list::{EntryName, List};

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
