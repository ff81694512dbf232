//! The exact way: keep a complete assignment, fix slot after slot to the earliest inspector that is still possible.
//!
//! A slot can be fixed to an inspector with room at once. An inspector who is full must first pass on an object,
//! which is possible exactly when there is an augmenting path. When there is none, everyone reached forms a closed
//! group: full, and passing objects only among themselves. That stays so in every later state, because all complete
//! assignments fill such a group with the same objects; so the group is remembered and not searched again.

use std::ops::{ControlFlow, Range};
use std::rc::Rc;

use rayon::prelude::*;

use super::flow::Flow;
use super::problem::Problem;
use super::search::{self, InspectorSet};

/// A slot that no assignment can fill beside the slots before it.
pub(super) struct Unserved {
    /// The object by ticket order.
    pub(super) object: usize,
    /// Its slot, 0 for the lead.
    pub(super) slot: usize,
    /// Everyone who could serve it directly or by hand-overs; all are full. Empty when nobody is eligible.
    pub(super) full: Vec<u32>,
}

/// The lexicographically first assignment, slot by slot.
///
/// # Errors
/// The slots, in order, that cannot be filled beside those before them.
pub(super) fn solve(
    problem: &Problem,
    order: &(dyn Fn(usize) -> Vec<u32> + Sync),
) -> Result<Vec<u32>, Vec<Unserved>> {
    let mut flow = Flow::new(problem);
    let unserved = fill(&mut flow);
    if !unserved.is_empty() {
        return Err(unserved);
    }
    let mut fixing = Fixing { flow, closed: vec![None; problem.caps.len()] };
    let orders = |objects: Range<usize>| objects.into_par_iter().map(order).collect();
    let _ = problem.for_each_order(&orders, |object, order| {
        for slot in 0..problem.per_object {
            fixing.fix_slot(object, slot, order);
        }
        ControlFlow::Continue(())
    });
    Ok(fixing.flow.into_slots())
}

/// Fills as many slots as any assignment can; slots before a failing one stay filled.
fn fill(flow: &mut Flow<'_>) -> Vec<Unserved> {
    let mut unserved = Vec::new();
    for object in 0..flow.problem.objects() {
        for slot in 0..flow.problem.per_object {
            if let Err(full) = fill_slot(flow, object, slot) {
                unserved.push(Unserved { object, slot, full });
            }
        }
    }
    unserved
}

fn fill_slot(flow: &mut Flow<'_>, object: usize, slot: usize) -> Result<(), Vec<u32>> {
    let problem = flow.problem;
    let possible = |flow: &Flow<'_>, i: u32| problem.fits_slot(i, slot) && !flow.holders(object).contains(&i);
    let mut candidates = problem.eligible(object).iter().copied().filter(|&i| possible(flow, i));
    if let Some(free) = candidates.clone().find(|&i| flow.has_room(i)) {
        flow.place(object, slot, free);
        return Ok(());
    }
    let path = search::find(flow, candidates.by_ref()).map_err(|full| full.iter().collect::<Vec<_>>())?;
    path.moves.into_iter().for_each(|step| flow.carry_out(step));
    flow.place(object, slot, path.start);
    Ok(())
}

struct Fixing<'p> {
    flow: Flow<'p>,
    /// Per inspector a closed group that contains everyone reachable from them, once one is known.
    closed: Vec<Option<Rc<InspectorSet>>>,
}

impl Fixing<'_> {
    fn fix_slot(&mut self, object: usize, slot: usize, order: &[u32]) {
        let held_by = self.flow.lift(object, slot);
        let fixed = order.iter().any(|&inspector| {
            let before = &self.flow.holders(object)[..slot];
            self.flow.problem.fits_slot(inspector, slot)
                && !before.contains(&inspector)
                && self.try_fix(object, slot, inspector, held_by)
        });
        assert!(fixed, "the holder of a complete assignment is always possible");
    }

    /// Fixes the lifted slot to `inspector` if the later slots can still be filled.
    fn try_fix(&mut self, object: usize, slot: usize, inspector: u32, held_by: u32) -> bool {
        if inspector == held_by {
            self.flow.fix(object, slot, inspector);
            return true;
        }
        let later = self.flow.holders(object).iter().skip(slot + 1).position(|&i| i == inspector);
        if let Some(offset) = later {
            self.flow.fix_by_exchange(object, slot, slot + 1 + offset, held_by);
            return true;
        }
        if !self.flow.has_room(inspector) && !self.make_room(object, slot, inspector, held_by) {
            return false;
        }
        self.flow.fix(object, slot, inspector);
        true
    }

    /// Lets a full inspector pass on one object, if any complete assignment allows it.
    fn make_room(&mut self, object: usize, slot: usize, inspector: u32, held_by: u32) -> bool {
        if self.flow.movable(inspector).is_empty() || self.is_known_closed(object, slot, inspector, held_by) {
            return false;
        }
        self.flow.reserve(object, slot, inspector);
        match search::find(&self.flow, std::iter::once(inspector)) {
            Ok(path) => {
                path.moves.into_iter().for_each(|step| self.flow.carry_out(step));
                true
            }
            Err(reached) => {
                self.flow.reserve(object, slot, held_by);
                self.remember_closed(inspector, reached);
                false
            }
        }
    }

    /// A closed group lets the slot in only if it already holds it, or holds a later slot of the same object that
    /// could change places with it.
    fn is_known_closed(&self, object: usize, slot: usize, inspector: u32, held_by: u32) -> bool {
        self.closed[inspector as usize].as_ref().is_some_and(|group| {
            !group.contains(held_by)
                && !self.flow.holders(object)[slot + 1..].iter().any(|&i| group.contains(i))
        })
    }

    fn remember_closed(&mut self, inspector: u32, reached: InspectorSet) {
        let group = Rc::new(reached);
        for member in group.iter() {
            let known = &mut self.closed[member as usize];
            // For the others of the group a smaller group may be known already; it says more.
            if member == inspector || known.is_none() {
                *known = Some(Rc::clone(&group));
            }
        }
    }
}
