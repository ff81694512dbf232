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
mod search;
mod shortage;

use crate::Digest;

use super::select::Ticket;
use super::{Header, InspectorTable, Pool, Seed};
use problem::Problem;

pub use shortage::{Infeasible, Lack, Shortage};

/// So many at the beginning of an object's order nearly always hold those that the short way takes.
const FIRST: usize = 16;

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
    let ranked = |object: usize| {
        let eligible = problem.eligible(object);
        let entry = pool.entry(drawn[object].place as usize);
        let id = |number: usize| table.inspectors()[eligible[number] as usize].id.as_str();
        let ranks = seed.inspector_ranks(entry.object, eligible.len(), id);
        ranks.into_iter().zip(eligible.iter().copied()).collect::<Vec<_>>()
    };
    let order = |object: usize| in_order(ranked(object));
    let first = |object: usize| {
        let mut ranked = ranked(object);
        if ranked.len() > FIRST {
            ranked.select_nth_unstable(FIRST);
            ranked.truncate(FIRST);
        }
        in_order(ranked)
    };
    let slots = match greedy::solve(&problem, &first, &order) {
        Some(slots) => slots,
        None => exact::solve(&problem, &order).map_err(|unserved| {
            shortage::explain(&unserved, &problem, pool, table, drawn, &header.plan.lead_office)
        })?,
    };
    Ok(slots.chunks(per_object).map(<[u32]>::to_vec).collect())
}

fn in_order(mut ranked: Vec<(Digest, u32)>) -> Vec<u32> {
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, inspector)| inspector).collect()
}

#[cfg(test)]
mod tests;
