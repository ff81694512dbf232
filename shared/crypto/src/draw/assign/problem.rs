//! The assignment in numbers: who may serve which class of objects, and how often.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

use crate::draw::select::Ticket;
use crate::draw::{Entry, InspectorTable, Pool};

/// Orders of so many objects are computed at a time: enough to keep all cores busy, few enough to hold.
const ORDERS_AT_A_TIME: usize = 4_096;

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
        let mut numbers: HashMap<(&str, &str, &[u32]), u32> = HashMap::new();
        let mut classes = Vec::new();
        let class_of = drawn
            .iter()
            .map(|ticket| {
                let entry = pool.entry(ticket.place as usize);
                let recused = recused.get(entry.object).map_or(&[][..], Vec::as_slice);
                *numbers.entry((entry.field, entry.division, recused)).or_insert_with(|| {
                    classes.push(eligible(table, entry));
                    (classes.len() - 1) as u32
                })
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
        orders: &dyn Fn(Range<usize>) -> Vec<Vec<u32>>,
        mut visit: impl FnMut(usize, &[u32]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for first in (0..self.objects()).step_by(ORDERS_AT_A_TIME) {
            let last = self.objects().min(first + ORDERS_AT_A_TIME);
            for (object, order) in (first..last).zip(&orders(first..last)) {
                visit(object, order)?;
            }
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

fn eligible(table: &InspectorTable, entry: Entry<'_>) -> Vec<u32> {
    let places = (0u32..).zip(table.inspectors());
    places.filter(|(_, inspector)| table.is_eligible(inspector, entry)).map(|(place, _)| place).collect()
}
