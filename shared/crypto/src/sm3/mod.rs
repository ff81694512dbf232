//! SM3 (GB/T 32905-2016) and HMAC-SM3 (GB/T 15852.2) over byte strings and lists of parts.

mod lanes;

use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use rayon::prelude::*;
use sm3::{Digest as _, Sm3};

use crate::Digest;

pub use lanes::{Digests, Endings, LANES, Messages, Prefix, Room, Texts};

/// Digests that one core computes at a time where several share the work.
const PART: usize = 1_024;

/// The SM3 digest of `data`.
pub fn digest(data: &[u8]) -> Digest {
    Hasher::new().update(data).finish()
}

/// The SM3 digest of the parts joined, without a separator of its own.
pub fn digest_of(parts: &[&[u8]]) -> Digest {
    parts.iter().fold(Hasher::new(), |hasher, part| hasher.update(part)).finish()
}

/// HMAC-SM3 of `message` under `key` of any length.
pub fn hmac(key: &[u8], message: &[u8]) -> Digest {
    MacKey::new(key).mac(&[message])
}

/// The digests of `count` independent messages on all cores; `part` computes those of a range of numbers, see [`Prefix::digests`].
pub fn in_parts(count: usize, part: impl Fn(Range<usize>) -> Vec<Digest> + Sync) -> Vec<Digest> {
    if count <= PART {
        return part(0..count);
    }
    let parts: Vec<Vec<Digest>> = (0..count.div_ceil(PART))
        .into_par_iter()
        .map(|at| part(at * PART..count.min((at + 1) * PART)))
        .collect();
    parts.concat()
}

/// An SM3 computation that takes its input piece by piece. A clone continues from the same prefix.
#[derive(Clone, Default)]
pub struct Hasher(Sm3);

impl Hasher {
    /// A computation without input.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of input.
    #[must_use]
    pub fn update(mut self, data: &[u8]) -> Self {
        self.0.update(data);
        self
    }

    /// The digest of all input taken.
    pub fn finish(self) -> Digest {
        Digest::from_bytes(self.0.finalize().into())
    }
}

/// An HMAC-SM3 key with its padding already hashed, for many messages under one key.
#[derive(Clone)]
pub struct MacKey(Hmac<Sm3>);

impl MacKey {
    /// Prepares a key of any length.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC is defined for keys of every length"))
    }

    /// HMAC-SM3 of the parts joined.
    pub fn mac(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        Digest::from_bytes(mac.finalize().into_bytes().into())
    }
}

/// An HMAC-SM3 key for many short messages at once.
pub struct ManyMacs {
    inner: Prefix,
    outer: Prefix,
}

impl ManyMacs {
    /// Prepares a key.
    pub fn new(key: &[u8; 32]) -> Self {
        let padded = |pad: u8| {
            let byte = |at: usize| key.get(at).copied().unwrap_or_default() ^ pad;
            Prefix::of(&std::array::from_fn(byte))
        };
        Self { inner: padded(0x36), outer: padded(0x5c) }
    }

    /// HMAC-SM3 of `count` messages; `write` appends the message of a number.
    pub fn macs(&self, count: usize, write: impl Fn(usize, &mut Vec<u8>)) -> Vec<Digest> {
        let inner = self.inner.digests(count, write);
        self.outer.digests(count, |number, to| to.extend(inner[number].as_bytes()))
    }

    /// HMAC-SM3 of the sixteen messages, whose room is used again.
    pub fn macs_in_lanes(&self, messages: &mut Messages) -> Digests {
        let inner = messages.digests(&self.inner);
        let outer = messages.begin(32).expect("two blocks hold a digest");
        outer.append_digests(&inner).digests(&self.outer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard_hold() {
        // GB/T 32905-2016, appendix A.1 and A.2.
        assert_eq!(
            digest(b"abc").to_hex(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        assert_eq!(
            digest(&b"abcd".repeat(16)).to_hex(),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
    }

    #[test]
    fn pieces_give_the_digest_of_the_whole() {
        let whole = digest(b"one after another");
        assert_eq!(Hasher::new().update(b"one ").update(b"after ").update(b"another").finish(), whole);
        assert_eq!(digest_of(&[b"one after", b"", b" another"]), whole);
    }

    /// HMAC written out from its definition, sharing nothing with the crate in use.
    fn hmac_by_definition(key: &[u8], message: &[u8]) -> Digest {
        let mut block = [0u8; 64];
        if key.len() > 64 {
            block[..32].copy_from_slice(digest(key).as_bytes());
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let inner = digest_of(&[&block.map(|b| b ^ 0x36), message]);
        digest_of(&[&block.map(|b| b ^ 0x5c), inner.as_ref()])
    }

    #[test]
    fn hmac_agrees_with_its_definition_for_short_full_and_long_keys() {
        for length in [0, 1, 32, 63, 64, 65, 200] {
            let key: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let message = vec![0xA5; length * 3];
            assert_eq!(hmac(&key, &message), hmac_by_definition(&key, &message), "key of {length} bytes");
        }
    }

    #[test]
    fn many_macs_are_those_of_each_message() {
        let key = [0x3c; 32];
        let message = |number: usize| vec![number as u8; number * 9];
        let together = ManyMacs::new(&key).macs(40, |number, to| to.extend(message(number)));
        let alone: Vec<_> = (0..40).map(|number| hmac_by_definition(&key, &message(number))).collect();
        assert_eq!(together, alone);
    }

    #[test]
    fn parts_stand_in_their_order() {
        let number = |number: usize| digest(&number.to_be_bytes());
        let count = 2 * PART + 3;
        assert_eq!(
            in_parts(count, |part| part.map(number).collect()),
            (0..count).map(number).collect::<Vec<_>>()
        );
    }

    #[test]
    fn hmac_gives_a_value_computed_elsewhere() {
        // By OpenSSL 3: `printf 'xinjian-result-v1' | openssl mac -digest SM3 -macopt hexkey:… HMAC`.
        let key = hex::decode("a4fef23a0c9fc5afd7608437816bdd0a7309cb4a1252e4da70e6720fcaa4da1e").unwrap();
        assert_eq!(
            hmac(&key, b"xinjian-result-v1").to_hex(),
            "60c074fc4c60e415559f07cb5cf70f24291c54af6e1b2c5d635dc29af6a3d7cb"
        );
    }
}
