//! The assignment in numbers: who may serve which class of objects, and how often.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

use crate::draw::select::Ticket;
use crate::draw::{InspectorTable, Pool};

/// Orders of so many objects are computed at a time: enough to keep all cores busy, few enough to hold.
const ORDERS_AT_A_TIME: usize = 2_048;

/// Inspectors and objects by number. Objects with the same field, division and recusals form one class and share
/// one list of eligible inspectors.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// Most objects each inspector takes.
    pub(super) caps: Vec<u32>,
    /// Whether each inspector is of the lead office.
    pub(super) is_lead: Vec<bool>,
    /// Inspectors each object needs, at least 1.
    pub(super) per_object: usize,
    /// The eligible inspectors of each class, ascending.
    pub(super) classes: Vec<Vec<u32>>,
    /// The class of each object, in ticket order.
    pub(super) class_of: Vec<u32>,
}

impl Problem {
    /// Numbers the drawn objects and the table's inspectors.
    pub(super) fn of_draw(
        pool: &Pool,
        table: &InspectorTable,
        drawn: &[Ticket],
        per_object: usize,
        lead_office: &str,
    ) -> Self {
        let recused = recused_by_object(table);
        let mut qualified: HashMap<(&str, &str), Vec<u32>> = HashMap::new();
        let mut numbers: HashMap<(&str, &str, &[u32]), u32> = HashMap::new();
        let mut classes = Vec::new();
        // Where nobody is recused, what the pool says of many objects at once decides: no name is looked at.
        let mut of_pool_class: Vec<Option<u32>> = vec![None; pool.strata_of_classes().len()];
        let class_of = drawn
            .iter()
            .map(|ticket| {
                let pool_class = pool.class(ticket.place);
                if let Some(class) = of_pool_class[pool_class] {
                    return class;
                }
                let entry = pool.entry(ticket.place as usize);
                let of_object = recused.get(entry.object).map_or(&[][..], Vec::as_slice);
                let class = *numbers.entry((entry.field, entry.division, of_object)).or_insert_with(|| {
                    let qualified = qualified
                        .entry((entry.field, entry.division))
                        .or_insert_with(|| table.qualified(entry.field, entry.division));
                    classes.push(without(qualified, of_object));
                    (classes.len() - 1) as u32
                });
                if recused.is_empty() {
                    of_pool_class[pool_class] = Some(class);
                }
                class
            })
            .collect();
        Self {
            caps: table.inspectors().iter().map(|i| i.cap).collect(),
            is_lead: table.inspectors().iter().map(|i| i.office == lead_office).collect(),
            per_object,
            classes,
            class_of,
        }
    }

    /// Number of drawn objects.
    pub(super) fn objects(&self) -> usize {
        self.class_of.len()
    }

    /// The inspectors who may visit an object; caps are not looked at.
    pub(super) fn eligible(&self, object: usize) -> &[u32] {
        &self.classes[self.class_of[object] as usize]
    }

    /// Whether the inspector's office fits the slot; only the first, the lead slot, asks for one.
    pub(super) fn fits_slot(&self, inspector: u32, slot: usize) -> bool {
        slot > 0 || self.is_lead[inspector as usize]
    }

    /// Visits all objects in ticket order, each with its order of inspectors; `orders` gives those of some objects.
    pub(super) fn for_each_order(
        &self,
        orders: &(dyn Fn(Range<usize>) -> Vec<Vec<u32>> + Sync),
        mut visit: impl FnMut(usize, &[u32]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let end = |first: usize| self.objects().min(first + ORDERS_AT_A_TIME);
        let mut next = orders(0..end(0));
        for first in (0..self.objects()).step_by(ORDERS_AT_A_TIME) {
            let now = std::mem::take(&mut next);
            let behind = end(first)..end(end(first));
            // One core visits, which each needs the ones before it for; the others go on to the orders that come next.
            rayon::in_place_scope(|scope| {
                if !behind.is_empty() {
                    scope.spawn(|_| next = orders(behind));
                }
                (first..).zip(&now).try_for_each(|(object, order)| visit(object, order))
            })?;
        }
        ControlFlow::Continue(())
    }
}

fn recused_by_object(table: &InspectorTable) -> HashMap<&str, Vec<u32>> {
    let mut recused: HashMap<&str, Vec<u32>> = HashMap::new();
    for recusal in table.recusals() {
        if let Some(place) = table.position(&recusal.inspector) {
            recused.entry(&recusal.object).or_default().push(place as u32);
        }
    }
    for places in recused.values_mut() {
        places.dedup();
    }
    recused
}

/// Those of ascending numbers that are not among others, which ascend too.
fn without(all: &[u32], others: &[u32]) -> Vec<u32> {
    all.iter().copied().filter(|one| others.binary_search(one).is_err()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Digest;
    use crate::draw::{Entry, Inspector, PoolObject, Ratio, Recusal};

    const OBJECTS: usize = 24;

    fn name(number: usize) -> String {
        format!("91370102{number:010}")
    }

    /// Three strata over two divisions.
    fn pool() -> Pool {
        let object = |number: usize| PoolObject {
            object: name(number),
            stratum: ["A", "B", "C"][number % 3].into(),
            field: "FOOD".into(),
            division: if number < 10 { "370102" } else { "370103" }.into(),
        };
        let ratios = ["A", "B", "C"].map(|stratum| (stratum.to_owned(), Ratio::new(1, 2).unwrap()));
        Pool::new((0..OBJECTS).map(object), &ratios.into()).unwrap()
    }

    /// One by one, as the table says it.
    fn eligible(table: &InspectorTable, entry: Entry<'_>) -> Vec<u32> {
        let places = (0u32..).zip(table.inspectors());
        places.filter(|(_, inspector)| table.is_eligible(inspector, entry)).map(|(place, _)| place).collect()
    }

    fn table(recusals: Vec<Recusal>) -> InspectorTable {
        let inspector = |number: usize| Inspector {
            id: format!("{number:04}"),
            office: "FOOD_PROD".into(),
            fields: ["FOOD".to_owned()].into(),
            divisions: [if number.is_multiple_of(2) { "370102" } else { "370103" }.to_owned()].into(),
            cap: 9,
        };
        InspectorTable::new((0..6).map(inspector).collect(), recusals).unwrap()
    }

    #[test]
    fn each_object_has_its_eligible_inspectors_and_strata_divide_no_class() {
        let pool = pool();
        let drawn: Vec<Ticket> = (0..OBJECTS as u32)
            .rev()
            .map(|place| Ticket { ticket: Digest::from_bytes([0; 32]), place })
            .collect();
        let recusal = |object: usize| Recusal { inspector: "0002".into(), object: name(object) };
        for (recusals, classes) in [(vec![], 2), (vec![recusal(3), recusal(4)], 3)] {
            let table = table(recusals);
            let problem = Problem::of_draw(&pool, &table, &drawn, 2, "FOOD_PROD");
            assert_eq!(problem.classes.len(), classes);
            for (object, ticket) in drawn.iter().enumerate() {
                assert_eq!(problem.eligible(object), eligible(&table, pool.entry(ticket.place as usize)));
            }
        }
    }

    #[test]
    fn a_recusal_keeps_an_inspector_from_one_object_alone() {
        let recused = table(vec![Recusal { inspector: "0002".into(), object: name(3) }]);
        let by_object: BTreeMap<_, _> = recused_by_object(&recused).into_iter().collect();
        assert_eq!(by_object, BTreeMap::from([(name(3).as_str(), vec![2])]));
    }
}
