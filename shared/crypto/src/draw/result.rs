//! The result of a draw and the hashes that seal it.

use serde::{Deserialize, Serialize};

use super::announcement::MAX_PER_OBJECT;
use super::{InspectorTable, Pool, Ratio, Secret, select::Selection};
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

impl Drawn {
    /// Names places and computes the hashes.
    pub(super) fn new(
        seed: Digest,
        pool: &Pool,
        table: &InspectorTable,
        secret: &Secret,
        selection: &Selection,
        inspectors: &[Vec<u32>],
    ) -> Self {
        let (objects, assignment) =
            rayon::join(|| drawn_objects(pool, selection), || assignment(pool, table, selection, inspectors));
        // Places are in byte order: what is hashed need hardly be sorted then.
        let mut in_byte_order: Vec<usize> = (0..objects.len()).collect();
        in_byte_order.sort_unstable_by_key(|number| selection.drawn[*number].place);
        let (objects_hash, assignment_hash) = rayon::join(
            || objects_hash(in_byte_order.iter().map(|number| objects[*number].object.as_str())),
            || {
                let mut first_slot = vec![0; inspectors.len()];
                for number in 1..inspectors.len() {
                    first_slot[number] = first_slot[number - 1] + inspectors[number - 1].len();
                }
                let of_object =
                    |number: &usize| &assignment[first_slot[*number]..][..inspectors[*number].len()];
                assignment_hash(in_byte_order.iter().flat_map(of_object), secret)
            },
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
    let mut lines = String::new();
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

/// The keyed hash of the assignment, a line a slot, in byte order.
fn assignment_hash<'a>(assignment: impl Iterator<Item = &'a Assigned>, secret: &Secret) -> Digest {
    let texts: Vec<String> = (0..=MAX_PER_OBJECT).map(|slot| slot.to_string()).collect();
    let slot = |one: &Assigned| texts[one.slot as usize].as_str();
    let mut slots: Vec<(&str, &str, &str)> =
        assignment.map(|one| (one.object.as_str(), slot(one), one.inspector.as_str())).collect();
    // A tab stands before every byte of a name: the lines have the order of object and slot as text.
    slots.sort_unstable();
    let mut lines = String::new();
    for (object, slot, inspector) in slots {
        for part in [object, "\t", slot, "\t", inspector, "\n"] {
            lines.push_str(part);
        }
    }
    secret.key().mac(&[lines.as_bytes()])
}

/// The hash sealed at the draw.
pub(super) fn result_hash(nonce: &Digest, objects_hash: &Digest, assignment_hash: &Digest) -> Digest {
    sm3::digest(format!("{nonce}\n{objects_hash}\n{assignment_hash}").as_bytes())
}

fn drawn_objects(pool: &Pool, selection: &Selection) -> Vec<DrawnObject> {
    let name = |drawn: &super::select::Ticket| {
        let entry = pool.entry(drawn.place as usize);
        DrawnObject {
            object: entry.object.to_owned(),
            stratum: entry.stratum.to_owned(),
            ticket: drawn.ticket,
        }
    };
    selection.drawn.iter().map(name).collect()
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

fn assignment(
    pool: &Pool,
    table: &InspectorTable,
    selection: &Selection,
    inspectors: &[Vec<u32>],
) -> Vec<Assigned> {
    let slots = selection.drawn.iter().zip(inspectors).flat_map(|(drawn, of_object)| {
        (0u32..).zip(of_object).map(|(slot, &place)| Assigned {
            object: pool.entry(drawn.place as usize).object.to_owned(),
            slot,
            inspector: table.inspectors()[place as usize].id.clone(),
        })
    });
    slots.collect()
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
        let slots = OBJECTS.iter().flat_map(|object| {
            (0..=12).map(move |slot| Assigned {
                object: (*object).to_owned(),
                slot,
                inspector: format!("I{:04}", 12 - slot),
            })
        });
        let slots: Vec<Assigned> = slots.collect();
        let lines = slots.iter().map(|a| format!("{}\t{}\t{}\n", a.object, a.slot, a.inspector)).collect();
        let expected = secret.key().mac(&[in_byte_order(lines).as_bytes()]);
        assert_eq!(assignment_hash(slots.iter(), &secret), expected);
    }
}
