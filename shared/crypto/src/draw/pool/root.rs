//! The Merkle tree over a pool, which hides what each object is and fixes that it is there.

use rayon::prelude::*;

use super::{Class, Entry, Pool};
use crate::Digest;
use crate::draw::Secret;
use crate::merkle::{self, Tree};
use crate::sm3::{self, Digests, LANES, ManyMacs, Messages, Prefix, Texts};

/// Leaves of a subtree that one lane computes.
const SUBTREE: usize = 64;
/// Leaves of the subtrees of all lanes.
const PART: usize = SUBTREE * LANES;

impl Pool {
    /// The Merkle tree over `object LF hex(blind)`, whose root is announced.
    pub fn tree(&self, secret: &Secret) -> Tree {
        let key = secret.many_macs();
        Tree::of_leaf_hashes(sm3::in_parts(self.class_of.len(), |part| {
            self.leaves(&key, part.start, part.len())
        }))
    }

    /// The root of that tree alone, much sooner than the tree.
    pub(in crate::draw) fn root(&self, secret: &Secret) -> Digest {
        let key = secret.many_macs();
        let (parts, rest) = (self.class_of.len() / PART, self.class_of.len() / PART * PART);
        let behind: Vec<String> = self.classes.iter().map(behind_object).collect();
        // Subtrees of the same whole size, the last one aside, are the leaves of the tree above them (RFC 6962, 2.1).
        let whole: Vec<[Digest; LANES]> =
            (0..parts).into_par_iter().map(|part| self.subtrees(&key, &behind, part * PART)).collect();
        let rest = self.leaves(&key, rest, self.class_of.len() - rest);
        let rest = rest.chunks(SUBTREE).map(|leaves| Tree::of_leaf_hashes(leaves.to_vec()).root());
        Tree::of_leaf_hashes(whole.into_iter().flatten().chain(rest).collect()).root()
    }

    /// The blind of the object at `index`, which hides its stratum, field and division in the pool root.
    pub fn blind(&self, index: usize, secret: &Secret) -> Digest {
        secret.key().mac(&blinded(self.entry(index)))
    }

    fn leaves(&self, key: &ManyMacs, from: usize, count: usize) -> Vec<Digest> {
        let entry = |number: usize| self.entry(from + number);
        let blinds = key.macs(count, |number, to| {
            blinded(entry(number)).iter().for_each(|piece| to.extend_from_slice(piece));
        });
        merkle::leaf_hashes(count, |number, to| write_leaf(entry(number).object, &blinds[number], to))
    }

    /// The roots of the subtrees over neighbouring leaves that begin at a place, each in a lane of its own.
    fn subtrees(&self, key: &ManyMacs, behind: &[String], from: usize) -> [Digest; LANES] {
        let mut room = Messages::default();
        // The digests on the way to the place that has come, from the top down: one of each size that is whole.
        let mut whole: Vec<Digests> = Vec::new();
        for number in 0..SUBTREE {
            let first = from + number;
            let leaf = self.alike_in_lanes(key, behind, first, &mut room);
            let mut right = leaf.unwrap_or_else(|| self.leaf_in_lanes(key, first));
            for _ in 0..(number + 1).trailing_zeros() {
                if let Some(left) = whole.pop() {
                    right = merkle::node_hashes(&left, &right, &mut room);
                }
            }
            whole.push(right);
        }
        whole[0].each()
    }

    /// The leaf at a place and those a subtree apart from it.
    fn leaf_in_lanes(&self, key: &ManyMacs, first: usize) -> Digests {
        Digests::of(&std::array::from_fn(|lane| self.leaves(key, first + lane * SUBTREE, 1)[0]))
    }

    /// As [`leaf_in_lanes`](Self::leaf_in_lanes), where names have one length and fit.
    fn alike_in_lanes(
        &self,
        key: &ManyMacs,
        behind: &[String],
        first: usize,
        room: &mut Messages,
    ) -> Option<Digests> {
        let place = |lane: usize| first + lane * SUBTREE;
        let objects: [&[u8]; LANES] = std::array::from_fn(|lane| self.objects.bytes(place(lane)));
        let behind: [&[u8]; LANES] =
            std::array::from_fn(|lane| behind[self.class_of[place(lane)] as usize].as_bytes());
        let (length, both) = (objects[0].len(), objects[0].len() + behind[0].len());
        let (objects, behind) = (Texts::of(&objects)?, Texts::of(&behind)?);
        let blinds = key.macs_in_lanes(room.begin(both)?.append_each(&objects).append_each(&behind));
        let leaves = room.begin(1 + length + 1 + 64)?;
        leaves.append(&[0x00]).append_each(&objects).append(b"\n").append_hex(&blinds);
        Some(leaves.digests(&Prefix::NONE))
    }
}

/// The leaf of an object in the pool's tree.
pub(in crate::draw) fn leaf_hash(object: &str, blind: &Digest) -> Digest {
    let mut leaf = Vec::new();
    write_leaf(object, blind, &mut leaf);
    merkle::leaf_hash(&leaf)
}

fn write_leaf(object: &str, blind: &Digest, to: &mut Vec<u8>) {
    to.extend(object.as_bytes());
    to.push(b'\n');
    blind.write_hex(to);
}

/// What the blind of an object is the keyed hash of.
fn blinded(entry: Entry<'_>) -> [&[u8]; 7] {
    let Entry { object, stratum, field, division } = entry;
    let line_feed = b"\n".as_slice();
    let [object, stratum, field, division] = [object, stratum, field, division].map(str::as_bytes);
    [object, line_feed, stratum, line_feed, field, line_feed, division]
}

/// That text behind the object.
fn behind_object(class: &Class) -> String {
    format!("\n{}\n{}\n{}", class.stratum, class.field, class.division)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::draw::{PoolObject, Ratio};

    /// Objects of two lengths and divisions, mixed or not.
    fn pool(count: usize, mixed: bool) -> Pool {
        let object = |number: usize| PoolObject {
            object: format!(
                "91370102{number:010}{}",
                if mixed && number.is_multiple_of(7) { "/SC1" } else { "" }
            ),
            stratum: "A".into(),
            field: if mixed && number.is_multiple_of(300) { "SE" } else { "FOOD" }.into(),
            division: "370102".into(),
        };
        let ratios = BTreeMap::from([("A".into(), Ratio::new(1, 2).unwrap())]);
        Pool::new((0..count).map(object), &ratios).unwrap()
    }

    #[test]
    fn the_root_alone_is_the_root_of_the_tree_for_pools_of_every_shape() {
        let secret = Secret::from_bytes([9; 32]);
        for count in [1, 2, 63, 64, 65, 1_023, PART, PART + 1, PART + 64, PART + 65, 3 * PART - 1, 3 * PART] {
            for mixed in [false, true] {
                let pool = pool(count, mixed);
                assert_eq!(pool.root(&secret), pool.tree(&secret).root(), "{count} objects, mixed: {mixed}");
            }
        }
    }
}
