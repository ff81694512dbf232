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

use super::select::Ticket;
use super::{Header, InspectorTable, Pool, Seed};
use problem::Problem;
use ranking::Ranking;

pub use shortage::{Infeasible, Lack, Shortage};

/// The inspectors (by place in the table) of every drawn object, lead first.
///
/// # Errors
/// Names the objects that cannot be served and what is missing.
pub(super) fn assign(
    header: &Header,
    pool: &Pool,
    table: &InspectorTable,
    seed: &Seed,
    drawn: &[Ticket],
) -> Result<Vec<Vec<u32>>, Infeasible> {
    let per_object = header.plan.inspectors_per_object as usize;
    let problem = Problem::of_draw(pool, table, drawn, per_object, &header.plan.lead_office);
    let ranking = Ranking::new(&problem, pool, table, seed, drawn);
    let order = |object: usize| ranking.order(object);
    let slots = match greedy::solve(&problem, &|objects| ranking.beginnings(objects), &order) {
        Some(slots) => slots,
        None => exact::solve(&problem, &order).map_err(|unserved| {
            shortage::explain(&unserved, &problem, pool, table, drawn, &header.plan.lead_office)
        })?,
    };
    Ok(slots.chunks(per_object).map(<[u32]>::to_vec).collect())
}

#[cfg(test)]
mod tests;
