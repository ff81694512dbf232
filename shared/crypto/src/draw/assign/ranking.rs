//! The order of inspectors for each object, as far as it is asked for.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::problem::Problem;
use crate::draw::pool::Names;
use crate::draw::select::Selection;
use crate::draw::{InspectorTable, Pool, Seed};
use crate::sm3::{Endings, LANES, Room};

/// So many at the beginning of an object's order nearly always hold those that the short way takes.
const FIRST: u64 = 16;
/// Most inspectors, each counted for every length of names behind which they stand, that are made ready to stand there: some 70 MB. They
/// take room by sixteens, so a list of one counts as many.
const MOST_READY: usize = 1 << 18;

/// The inspectors of each drawn object by their hashes.
pub(super) struct Ranking<'a> {
    problem: &'a Problem,
    table: &'a InspectorTable,
    seed: &'a Seed,
    names: &'a Names,
    behind: Vec<Behind>,
    /// Which of them each object has.
    behind_of: Vec<u32>,
}

/// All inspectors of a field and division behind objects with names of a length; recusals, which would make many lists of one, are not
/// looked at.
struct Behind {
    inspectors: Vec<u32>,
    /// `None` where they cannot be hashed at once.
    ends: Option<Endings>,
}

impl<'a> Ranking<'a> {
    pub(super) fn new(
        problem: &'a Problem,
        pool: &'a Pool,
        table: &'a InspectorTable,
        seed: &'a Seed,
        selection: &'a Selection,
    ) -> Self {
        let Selection { drawn, names, .. } = selection;
        let (mut behind, mut behind_of) = (Vec::new(), Vec::with_capacity(drawn.len()));
        // By class: the lengths of names that were met, few of them, and what stands behind those.
        let mut known: Vec<Vec<(usize, u32)>> = vec![Vec::new(); problem.classes.len()];
        let mut numbers: HashMap<(&str, &str, usize), u32> = HashMap::new();
        let mut ready = 0;
        for (object, (ticket, class)) in drawn.iter().zip(&problem.class_of).enumerate() {
            let length = names.get(object).len();
            let of_class = &mut known[*class as usize];
            let met = of_class.iter().find(|(other, _)| *other == length).map(|(_, number)| *number);
            behind_of.push(met.unwrap_or_else(|| {
                let entry = pool.entry(ticket.place as usize);
                let number = *numbers.entry((entry.field, entry.division, length)).or_insert_with(|| {
                    let inspectors = table.qualified(entry.field, entry.division);
                    ready += inspectors.len().next_multiple_of(LANES);
                    let ends = (ready <= MOST_READY).then(|| ends(table, &inspectors, length)).flatten();
                    behind.push(Behind { inspectors, ends });
                    behind.len() as u32 - 1
                });
                of_class.push((length, number));
                number
            }));
        }
        Self { problem, table, seed, names, behind, behind_of }
    }

    /// The whole order.
    pub(super) fn order(&self, object: usize) -> Vec<u32> {
        let eligible = self.problem.eligible(object);
        let id = |number: usize| self.table.inspectors()[eligible[number] as usize].id.as_str();
        let ranks = self.seed.inspector_ranks(self.names.get(object), eligible.len(), id);
        let mut ranked: Vec<_> = ranks.into_iter().zip(eligible).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, inspector)| *inspector).collect()
    }

    /// The beginnings of the orders of neighbouring objects, on all cores; each has as many as its hashes happen to give, none too.
    pub(super) fn beginnings(&self, objects: Range<usize>) -> Vec<Vec<u32>> {
        objects.into_par_iter().map_init(Room::default, |room, object| self.beginning(object, room)).collect()
    }

    fn beginning(&self, object: usize, room: &mut Room) -> Vec<u32> {
        let Behind { inspectors, ends } = &self.behind[self.behind_of[object] as usize];
        let Some(ends) = ends else {
            return self.order(object);
        };
        // Hashes are evenly spread: so many are expected below the bound.
        let bound = u32::try_from((FIRST << 32) / (inspectors.len() as u64).max(1)).unwrap_or(u32::MAX);
        let ranked = self.seed.ranks_below(bound, self.names.get(object), ends, room);
        if ranked.windows(2).any(|pair| pair[0] >> 32 == pair[1] >> 32) {
            // Four bytes do not tell them apart.
            return self.order(object);
        }
        let ranked = ranked.iter().map(|rank| inspectors[*rank as u32 as usize]);
        let eligible = self.problem.eligible(object);
        if eligible.len() == inspectors.len() {
            return ranked.collect();
        }
        ranked.filter(|inspector| eligible.binary_search(inspector).is_ok()).collect()
    }
}

fn ends(table: &InspectorTable, inspectors: &[u32], object_length: usize) -> Option<Endings> {
    let id = |inspector: &u32| table.inspectors()[*inspector as usize].id.as_bytes();
    Seed::inspector_ends(object_length, &inspectors.iter().map(id).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Digest;
    use crate::draw::select::Ticket;
    use crate::draw::{Entropy, Inspector, PoolObject, Ratio, Secret};

    #[test]
    fn lists_of_one_are_made_ready_no_further_than_the_room_for_them_and_all_are_ordered() {
        let objects = MOST_READY / LANES + 3;
        let division = |number: usize| format!("{number:06}");
        let object = |number: usize| PoolObject {
            object: format!("91370102{number:010}"),
            stratum: "A".into(),
            field: "FOOD".into(),
            division: division(number),
        };
        let ratios = BTreeMap::from([("A".to_owned(), Ratio::new(1, 1).unwrap())]);
        let pool = Pool::new((0..objects).map(object), &ratios).unwrap();
        let inspector = Inspector {
            id: "0001".into(),
            office: "FOOD_PROD".into(),
            fields: ["FOOD".to_owned()].into(),
            divisions: (0..objects).map(division).collect(),
            cap: u32::MAX,
        };
        let table = InspectorTable::new(vec![inspector], Vec::new()).unwrap();
        let ticket = Digest::from_bytes([7; 32]);
        let entropy = Entropy::of_digits("2026300", "423").unwrap();
        let seed = Seed::new(&ticket, &Secret::from_bytes([9; 32]), &entropy);
        let places = 0..objects as u32;
        let names = pool.names(places.clone());
        let drawn = places.map(|place| Ticket { ticket, place }).collect();
        let selection = Selection { quotas: vec![objects as u64], drawn, names };
        let problem = Problem::of_draw(&pool, &table, &selection.drawn, 1, "FOOD_PROD");
        let ranking = Ranking::new(&problem, &pool, &table, &seed, &selection);
        let ready = ranking.behind.iter().filter(|behind| behind.ends.is_some()).count();
        assert_eq!((ranking.behind.len(), ready), (objects, MOST_READY / LANES));
        assert_eq!(ranking.beginnings(objects - 6..objects), vec![vec![0_u32]; 6]);
    }
}
