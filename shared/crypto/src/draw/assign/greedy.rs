//! The short way: every slot takes the first free inspector. If all slots can be filled like this, no slot could
//! have taken an earlier one, so the answer is the lexicographically first.

use std::ops::{ControlFlow, Range};

use super::problem::Problem;

/// Gives the beginnings of the orders of some objects.
pub(super) type Beginnings<'a> = &'a (dyn Fn(Range<usize>) -> Vec<Vec<u32>> + Sync);

/// The assignment, slot by slot, or `None` when some slot finds nobody free. An object's whole `order` is gone through only where its
/// beginning does not do.
pub(super) fn solve(
    problem: &Problem,
    beginnings: Beginnings<'_>,
    order: &dyn Fn(usize) -> Vec<u32>,
) -> Option<Vec<u32>> {
    let mut load = vec![0u32; problem.caps.len()];
    let mut slots = Vec::with_capacity(problem.objects() * problem.per_object);
    let outcome = problem.for_each_order(beginnings, |object, beginning| {
        let taken = slots.len();
        for slot in 0..problem.per_object {
            let is_free = |&i: &u32| {
                problem.fits_slot(i, slot)
                    && load[i as usize] < problem.caps[i as usize]
                    && !slots[taken..].contains(&i)
            };
            let found = beginning.iter().copied().find(is_free);
            let Some(inspector) = found.or_else(|| order(object).into_iter().find(is_free)) else {
                return ControlFlow::Break(());
            };
            load[inspector as usize] += 1;
            slots.push(inspector);
        }
        ControlFlow::Continue(())
    });
    outcome.is_continue().then_some(slots)
}
