//! The order of inspectors for each object, as far as it is asked for.

use std::ops::Range;

use rayon::prelude::*;

use super::problem::Problem;
use crate::draw::select::Ticket;
use crate::draw::{InspectorTable, Pool, Seed};
use crate::sm3::{Endings, Room};

/// So many at the beginning of an object's order nearly always hold those that the short way takes.
const FIRST: u64 = 16;

/// The inspectors of each drawn object by their hashes.
pub(super) struct Ranking<'a> {
    problem: &'a Problem,
    pool: &'a Pool,
    table: &'a InspectorTable,
    seed: &'a Seed,
    drawn: &'a [Ticket],
    /// The inspectors of each class behind objects with names of a length.
    ends: Vec<Option<Endings>>,
    /// Which of them stand behind each object.
    ends_of: Vec<u32>,
}

impl<'a> Ranking<'a> {
    pub(super) fn new(
        problem: &'a Problem,
        pool: &'a Pool,
        table: &'a InspectorTable,
        seed: &'a Seed,
        drawn: &'a [Ticket],
    ) -> Self {
        let (mut ends, mut ends_of) = (Vec::new(), Vec::with_capacity(drawn.len()));
        // By class: the lengths of names that were met, few of them, and where the ends behind them stand.
        let mut known: Vec<Vec<(usize, u32)>> = vec![Vec::new(); problem.classes.len()];
        for (object, (ticket, class)) in drawn.iter().zip(&problem.class_of).enumerate() {
            let length = pool.object(ticket.place).len();
            let of_class = &mut known[*class as usize];
            let met = of_class.iter().find(|(other, _)| *other == length).map(|(_, number)| *number);
            ends_of.push(met.unwrap_or_else(|| {
                let id = |inspector: &u32| table.inspectors()[*inspector as usize].id.as_bytes();
                let ids: Vec<&[u8]> = problem.eligible(object).iter().map(id).collect();
                ends.push(Seed::inspector_ends(length, &ids));
                let number = ends.len() as u32 - 1;
                of_class.push((length, number));
                number
            }));
        }
        Self { problem, pool, table, seed, drawn, ends, ends_of }
    }

    /// The whole order.
    pub(super) fn order(&self, object: usize) -> Vec<u32> {
        let eligible = self.problem.eligible(object);
        let id = |number: usize| self.table.inspectors()[eligible[number] as usize].id.as_str();
        let ranks = self.seed.inspector_ranks(self.object(object), eligible.len(), id);
        let mut ranked: Vec<_> = ranks.into_iter().zip(eligible).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, inspector)| *inspector).collect()
    }

    /// The beginnings of the orders of neighbouring objects, on all cores; each has as many as its hashes happen to give, none too.
    pub(super) fn beginnings(&self, objects: Range<usize>) -> Vec<Vec<u32>> {
        objects.into_par_iter().map_init(Room::default, |room, object| self.beginning(object, room)).collect()
    }

    fn beginning(&self, object: usize, room: &mut Room) -> Vec<u32> {
        let (name, eligible) = (self.object(object), self.problem.eligible(object));
        let Some(ends) = &self.ends[self.ends_of[object] as usize] else {
            return self.order(object);
        };
        // Hashes are evenly spread: so many are expected below the bound.
        let bound = u32::try_from((FIRST << 32) / (eligible.len() as u64).max(1)).unwrap_or(u32::MAX);
        let mut ranked = self.seed.ranks_below(bound, name, ends, room);
        ranked.sort_unstable();
        if ranked.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            // Four bytes do not tell them apart.
            return self.order(object);
        }
        ranked.into_iter().map(|(_, number)| eligible[number]).collect()
    }

    fn object(&self, object: usize) -> &'a str {
        self.pool.name(self.drawn[object].place)
    }
}
