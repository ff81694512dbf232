//! The seed and the numbers that follow from it: tickets, the stratum's number U, the order of inspectors.

use super::{Entropy, Secret};
use crate::sm3::Prefix;
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

    /// The tickets of many objects, in their order.
    pub(super) fn tickets<'o>(&self, count: usize, object: impl Fn(usize) -> &'o str) -> Vec<Digest> {
        Prefix::NONE.digests(count, |number, to| {
            to.extend(self.0.as_bytes());
            to.extend(object(number).as_bytes());
        })
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
        Prefix::NONE.digests(count, |number, to| {
            to.extend(self.0.as_bytes());
            to.extend(object.as_bytes());
            to.push(b'/');
            to.extend(inspector(number).as_bytes());
        })
    }
}
