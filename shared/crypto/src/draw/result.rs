//! The result of a draw and the hashes that seal it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::word::USCC_LENGTH;
use super::{InspectorTable, Pool, Ratio, Secret, assign::Slots, select::Selection};
use crate::{Digest, sm3};

/// Domain text of the digest published at the draw.
const PUBLISHED: &str = "xinjian-published-v1";

/// One drawn object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnObject {
    /// The object.
    pub object: String,
    /// The stratum it was drawn from.
    pub stratum: String,
    /// Its ticket.
    pub ticket: Digest,
}

/// One stratum after the draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnStratum {
    /// The stratum.
    pub name: String,
    /// Objects of the pool in it.
    pub size: u64,
    /// The share that was drawn.
    pub ratio: Ratio,
    /// How many were drawn.
    pub k: u64,
}

/// One filled slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// The drawn object.
    pub object: String,
    /// The slot, 0 for the lead.
    pub slot: u32,
    /// The inspector's task-local number.
    pub inspector: String,
}

/// All that follows from a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The seed.
    pub seed: Digest,
    /// The strata in byte order with what was drawn of each.
    pub strata: Vec<DrawnStratum>,
    /// The drawn objects in ticket order.
    pub objects: Vec<DrawnObject>,
    /// The inspectors, in ticket order of the objects and slot order.
    pub assignment: Vec<Assigned>,
    /// SM3 over the drawn objects.
    pub objects_hash: Digest,
    /// Keyed hash of the assignment.
    pub assignment_hash: Digest,
    /// Hides the result until the task closes.
    pub nonce: Digest,
    /// What is sealed and published at the draw.
    pub result_hash: Digest,
}

/// What follows from the selection alone.
pub(super) struct Objects {
    /// The drawn objects by their places in the pool, each with its place in ticket order. Names are hashed in the order in which they lie in
    /// the pool, the byte order: nothing is sorted by what it is called.
    by_place: Vec<(u32, u32)>,
    list: Vec<DrawnObject>,
    hash: Digest,
}

impl Objects {
    pub(super) fn of(pool: &Pool, selection: &Selection) -> Self {
        let mut by_place: Vec<(u32, u32)> =
            selection.drawn.iter().zip(0..).map(|(drawn, number)| (drawn.place, number)).collect();
        by_place.par_sort_unstable();
        let names = by_place.iter().map(|(_, number)| selection.names.get(*number as usize));
        let (hash, list) =
            rayon::join(|| hash_of_lines(by_place.len(), names), || drawn_objects(pool, selection));
        Self { by_place, list, hash }
    }
}

impl Drawn {
    /// Names places and computes the hashes.
    pub(super) fn new(
        seed: Digest,
        pool: &Pool,
        table: &InspectorTable,
        secret: &Secret,
        selection: &Selection,
        objects: Objects,
        slots: &Slots,
    ) -> Self {
        let Objects { by_place, list: objects, hash: objects_hash } = objects;
        let id = |inspector: u32| table.inspectors()[inspector as usize].id.as_str();
        let filled = by_place
            .iter()
            .map(|(_, number)| (selection.names.get(*number as usize), slots.of(*number as usize)));
        let (assignment_hash, assignment) = rayon::join(
            || assignment_hash(filled, slots.per_object(), id, secret),
            || assignment(table, selection, slots),
        );
        let nonce = secret.result_nonce();
        let result_hash = result_hash(&nonce, &objects_hash, &assignment_hash);
        let strata = drawn_strata(pool, selection);
        Self { seed, strata, objects, assignment, objects_hash, assignment_hash, nonce, result_hash }
    }
}

/// SM3 over the drawn objects, a line each, in byte order.
pub fn objects_hash<'o>(objects: impl IntoIterator<Item = &'o str>) -> Digest {
    let mut objects: Vec<&str> = objects.into_iter().collect();
    // A line feed stands before every byte of a name: the lines have the order of the names.
    objects.sort_unstable();
    hash_of_lines(objects.len(), objects.into_iter())
}

/// SM3 over so many objects, which come in byte order.
fn hash_of_lines<'o>(count: usize, objects: impl Iterator<Item = &'o str>) -> Digest {
    let mut lines = String::with_capacity(count * (USCC_LENGTH + 1));
    for object in objects {
        lines.push_str(object);
        lines.push('\n');
    }
    sm3::digest(lines.as_bytes())
}

/// The digest that names a draw to the public: announcement, round, figures and result in one. It is published at the
/// draw, so that a proof shown later can be held against it.
pub fn published_hash(announcement_hash: &Digest, round: &str, digits: &str, result_hash: &Digest) -> Digest {
    sm3::digest(format!("{PUBLISHED}\n{announcement_hash}\n{round}\n{digits}\n{result_hash}").as_bytes())
}

/// The keyed hash of the assignment, a line a slot, in byte order: `filled` are the objects in byte order with their inspectors.
fn assignment_hash<'a, 's>(
    filled: impl Iterator<Item = (&'a str, &'s [u32])>,
    per_object: usize,
    id: impl Fn(u32) -> &'a str,
    secret: &Secret,
) -> Digest {
    // A tab stands before every byte of a name: the lines have the order of object and slot as text, in which 10 comes before 2.
    let mut slots: Vec<(String, usize)> = (0..per_object).map(|slot| (slot.to_string(), slot)).collect();
    slots.sort_unstable();
    let mut lines = String::new();
    for (object, inspectors) in filled {
        for (text, slot) in &slots {
            for part in [object, "\t", text.as_str(), "\t", id(inspectors[*slot]), "\n"] {
                lines.push_str(part);
            }
        }
    }
    secret.key().mac(&[lines.as_bytes()])
}

/// The hash sealed at the draw.
pub(super) fn result_hash(nonce: &Digest, objects_hash: &Digest, assignment_hash: &Digest) -> Digest {
    sm3::digest(format!("{nonce}\n{objects_hash}\n{assignment_hash}").as_bytes())
}

fn drawn_objects(pool: &Pool, selection: &Selection) -> Vec<DrawnObject> {
    let stratum_of = pool.strata_of_classes();
    let name = |(number, drawn): (usize, &super::select::Ticket)| DrawnObject {
        object: selection.names.get(number).to_owned(),
        stratum: pool.strata()[stratum_of[pool.class(drawn.place)]].name.clone(),
        ticket: drawn.ticket,
    };
    selection.drawn.par_iter().enumerate().map(name).collect()
}

fn drawn_strata(pool: &Pool, selection: &Selection) -> Vec<DrawnStratum> {
    let stratum = |(stratum, &k): (&super::PoolStratum, &u64)| DrawnStratum {
        name: stratum.name.clone(),
        size: stratum.size,
        ratio: stratum.ratio,
        k,
    };
    pool.strata().iter().zip(&selection.quotas).map(stratum).collect()
}

fn assignment(table: &InspectorTable, selection: &Selection, slots: &Slots) -> Vec<Assigned> {
    let per_object = slots.per_object();
    let filled = |(at, inspector): (usize, &u32)| Assigned {
        object: selection.names.get(at / per_object).to_owned(),
        slot: (at % per_object) as u32,
        inspector: table.inspectors()[*inspector as usize].id.clone(),
    };
    slots.all().par_iter().enumerate().map(filled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The objects of one party, with licences that begin alike, not in byte order.
    const OBJECTS: [&str; 4] =
        ["91370102MA4J283FE6/A1", "91370102MA4J283FE6/A", "91370102MA4J283FE6", "91370102MA4J283FE6/A!"];

    /// Lines in byte order, as the format has them.
    fn in_byte_order(mut lines: Vec<String>) -> String {
        lines.sort_unstable();
        lines.concat()
    }

    #[test]
    fn objects_of_one_party_stand_in_the_order_of_their_lines() {
        let lines = OBJECTS.iter().map(|object| format!("{object}\n")).collect();
        assert_eq!(objects_hash(OBJECTS), sm3::digest(in_byte_order(lines).as_bytes()));
    }

    #[test]
    fn slots_stand_in_the_order_of_their_lines_also_with_two_digits() {
        let secret = Secret::from_bytes([9; 32]);
        let ids: Vec<String> = (0..=12).map(|number| format!("I{number:04}")).collect();
        let inspectors: Vec<u32> = (0..=12).rev().collect();
        let mut objects = OBJECTS;
        objects.sort_unstable();
        let filled = objects.iter().map(|object| (*object, inspectors.as_slice()));
        let found =
            assignment_hash(filled, inspectors.len(), |number| ids[number as usize].as_str(), &secret);
        let line = |object: &str, slot: usize| format!("{object}\t{slot}\t{}\n", ids[12 - slot]);
        let lines = OBJECTS.iter().flat_map(|object| (0..=12).map(move |slot| (*object, slot)));
        let lines = in_byte_order(lines.map(|(object, slot)| line(object, slot)).collect());
        assert_eq!(found, secret.key().mac(&[lines.as_bytes()]));
    }
}
