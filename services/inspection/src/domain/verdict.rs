//! The verdict of a visit as a whole, in fields that have one (food: 符合, 基本符合, 不符合): it follows from the checks of the items.

use chrono::NaiveDate;
use domain::FieldCode;
use rulebook::{ItemCategory, RuleMissing, Rulebook};

use super::check::{ItemCheck, is_problem};

/// Tag of the verdict of a visit that found no problem.
const CLEAN: &str = "clean";
/// Tag of the verdict of one that found few, all of them in general items: they are put right.
const FOLLOW_UP: &str = "follow_up";
/// Tag of the verdict of one that found a problem in a key item, or many: it is a case lead (order 49 art 32).
const PROBLEM: &str = "problem";

/// The code set of verdicts of a field.
fn verdicts_of(field: &FieldCode) -> String {
    format!("{}_verdict", field.as_str().to_lowercase())
}

/// The verdict on a day that follows from the checks: a code of the field's set. `None` where the field has no such set, or nothing
/// could be checked. That a commitment is not kept is a key item of the city, and none of the law's by which a visit fails.
///
/// # Errors
/// When the rulebook does not say how many general items may fail.
pub fn verdict_of(
    checks: Option<&[ItemCheck]>,
    field: &FieldCode,
    book: &Rulebook,
    on: NaiveDate,
) -> Result<Option<String>, RuleMissing> {
    let set = verdicts_of(field);
    let Some(checks) = checks.filter(|_| book.codes(&set, on).next().is_some()) else { return Ok(None) };
    let is_key = |one: &ItemCheck| {
        let mut items = book.supervision_items(field, on);
        items.any(|item| {
            item.item == one.item.as_str() && item.category == ItemCategory::Key && !item.commitment
        })
    };
    let failed: Vec<&ItemCheck> = checks.iter().filter(|one| is_problem(&one.verdict, book, on)).collect();
    let most = format!("inspection.{}.verdict.most_general", field.as_str().to_lowercase());
    let count = i64::try_from(failed.len()).unwrap_or(i64::MAX);
    let tag = if failed.is_empty() {
        CLEAN
    } else if failed.iter().any(|one| is_key(one)) || count > book.integer(&most, on)? {
        PROBLEM
    } else {
        FOLLOW_UP
    };
    Ok(book.codes(&set, on).find(|code| code.has_tag(tag)).map(|code| code.code.clone()))
}

/// Whether a verdict in a field on a day is a case lead.
pub fn is_case_lead(verdict: &str, field: &FieldCode, book: &Rulebook, on: NaiveDate) -> bool {
    book.code(&verdicts_of(field), verdict, on).is_some_and(|code| code.has_tag(PROBLEM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ItemName;

    fn field(code: &str) -> FieldCode {
        FieldCode::parse(code).unwrap()
    }

    fn day() -> NaiveDate {
        "2026-11-01".parse().unwrap()
    }

    /// The items of food of a category.
    fn items(category: ItemCategory) -> Vec<String> {
        let (book, food) = (Rulebook::builtin(), field("FOOD"));
        let of_category = book.supervision_items(&food, day()).filter(|item| item.category == category);
        of_category.map(|item| item.item.clone()).collect()
    }

    fn verdict(failed: &[String], of: &FieldCode) -> Option<String> {
        let check = |item: &String| ItemCheck {
            item: ItemName(item.clone()),
            verdict: "NotConforming".into(),
            note: "现场未见".into(),
            evidence: Vec::new(),
        };
        let checks: Vec<ItemCheck> = failed.iter().map(check).collect();
        verdict_of(Some(&checks), of, &Rulebook::builtin(), day()).unwrap()
    }

    #[test]
    fn a_key_item_that_fails_decides_and_general_ones_only_where_they_are_many() {
        let (general, key) = (items(ItemCategory::General), items(ItemCategory::Key));
        let food = field("FOOD");
        assert_eq!(verdict(&[], &food).as_deref(), Some("Conforms"));
        assert_eq!(verdict(&general[..1], &food).as_deref(), Some("MostlyConforms"));
        assert_eq!(verdict(&key[..1], &food).as_deref(), Some("Fails"));
        assert_eq!(verdict(&["food.commitment".to_owned()], &food).as_deref(), Some("MostlyConforms"));
        let repeated = |times| vec![general[0].clone(); times];
        assert_eq!(verdict(&repeated(8), &food).as_deref(), Some("MostlyConforms"));
        assert_eq!(verdict(&repeated(9), &food).as_deref(), Some("Fails"));
    }

    #[test]
    fn a_field_without_verdicts_has_none_and_neither_has_a_visit_that_checked_nothing() {
        let book = Rulebook::builtin();
        assert_eq!(verdict(&[], &field("SE")), None);
        assert_eq!(verdict_of(None, &field("FOOD"), &book, day()).unwrap(), None);
    }

    #[test]
    fn only_the_worst_verdict_is_a_case_lead() {
        let (book, food) = (Rulebook::builtin(), field("FOOD"));
        let is_lead = |verdict: &&str| is_case_lead(verdict, &food, &book, day());
        let leads: Vec<_> = ["Conforms", "MostlyConforms", "Fails", ""].into_iter().filter(is_lead).collect();
        assert_eq!(leads, ["Fails"]);
    }
}
