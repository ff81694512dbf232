//! The result of a draw and the hashes that seal it.

use serde::{Deserialize, Serialize};

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
        let objects = drawn_objects(pool, selection);
        let assignment = assignment(table, &objects, inspectors);
        let objects_hash = objects_hash(objects.iter().map(|drawn| drawn.object.as_str()));
        let assignment_hash = assignment_hash(&assignment, secret);
        let nonce = secret.result_nonce();
        let result_hash = result_hash(&nonce, &objects_hash, &assignment_hash);
        let strata = drawn_strata(pool, selection);
        Self { seed, strata, objects, assignment, objects_hash, assignment_hash, nonce, result_hash }
    }
}

/// SM3 over the drawn objects, a line each, in byte order.
pub fn objects_hash<'o>(objects: impl IntoIterator<Item = &'o str>) -> Digest {
    sm3::digest(sorted(objects.into_iter().map(|object| format!("{object}\n"))).as_bytes())
}

/// The digest that names a draw to the public: announcement, round, figures and result in one. It is published at the
/// draw, so that a proof shown later can be held against it.
pub fn published_hash(announcement_hash: &Digest, round: &str, digits: &str, result_hash: &Digest) -> Digest {
    sm3::digest(format!("{PUBLISHED}\n{announcement_hash}\n{round}\n{digits}\n{result_hash}").as_bytes())
}

/// The keyed hash of the assignment, a line a slot, in byte order.
fn assignment_hash(assignment: &[Assigned], secret: &Secret) -> Digest {
    let lines = sorted(assignment.iter().map(|a| format!("{}\t{}\t{}\n", a.object, a.slot, a.inspector)));
    secret.key().mac(&[lines.as_bytes()])
}

/// The hash sealed at the draw.
pub(super) fn result_hash(nonce: &Digest, objects_hash: &Digest, assignment_hash: &Digest) -> Digest {
    sm3::digest(format!("{nonce}\n{objects_hash}\n{assignment_hash}").as_bytes())
}

fn sorted(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines.concat()
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

fn assignment(table: &InspectorTable, objects: &[DrawnObject], inspectors: &[Vec<u32>]) -> Vec<Assigned> {
    let slots = objects.iter().zip(inspectors).flat_map(|(drawn, of_object)| {
        (0u32..).zip(of_object).map(|(slot, &place)| Assigned {
            object: drawn.object.clone(),
            slot,
            inspector: table.inspectors()[place as usize].id.clone(),
        })
    });
    slots.collect()
}
