//! The seed and the numbers that follow from it: tickets, the stratum's number U, the order of inspectors.

use super::{Entropy, Secret};
use crate::sm3::{Digests, Endings, LANES, Messages, Prefix, Room, Texts};
use crate::{Digest, sm3};

/// Domain text of the seed.
const SEED: &str = "xinjian-draw-v1";

/// The one number from which a draw follows, fixed by announcement, secret and published figures together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(Digest);

impl Seed {
    /// The seed of the announced draw.
    pub fn new(announcement_hash: &Digest, secret: &Secret, entropy: &Entropy) -> Self {
        let text = format!("{SEED}\n{announcement_hash}\n{}\n{}", secret.reveal_hex(), entropy.digits());
        Self(sm3::digest(text.as_bytes()))
    }

    /// The digest.
    pub fn digest(&self) -> Digest {
        self.0
    }

    /// The ticket of an object; the smallest tickets of a stratum are drawn.
    pub fn ticket(&self, object: &str) -> Digest {
        sm3::digest_of(&[self.0.as_ref(), object.as_bytes()])
    }

    /// The tickets of sixteen objects; `None` where their names differ in length or are too long for that.
    pub(super) fn tickets(&self, objects: &[&[u8]; LANES], room: &mut Messages) -> Option<Digests> {
        let tickets = room.begin(32 + objects[0].len())?;
        Some(tickets.append(self.0.as_bytes()).append_each(&Texts::of(objects)?).digests(&Prefix::NONE))
    }

    /// U of a stratum, a number of 256 bits that decides whether the fraction of an object is drawn as a whole one.
    pub fn quota_number(&self, stratum: &str) -> Digest {
        sm3::digest_of(&[self.0.as_ref(), b"k", stratum.as_bytes()])
    }

    /// The place of an inspector in the order of an object; the smallest comes first.
    pub fn inspector_rank(&self, object: &str, inspector: &str) -> Digest {
        sm3::digest_of(&[self.0.as_ref(), object.as_bytes(), b"/", inspector.as_bytes()])
    }

    /// The places of many inspectors in the order of one object.
    pub(super) fn inspector_ranks<'i>(
        &self,
        object: &str,
        count: usize,
        inspector: impl Fn(usize) -> &'i str,
    ) -> Vec<Digest> {
        let beginning = self.before_inspector(object).concat();
        Prefix::NONE.digests(count, |number, to| {
            to.extend(&beginning);
            to.extend(inspector(number).as_bytes());
        })
    }

    /// How the ends of those messages stand for objects with names of a length; `None` where they cannot be hashed at once.
    pub(super) fn inspector_ends(object_length: usize, inspectors: &[&[u8]]) -> Option<Endings> {
        Endings::after(32 + object_length + 1, inspectors)
    }

    /// The inspectors whose places in the order of one object stay below a bound in their first four bytes, see [`Endings::below`].
    pub(super) fn ranks_below<'r>(
        &self,
        bound: u32,
        object: &str,
        ends: &Endings,
        room: &'r mut Room,
    ) -> &'r [u64] {
        ends.below(bound, &self.before_inspector(object), room)
    }

    /// What the place of an inspector in the order of an object is the hash of, but for the inspector.
    fn before_inspector<'a>(&'a self, object: &'a str) -> [&'a [u8]; 3] {
        [self.0.as_ref(), object.as_bytes(), b"/"]
    }
}
