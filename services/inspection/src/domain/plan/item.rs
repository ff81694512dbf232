//! What one task carries out of a plan: the visits of a month that are made alike.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Months, NaiveDate};
use domain::{FieldCode, Uscc};

use super::{Month, PlannedVisit};
use crate::domain::{InvalidName, PlanName};

/// Visits of a month of a plan in the same fields, of which the same are full checks: `plans/{plan}/items/{month}-{fields}`, with a
/// further `-{fields}` for those in which they are the full check that the law asks for; fields are joined by dots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanItem {
    /// The version of the plan.
    pub plan: PlanName,
    /// The month.
    pub month: Month,
    /// The fields that are inspected: more than one is a joint visit.
    pub fields: Vec<FieldCode>,
    /// The fields in which it is the full check.
    pub full_check: Vec<FieldCode>,
}

impl PlanItem {
    /// Reads the name of an item.
    ///
    /// # Errors
    /// [`InvalidName`].
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName::PLAN_ITEM;
        let fields = |text: &str| {
            text.split('.').map(FieldCode::parse).collect::<Result<Vec<_>, _>>().map_err(|_| FORM)
        };
        let (plan, id) = text.split_once("/items/").ok_or(FORM)?;
        let mut parts = id.split('-');
        let month =
            parts.next().and_then(|month| month.parse().ok()).filter(|month| (1..=12).contains(month));
        let item = Self {
            plan: PlanName::parse(plan).map_err(|_| FORM)?,
            month: month.ok_or(FORM)?,
            fields: fields(parts.next().ok_or(FORM)?)?,
            full_check: parts.next().map(fields).transpose()?.unwrap_or_default(),
        };
        if item.to_string() == text { Ok(item) } else { Err(FORM) }
    }

    /// Whether the law asks for all of it. Then it uses up no annual cap, and who is visited tells no class.
    pub fn is_asked_by_law(&self) -> bool {
        self.full_check.len() == self.fields.len()
    }

    /// Last day of its month; `None` beyond the years of the calendar.
    pub fn last_day(&self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.plan.year(), self.month, 1)?
            .checked_add_months(Months::new(1))?
            .pred_opt()
    }
}

impl fmt::Display for PlanItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted =
            |fields: &[FieldCode]| fields.iter().map(FieldCode::as_str).collect::<Vec<_>>().join(".");
        write!(f, "{}/items/{}-{}", self.plan, self.month, dotted(&self.fields))?;
        if self.full_check.is_empty() { Ok(()) } else { write!(f, "-{}", dotted(&self.full_check)) }
    }
}

/// The items of visits of a plan, with those who are visited, in this order.
pub fn items_of(plan: &PlanName, visits: &[PlannedVisit]) -> BTreeMap<PlanItem, Vec<Uscc>> {
    let mut items: BTreeMap<PlanItem, Vec<Uscc>> = BTreeMap::new();
    for PlannedVisit { month, uscc, fields, full_check, .. } in visits {
        let item = PlanItem {
            plan: plan.clone(),
            month: *month,
            fields: fields.clone(),
            full_check: full_check.clone(),
        };
        items.entry(item).or_default().push(uscc.clone());
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::uscc;

    #[test]
    fn items_have_one_spelling() {
        for name in ["plans/2027-1/items/3-FOOD", "plans/2027-2/items/12-FOOD.SE-FOOD"] {
            assert_eq!(PlanItem::parse(name).unwrap().to_string(), name);
        }
        for other in [
            "plans/2027-1/items/03-FOOD",
            "plans/2027-1/items/13-FOOD",
            "plans/2027-1/items/3",
            "plans/2027-1/items/3-FOOD-",
            "plans/2027-1/items/3-FOOD-FOOD-FOOD",
            "plans/2027-1",
        ] {
            assert!(PlanItem::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn an_item_ends_with_its_month_and_is_asked_by_law_only_when_all_of_it_is_a_full_check() {
        let item = |name: &str| PlanItem::parse(name).unwrap();
        let last = |name: &str| item(name).last_day().unwrap().to_string();
        assert_eq!(last("plans/2027-1/items/12-FOOD"), "2027-12-31");
        assert_eq!(last("plans/2028-1/items/2-FOOD"), "2028-02-29");
        let asked = ["3-FOOD", "3-FOOD-FOOD", "3-FOOD.SE-FOOD", "3-FOOD.SE-FOOD.SE"]
            .map(|id| item(&format!("plans/2027-1/items/{id}")).is_asked_by_law());
        assert_eq!(asked, [false, true, false, true]);
    }

    #[test]
    fn visits_that_are_made_alike_stand_together() {
        let codes =
            |codes: &[&str]| codes.iter().map(|code| FieldCode::parse(code).unwrap()).collect::<Vec<_>>();
        let visit = |number, fields: &[&str], full: &[&str]| PlannedVisit {
            month: 3,
            uscc: uscc(number),
            fields: codes(fields),
            full_check: codes(full),
            counts: full.len() < fields.len(),
        };
        let visits = [
            visit(1, &["FOOD"], &["FOOD"]),
            visit(2, &["FOOD"], &[]),
            visit(3, &["FOOD"], &["FOOD"]),
            visit(3, &["FOOD", "SE"], &["FOOD"]),
        ];
        let items: Vec<_> = items_of(&PlanName::new(2027, 1), &visits)
            .into_iter()
            .map(|(item, visited)| (item.to_string().split_off("plans/2027-1/items/".len()), visited))
            .collect();
        let expected = [
            ("3-FOOD", vec![uscc(2)]),
            ("3-FOOD-FOOD", vec![uscc(1), uscc(3)]),
            ("3-FOOD.SE-FOOD", vec![uscc(3)]),
        ];
        assert_eq!(items, expected.map(|(id, visited)| (id.to_owned(), visited)));
    }
}
