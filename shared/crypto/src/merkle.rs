//! The Merkle tree of RFC 6962 with SM3 in place of SHA-256.
//!
//! A leaf is hashed with prefix 0x00 and a node with 0x01, so that no node can pass for a leaf; a list that is not
//! a power of two long keeps the shape of RFC 6962 section 2.1 (the last odd node of a level moves up unchanged).

use crate::sm3::{Digests, Messages, Prefix};
use crate::{Digest, sm3};

/// The hash of a leaf that holds `data`.
pub fn leaf_hash(data: &[u8]) -> Digest {
    sm3::digest_of(&[&[0x00], data])
}

/// The hashes of `count` leaves; `write` appends the data of a number.
pub fn leaf_hashes(count: usize, write: impl Fn(usize, &mut Vec<u8>)) -> Vec<Digest> {
    Prefix::NONE.digests(count, |number, to| {
        to.push(0x00);
        write(number, to);
    })
}

/// The hash of a node over its two children.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    sm3::digest_of(&[&[0x01], left.as_ref(), right.as_ref()])
}

/// The hashes of sixteen nodes over their children.
pub(crate) fn node_hashes(left: &Digests, right: &Digests, room: &mut Messages) -> Digests {
    let nodes = room.begin(65).expect("two blocks hold 65 bytes");
    nodes.append(&[0x01]).append_digests(left).append_digests(right).digests(&Prefix::NONE)
}

/// A whole tree, kept by level so that any inclusion path can be read off.
#[derive(Clone, Debug)]
pub struct Tree {
    /// `levels[0]` are the leaf hashes, the last level is the root alone; empty for the empty tree.
    levels: Vec<Vec<Digest>>,
}

/// The proof that one leaf stands at one place of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Place of the leaf, from 0.
    pub index: u64,
    /// The siblings from the leaf's level up to the root.
    pub path: Vec<Digest>,
}

impl Tree {
    /// Builds the tree over leaf hashes (see [`leaf_hash`]) in their order.
    pub fn of_leaf_hashes(leaves: Vec<Digest>) -> Self {
        let mut levels = Vec::new();
        let mut level = leaves;
        while level.len() > 1 {
            let above = parents(&level);
            levels.push(level);
            level = above;
        }
        if !level.is_empty() {
            levels.push(level);
        }
        Self { levels }
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root; for the empty tree the digest of the empty string, as RFC 6962 has it.
    pub fn root(&self) -> Digest {
        self.levels.last().map_or_else(|| sm3::digest(b""), |top| top[0])
    }

    /// The inclusion proof of the leaf at `index`, or `None` past the last leaf.
    pub fn inclusion(&self, index: u64) -> Option<Inclusion> {
        if index >= self.size() {
            return None;
        }
        let mut at = usize::try_from(index).ok()?;
        let mut path = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            // The last odd node of a level has no sibling and moves up unchanged.
            path.extend(level.get(at ^ 1));
            at /= 2;
        }
        Some(Inclusion { index, path })
    }
}

fn parents(level: &[Digest]) -> Vec<Digest> {
    let (pairs, odd) = level.as_chunks::<2>();
    let mut parents = sm3::in_parts(pairs.len(), |part| {
        let pairs = &pairs[part];
        Prefix::NONE.digests(pairs.len(), |number, to| {
            let [left, right] = &pairs[number];
            to.push(0x01);
            to.extend(left.as_bytes());
            to.extend(right.as_bytes());
        })
    });
    parents.extend(odd);
    parents
}

/// The root of the tree over the given leaf data.
pub fn root<T: AsRef<[u8]>>(leaves: &[T]) -> Digest {
    Tree::of_leaf_hashes(leaf_hashes(leaves.len(), |number, to| to.extend(leaves[number].as_ref()))).root()
}

/// Whether `inclusion` leads from `leaf` (its hash) to `root` in a tree of `size` leaves.
///
/// Position and size decide on which side each sibling stands and how many there are, so a proof for one place
/// never holds for another (RFC 9162 section 2.1.3.2).
pub fn verify(leaf: &Digest, inclusion: &Inclusion, size: u64, root: &Digest) -> bool {
    root_from(leaf, inclusion, size).is_some_and(|computed| computed == *root)
}

/// The root to which the path leads, or `None` when the path cannot belong to this place and size.
pub fn root_from(leaf: &Digest, inclusion: &Inclusion, size: u64) -> Option<Digest> {
    if inclusion.index >= size {
        return None;
    }
    let (mut at, mut last) = (inclusion.index, size - 1);
    let mut hash = *leaf;
    for sibling in &inclusion.path {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at.is_multiple_of(2) && at != 0 {
                // Levels at which this node was the odd one and moved up unchanged.
                (at, last) = (at / 2, last / 2);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at / 2, last / 2);
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6962 section 2.1, word for word: split at the largest power of two smaller than n.
    fn naive_root(leaves: &[Vec<u8>]) -> Digest {
        match leaves {
            [] => sm3::digest(b""),
            [one] => leaf_hash(one),
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    /// RFC 6962 section 2.1.1, word for word.
    fn naive_path(index: usize, leaves: &[Vec<u8>]) -> Vec<Digest> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        let (mut path, sibling) = if index < left.len() {
            (naive_path(index, left), naive_root(right))
        } else {
            (naive_path(index - left.len(), right), naive_root(left))
        };
        path.push(sibling);
        path
    }

    fn split(n: usize) -> usize {
        (n / 2 + 1).next_power_of_two().min(n.next_power_of_two() / 2)
    }

    fn data(n: usize) -> Vec<Vec<u8>> {
        (0..n).map(|i| format!("leaf {i}").into_bytes()).collect()
    }

    fn tree(leaves: &[Vec<u8>]) -> Tree {
        Tree::of_leaf_hashes(leaves.iter().map(|leaf| leaf_hash(leaf)).collect())
    }

    #[test]
    fn the_split_is_the_largest_power_of_two_below_n() {
        for n in 2..200 {
            let k = split(n);
            assert!(k.is_power_of_two() && k < n && 2 * k >= n, "{n} splits at {k}");
        }
    }

    #[test]
    fn root_and_every_path_agree_with_the_definition_up_to_seventy_leaves() {
        for n in 0..70 {
            let leaves = data(n);
            let tree = tree(&leaves);
            assert_eq!(tree.root(), naive_root(&leaves));
            for index in 0..n {
                let inclusion = tree.inclusion(index as u64).unwrap();
                assert_eq!(inclusion.path, naive_path(index, &leaves), "leaf {index} of {n}");
                assert!(verify(&leaf_hash(&leaves[index]), &inclusion, n as u64, &tree.root()));
            }
            assert_eq!(tree.inclusion(n as u64), None);
        }
    }

    #[test]
    fn a_large_tree_built_in_parallel_has_the_same_root() {
        let leaves = data(10_017);
        assert_eq!(tree(&leaves).root(), naive_root(&leaves));
        assert_eq!(root(&leaves), naive_root(&leaves));
    }

    proptest! {
        #[test]
        fn a_proof_holds_for_its_own_leaf_place_size_and_path_only(
            n in 1usize..300, at in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
            byte in 0usize..32,
        ) {
            let leaves = data(n);
            let tree = tree(&leaves);
            let (index, other) = (at.index(n), other.index(n));
            let (leaf, root) = (leaf_hash(&leaves[index]), tree.root());
            let good = tree.inclusion(index as u64).unwrap();
            prop_assert!(verify(&leaf, &good, n as u64, &root));
            if other != index {
                prop_assert!(!verify(&leaf_hash(&leaves[other]), &good, n as u64, &root));
                let moved = Inclusion { index: other as u64, path: good.path.clone() };
                prop_assert!(!verify(&leaf, &moved, n as u64, &root));
            }
            for step in 0..good.path.len() {
                let mut changed = good.clone();
                let mut bytes = *changed.path[step].as_bytes();
                bytes[byte] ^= 1;
                changed.path[step] = Digest::from_bytes(bytes);
                prop_assert!(!verify(&leaf, &changed, n as u64, &root));
                let mut short = good.clone();
                short.path.remove(step);
                prop_assert!(!verify(&leaf, &short, n as u64, &root));
            }
            let mut long = good.clone();
            long.path.push(root);
            prop_assert!(!verify(&leaf, &long, n as u64, &root));
        }
    }
}
