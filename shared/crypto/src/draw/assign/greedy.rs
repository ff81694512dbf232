//! The short way: every slot takes the first free inspector. If all slots can be filled like this, no slot could
//! have taken an earlier one, so the answer is the lexicographically first.

use std::ops::ControlFlow;

use super::problem::Problem;

/// The assignment, slot by slot, or `None` when some slot finds nobody free.
pub(super) fn solve(problem: &Problem, order: &(dyn Fn(usize) -> Vec<u32> + Sync)) -> Option<Vec<u32>> {
    let mut load = vec![0u32; problem.caps.len()];
    let mut slots = Vec::with_capacity(problem.objects() * problem.per_object);
    let outcome = problem.for_each_order(order, |_, order| {
        let first = slots.len();
        for slot in 0..problem.per_object {
            let free = |&&i: &&u32| {
                problem.fits_slot(i, slot)
                    && load[i as usize] < problem.caps[i as usize]
                    && !slots[first..].contains(&i)
            };
            let Some(&inspector) = order.iter().find(free) else { return ControlFlow::Break(()) };
            load[inspector as usize] += 1;
            slots.push(inspector);
        }
        ControlFlow::Continue(())
    });
    outcome.is_continue().then_some(slots)
}
