//! A complete assignment that can be re-routed: who holds which slot, and which slots may still move.

use std::collections::BTreeSet;

use super::problem::Problem;

/// No inspector holds the slot.
pub(super) const NOBODY: u32 = u32::MAX;

/// One object leaves `from` and goes to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The object.
    pub(super) object: usize,
    /// The inspector who gives it away.
    pub(super) from: u32,
    /// The inspector who takes it.
    pub(super) to: u32,
}

/// The state of an assignment in the making. Caps hold for every inspector after each whole step.
pub(super) struct Flow<'p> {
    /// The problem being solved.
    pub(super) problem: &'p Problem,
    slots: Vec<u32>,
    load: Vec<u32>,
    /// Per inspector the (class, object) of slots that may still move; an object holds an inspector at most once.
    movable: Vec<BTreeSet<(u32, u32)>>,
}

impl<'p> Flow<'p> {
    /// Nobody holds anything.
    pub(super) fn new(problem: &'p Problem) -> Self {
        let inspectors = problem.caps.len();
        Self {
            problem,
            slots: vec![NOBODY; problem.objects() * problem.per_object],
            load: vec![0; inspectors],
            movable: vec![BTreeSet::new(); inspectors],
        }
    }

    /// The holders of an object's slots, lead first.
    pub(super) fn holders(&self, object: usize) -> &[u32] {
        let m = self.problem.per_object;
        &self.slots[object * m..][..m]
    }

    /// All holders, slot by slot.
    pub(super) fn into_slots(self) -> Vec<u32> {
        self.slots
    }

    /// Whether the inspector can take one more.
    pub(super) fn has_room(&self, inspector: u32) -> bool {
        self.load[inspector as usize] < self.problem.caps[inspector as usize]
    }

    /// The (class, object) pairs the inspector could give away.
    pub(super) fn movable(&self, inspector: u32) -> &BTreeSet<(u32, u32)> {
        &self.movable[inspector as usize]
    }

    /// Whether only an inspector of the lead office may take over the object: the one who gives it away is its last.
    pub(super) fn needs_lead(&self, object: usize, from: u32) -> bool {
        let is_lead = |i: u32| i != NOBODY && self.problem.is_lead[i as usize];
        is_lead(from) && self.holders(object).iter().filter(|&&i| is_lead(i)).count() == 1
    }

    /// Puts an inspector on a slot, movable.
    pub(super) fn place(&mut self, object: usize, slot: usize, inspector: u32) {
        *self.slot(object, slot) = inspector;
        self.load[inspector as usize] += 1;
        let key = self.key(object);
        self.movable[inspector as usize].insert(key);
    }

    /// Takes the inspector off a slot and answers who it was; the slot keeps the name until it is written again.
    pub(super) fn lift(&mut self, object: usize, slot: usize) -> u32 {
        let inspector = self.holders(object)[slot];
        let key = self.key(object);
        self.movable[inspector as usize].remove(&key);
        self.load[inspector as usize] -= 1;
        inspector
    }

    /// Names the inspector who is to get a lifted slot, so that the object gives no second slot to the same one.
    pub(super) fn reserve(&mut self, object: usize, slot: usize, inspector: u32) {
        *self.slot(object, slot) = inspector;
    }

    /// Gives a lifted slot to an inspector for good.
    pub(super) fn fix(&mut self, object: usize, slot: usize, inspector: u32) {
        *self.slot(object, slot) = inspector;
        self.load[inspector as usize] += 1;
    }

    /// Fixes a lifted slot to the holder of a later slot of the same object, who gives the later one to `lifted`.
    pub(super) fn fix_by_exchange(&mut self, object: usize, slot: usize, later: usize, lifted: u32) {
        let inspector = self.lift(object, later);
        self.place(object, later, lifted);
        self.fix(object, slot, inspector);
    }

    /// Carries out one step of an augmenting path.
    pub(super) fn carry_out(&mut self, step: Move) {
        let Move { object, from, to } = step;
        let at = self.slot_of(object, from);
        self.lift(object, at);
        self.place(object, at, to);
        if at == 0 && !self.problem.is_lead[to as usize] {
            // The object has another inspector of the lead office (`needs_lead` said so), who now leads.
            let is_lead = |&i: &u32| i != NOBODY && self.problem.is_lead[i as usize];
            let leads = self
                .holders(object)
                .iter()
                .position(is_lead)
                .expect("another lead inspector is on the object");
            let first = object * self.problem.per_object;
            self.slots.swap(first, first + leads);
        }
    }

    fn slot_of(&self, object: usize, inspector: u32) -> usize {
        self.holders(object)
            .iter()
            .position(|&i| i == inspector)
            .expect("a movable slot is held by its inspector")
    }

    fn slot(&mut self, object: usize, slot: usize) -> &mut u32 {
        &mut self.slots[object * self.problem.per_object + slot]
    }

    fn key(&self, object: usize) -> (u32, u32) {
        (self.problem.class_of[object], object as u32)
    }
}
