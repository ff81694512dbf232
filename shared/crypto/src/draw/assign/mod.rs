//! The inspectors of the drawn objects: the lexicographically first assignment that satisfies every rule.
//!
//! Slots are filled in fixed order (objects by ticket, lead slot first); each takes the first inspector of the
//! object's order that leaves all later slots possible. Most draws have room enough that taking the first free
//! inspector never ends in a dead end; such an answer is already the first one ([`greedy`]). Otherwise a complete
//! assignment is kept at all times and re-routed along augmenting paths as slots are fixed ([`exact`]).

mod exact;
mod flow;
mod greedy;
mod problem;
mod ranking;
mod search;
mod shortage;

use super::select::Selection;
use super::{Header, InspectorTable, Pool, Seed};
use problem::Problem;
use ranking::Ranking;

pub use shortage::{Infeasible, Lack, Shortage};

/// Who visits the drawn objects.
pub(super) struct Slots {
    per_object: usize,
    /// Places in the table: the objects in ticket order, in each the lead first.
    inspectors: Vec<u32>,
}

impl Slots {
    /// `per_object` inspectors, at least 1, for each object.
    pub(super) fn new(per_object: usize, inspectors: Vec<u32>) -> Self {
        Self { per_object, inspectors }
    }

    /// Slots of each object.
    pub(super) fn per_object(&self) -> usize {
        self.per_object
    }

    /// The inspectors of all slots.
    pub(super) fn all(&self) -> &[u32] {
        &self.inspectors
    }

    /// The inspectors of an object, by its place in ticket order.
    pub(super) fn of(&self, object: usize) -> &[u32] {
        &self.inspectors[object * self.per_object..][..self.per_object]
    }
}

/// The inspectors of every drawn object.
///
/// # Errors
/// Names the objects that cannot be served and what is missing.
pub(super) fn assign(
    header: &Header,
    pool: &Pool,
    table: &InspectorTable,
    seed: &Seed,
    selection: &Selection,
) -> Result<Slots, Infeasible> {
    let per_object = header.plan.inspectors_per_object as usize;
    let drawn = selection.drawn.as_slice();
    let problem = Problem::of_draw(pool, table, drawn, per_object, &header.plan.lead_office);
    let ranking = Ranking::new(&problem, pool, table, seed, selection);
    let order = |object: usize| ranking.order(object);
    let slots = match greedy::solve(&problem, &|objects| ranking.beginnings(objects), &order) {
        Some(slots) => slots,
        None => exact::solve(&problem, &order).map_err(|unserved| {
            shortage::explain(&unserved, &problem, pool, table, drawn, &header.plan.lead_office)
        })?,
    };
    Ok(Slots::new(per_object, slots))
}

#[cfg(test)]
mod tests;
