//! What a task inspects: names of the catalogue of supervision items. The catalogue itself is data of the rulebook.

use std::fmt;

use chrono::NaiveDate;
use domain::FieldCode;
use rulebook::{Rulebook, SupervisionItem};

/// Name of an item of the catalogue, such as `food.process`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemName(pub(crate) String);

impl ItemName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a task inspects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskItems {
    /// The items, in the order of the catalogue.
    pub items: Vec<ItemName>,
    /// Whether that is all of the catalogue: a full check.
    pub is_whole: bool,
}

/// Why a task cannot inspect what it names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemProblem {
    /// The name at a place of the list is not in the catalogue.
    #[error("`{item}` is not an item of the field's catalogue on this day")]
    Outside {
        /// Its place, from 0.
        at: usize,
        /// What was named.
        item: String,
    },
    /// The catalogue has no item by which the keeping of commitments is checked.
    #[error(
        "the catalogue of the field has no item for the keeping of commitments, which every task carries"
    )]
    NoCommitment,
}

/// What a task created on a day inspects: the named items, or all of the field when none is named, and always those for the keeping
/// of commitments (R38). In the order of the catalogue, each once.
///
/// # Errors
/// Every name that is not in the catalogue (R18), or that the catalogue cannot be used.
pub fn items_of_task(
    named: &[String],
    field: &FieldCode,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<TaskItems, Vec<ItemProblem>> {
    let catalogue: Vec<&SupervisionItem> = book.supervision_items(field, today).collect();
    let is_known = |name: &String| catalogue.iter().any(|item| item.item == *name);
    let strange = named.iter().enumerate().filter(|(_, name)| !is_known(name));
    let mut problems: Vec<_> =
        strange.map(|(at, item)| ItemProblem::Outside { at, item: item.clone() }).collect();
    if !catalogue.iter().any(|item| item.commitment) {
        problems.push(ItemProblem::NoCommitment);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let wanted = |item: &&&SupervisionItem| named.is_empty() || item.commitment || named.contains(&item.item);
    let items: Vec<_> = catalogue.iter().filter(wanted).map(|item| ItemName(item.item.clone())).collect();
    Ok(TaskItems { is_whole: items.len() == catalogue.len(), items })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(named: &[&str], field: &str, day: &str) -> Result<Vec<String>, Vec<ItemProblem>> {
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        let field = FieldCode::parse(field).unwrap();
        let items = items_of_task(&named, &field, &Rulebook::builtin(), day.parse().unwrap())?;
        assert_eq!(items.is_whole, named.is_empty() || items.items.len() > 2, "{items:?}");
        Ok(items.items.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_task_carries_the_commitment_item_whatever_it_names() {
        for field in Rulebook::builtin().fields() {
            let all = items(&[], field.code.as_str(), "2026-03-02").unwrap();
            let prefix = field.code.as_str().to_lowercase();
            assert!(all.contains(&format!("{prefix}.commitment")), "{all:?}");
            let one = items(&[&all[0], &all[0]], field.code.as_str(), "2026-03-02").unwrap();
            assert_eq!(one, [all[0].clone(), format!("{prefix}.commitment")]);
        }
    }

    #[test]
    fn every_item_outside_the_catalogue_is_named_with_its_place() {
        let refused = items(&["food.label", "se.licence", "made.up"], "FOOD", "2026-03-02").unwrap_err();
        let outside = |at, item: &str| ItemProblem::Outside { at, item: item.to_owned() };
        assert_eq!(refused, [outside(1, "se.licence"), outside(2, "made.up")]);
    }

    #[test]
    fn an_item_is_judged_by_the_day_of_the_task() {
        // Order 49 is in force from 2022-03-15 on.
        assert!(items(&["food.label"], "FOOD", "2022-03-14").is_err());
        assert!(items(&["food.label"], "FOOD", "2022-03-15").is_ok());
        assert_eq!(items(&[], "FOOD", "2022-03-14").unwrap(), ["food.commitment"]);
        assert_eq!(items(&[], "FOOD", "2021-09-26").unwrap_err(), [ItemProblem::NoCommitment]);
    }
}
