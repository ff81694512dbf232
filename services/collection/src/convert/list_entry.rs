//! What an entry says of a list or register that somebody else keeps: courts, tax, other bureaus. The lists of this system are told
//! by the service that keeps them, and never imported.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use domain::parse_date;
use service::FieldErrors;

use super::Judge;
use super::text::clear;

/// Lists and registers of others whose entries are taken.
const LISTS: &str = "external_list";
/// Longest ground in the words of the keeper, in characters.
const LONGEST_GROUND: usize = 200;

/// Checks an entry of the day `on`, and puts it into canonical form.
pub(super) fn check(judge: &Judge<'_>, errors: &mut FieldErrors, entry: &mut pb::ListEntry, on: NaiveDate) {
    judge.delivered_code(errors, "list_entry.list", LISTS, &entry.list, on);
    if !entry.entry.is_empty() {
        errors.push("list_entry.entry", "must be empty: it names an entry that this system keeps");
    }
    clear(errors, "list_entry.ground", &mut entry.ground, LONGEST_GROUND);
    let removed_on = errors.check_optional("list_entry.removed_on", &entry.removed_on, parse_date);
    if removed_on.is_some_and(|removed_on| removed_on < on) {
        errors.push("list_entry.removed_on", "lies before the day of the listing");
    } else if removed_on.is_some_and(|removed_on| removed_on > judge.today) {
        errors.push("list_entry.removed_on", "lies in the future");
    }
    let status = if entry.removed_on.is_empty() { "Listed" } else { "Removed" };
    if entry.status.is_empty() {
        status.clone_into(&mut entry.status);
    } else if entry.status != status {
        errors.push("list_entry.status", format!("must be `{status}`, as `removed_on` says"));
    }
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    fn checked(mut entry: pb::ListEntry) -> Result<pb::ListEntry, Vec<String>> {
        let judge = Judge { book: &Rulebook::builtin(), today: parse_date("2026-03-02").unwrap() };
        let mut errors = FieldErrors::default();
        check(&judge, &mut errors, &mut entry, parse_date("2026-02-27").unwrap());
        if errors.is_empty() { Ok(entry) } else { Err(errors.iter().map(|one| one.path.clone()).collect()) }
    }

    fn entry(list: &str, removed_on: &str) -> pb::ListEntry {
        pb::ListEntry { list: list.to_owned(), removed_on: removed_on.to_owned(), ..Default::default() }
    }

    #[test]
    fn an_entry_of_a_list_of_others_is_taken_and_its_status_follows_from_its_removal() {
        assert_eq!(checked(entry("COURT_DEFAULTER", "")).unwrap().status, "Listed");
        assert_eq!(checked(entry("COURT_DEFAULTER", "2026-03-01")).unwrap().status, "Removed");
        let said = pb::ListEntry { status: "Removed".to_owned(), ..entry("COURT_DEFAULTER", "") };
        assert_eq!(checked(said).unwrap_err(), ["list_entry.status"]);
    }

    #[test]
    fn the_lists_of_this_system_and_unknown_ones_are_not_imported() {
        for list in ["ABNORMAL", "SERIOUS", "BROKEN_COMMITMENT", "GOSSIP", ""] {
            assert_eq!(checked(entry(list, "")).unwrap_err(), ["list_entry.list"], "{list}");
        }
        let ours = pb::ListEntry { entry: "abnormalEntries/1".to_owned(), ..entry("TAX_MAJOR", "") };
        assert_eq!(checked(ours).unwrap_err(), ["list_entry.entry"]);
    }

    #[test]
    fn a_removal_lies_between_the_listing_and_today() {
        for (removed_on, taken) in [
            ("2026-02-26", false),
            ("2026-02-27", true),
            ("2026-03-02", true),
            ("2026-03-03", false),
            ("x", false),
        ] {
            assert_eq!(checked(entry("TAX_MAJOR", removed_on)).is_ok(), taken, "{removed_on}");
        }
    }
}
