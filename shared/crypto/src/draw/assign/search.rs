//! Breadth-first search for an augmenting path: how an inspector who is full can pass on one object so that, after
//! some hand-overs, it ends with someone who has room.

use std::collections::{HashMap, VecDeque};

use super::flow::{Flow, Move};

/// A set of inspectors, a bit each.
#[derive(Clone, Debug)]
pub(super) struct InspectorSet(Vec<u64>);

impl InspectorSet {
    fn empty(inspectors: usize) -> Self {
        Self(vec![0; inspectors.div_ceil(64)])
    }

    /// Whether the inspector is in the set.
    pub(super) fn contains(&self, inspector: u32) -> bool {
        self.0[inspector as usize / 64] >> (inspector % 64) & 1 == 1
    }

    /// The inspectors of the set, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.0.len() as u32 * 64).filter(|&inspector| self.contains(inspector))
    }

    fn insert(&mut self, inspector: u32) {
        self.0[inspector as usize / 64] |= 1 << (inspector % 64);
    }
}

/// A path that was found.
pub(super) struct Path {
    /// The inspector among the starts who will have given one object away.
    pub(super) start: u32,
    /// The hand-overs, in any order that keeps each valid.
    pub(super) moves: Vec<Move>,
}

/// Searches from `starts`, who are all full. Without a path, answers everyone who was reached: all of them are full
/// and can pass objects only among themselves.
pub(super) fn find(flow: &Flow<'_>, starts: impl Iterator<Item = u32>) -> Result<Path, InspectorSet> {
    let mut search = Search {
        flow,
        seen: InspectorSet::empty(flow.problem.caps.len()),
        came_by: HashMap::new(),
        queue: VecDeque::new(),
        unseen: HashMap::new(),
    };
    for start in starts {
        search.seen.insert(start);
        search.queue.push_back(start);
    }
    while let Some(inspector) = search.queue.pop_front() {
        if let Some(end) = search.expand(inspector) {
            return Ok(search.path_to(end));
        }
    }
    Err(search.seen)
}

struct Search<'f, 'p> {
    flow: &'f Flow<'p>,
    seen: InspectorSet,
    came_by: HashMap<u32, Move>,
    queue: VecDeque<u32>,
    /// Per class, and whether only the lead office will do, the eligible inspectors not seen yet. Objects of a class
    /// share the list, so that a class is walked once and not once per object.
    unseen: HashMap<(u32, bool), Vec<u32>>,
}

impl Search<'_, '_> {
    /// Sees everyone to whom `from` could hand an object; answers the first with room.
    fn expand(&mut self, from: u32) -> Option<u32> {
        let movable = self.flow.movable(from);
        let mut next = movable.first().copied();
        while let Some((class, object)) = next {
            let needs_lead = self.flow.needs_lead(object as usize, from);
            let (found, exhausted) = self.hand_over(class, needs_lead, object as usize, from);
            if found.is_some() {
                return found;
            }
            // When the whole class is seen no other object of it can add anyone.
            let after = if exhausted && !needs_lead { (class + 1, 0) } else { (class, object + 1) };
            next = movable.range(after..).next().copied();
        }
        None
    }

    /// Sees everyone who could take this object; answers the first with room, and whether the list is used up.
    fn hand_over(&mut self, class: u32, needs_lead: bool, object: usize, from: u32) -> (Option<u32>, bool) {
        let problem = self.flow.problem;
        let unseen = self.unseen.entry((class, needs_lead)).or_insert_with(|| {
            let eligible = &problem.classes[class as usize];
            eligible.iter().copied().filter(|&i| !needs_lead || problem.is_lead[i as usize]).collect()
        });
        let mut found = None;
        unseen.retain(|&to| {
            if found.is_some() || self.flow.holders(object).contains(&to) {
                return true;
            }
            if !self.seen.contains(to) {
                self.seen.insert(to);
                self.came_by.insert(to, Move { object, from, to });
                self.queue.push_back(to);
                found = self.flow.has_room(to).then_some(to);
            }
            false
        });
        (found, unseen.is_empty())
    }

    fn path_to(&self, end: u32) -> Path {
        let mut moves = Vec::new();
        let mut at = end;
        while let Some(&step) = self.came_by.get(&at) {
            moves.push(step);
            at = step.from;
        }
        Path { start: at, moves }
    }
}
