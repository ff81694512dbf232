//! The names of a pool's objects in one piece of memory, each where the one before ends.

use std::cmp::Ordering;

use rayon::prelude::*;

/// Names that one core compares at a time, at least.
const PART: usize = 4_096;

/// Names in the order in which they came or, once sorted, in byte order.
#[derive(Clone, Debug, Default)]
pub(in crate::draw) struct Objects {
    text: String,
    ends: Vec<u32>,
}

impl Objects {
    /// Room for so many names of a length.
    pub(super) fn with_room(names: usize, length: usize) -> Self {
        Self { text: String::with_capacity(names * length), ends: Vec::with_capacity(names) }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The caller bounds number and length of names: together they fit 32 bits.
    pub(super) fn push(&mut self, object: &str) {
        self.text.push_str(object);
        self.ends.push(self.text.len() as u32);
    }

    /// All of others behind these.
    pub(super) fn append(&mut self, others: &Self) {
        let before = self.text.len() as u32;
        self.text.push_str(&others.text);
        self.ends.extend(others.ends.iter().map(|end| before + end));
    }

    pub(in crate::draw) fn get(&self, place: usize) -> &str {
        &self.text[self.start(place)..self.ends[place] as usize]
    }

    pub(super) fn bytes(&self, place: usize) -> &[u8] {
        &self.text.as_bytes()[self.start(place)..self.ends[place] as usize]
    }

    fn start(&self, place: usize) -> usize {
        place.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    /// The place of a name among sorted ones.
    pub(super) fn position(&self, object: &str) -> Option<usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            match self.get(middle).cmp(object) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => to = middle,
            }
        }
        None
    }

    /// The places in byte order; `None` when they already stand in it, each once.
    pub(super) fn order(&self) -> Option<Vec<u32>> {
        let pairs = (1..self.len()).into_par_iter().with_min_len(PART);
        if pairs.all(|place| self.bytes(place - 1) < self.bytes(place)) {
            return None;
        }
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.par_sort_unstable_by(|a, b| self.get(*a as usize).cmp(self.get(*b as usize)));
        Some(order)
    }

    /// The names at places, in their order.
    pub(super) fn in_order(&self, places: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut objects = Self::with_room(places.len(), self.text.len().div_ceil(self.len().max(1)));
        places.for_each(|place| objects.push(self.get(place as usize)));
        objects
    }

    /// The first name that stands twice among sorted ones.
    pub(super) fn twice(&self) -> Option<&str> {
        (1..self.len()).find(|place| self.get(*place) == self.get(place - 1)).map(|place| self.get(place))
    }
}
