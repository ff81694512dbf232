//! The bytes of the chain. Everything a stranger needs to check a feed:
//!
//! - `payload_digest = SM3(salt ‖ payload)`; the salt is 16 random bytes.
//! - `header` = the fields below, in this order, each as its length in bytes (32 bits, big-endian) and its UTF-8 text:
//!   `deployment`, `service`, `event_id` (lower-case UUID with hyphens), `kind`, `subject`, `effective_on`
//!   (`YYYY-MM-DD`), `recorded_at_us` (decimal), `actor`, `office`, `request_id`, `legal_basis`, `rulebook_hash`,
//!   `trace_context`. A field that does not apply has length 0.
//! - `hash(seq) = SM3(hash(seq − 1) ‖ header ‖ payload_digest)`; `hash(0)` is 32 zero bytes.
//!
//! The place of an event needs no field of its own: it is the number of hashes before it.

use std::fmt;

use crypto::sm3::Prefix;
use sm3::{Digest, Sm3};

use crate::Header;

/// A 32-byte SM3 value: the chain up to some event, or the digest of a payload. Prints as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash([u8; 32]);

/// The bytes are not 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 32 bytes, not {0}")]
pub struct InvalidHash(usize);

impl ChainHash {
    /// What the first event follows: 32 zero bytes.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&[u8]> for ChainHash {
    type Error = InvalidHash;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidHash> {
        bytes.try_into().map(Self).map_err(|_| InvalidHash(bytes.len()))
    }
}

impl TryFrom<Vec<u8>> for ChainHash {
    type Error = InvalidHash;

    fn try_from(bytes: Vec<u8>) -> Result<Self, InvalidHash> {
        bytes.as_slice().try_into()
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({self})")
    }
}

/// `SM3(salt ‖ payload)`.
pub fn payload_digest(salt: &[u8], payload: &[u8]) -> ChainHash {
    ChainHash(Sm3::new().chain_update(salt).chain_update(payload).finalize().into())
}

/// Payloads from which on digests are computed side by side: for fewer, one after another is faster.
const SIDE_BY_SIDE: usize = 8;

/// [`payload_digest`] of `count` payloads; `of` names salt and payload of a number.
pub(crate) fn payload_digests<'p>(
    count: usize,
    of: impl Fn(usize) -> (&'p [u8], &'p [u8]),
) -> Vec<ChainHash> {
    if count < SIDE_BY_SIDE {
        return (0..count).map(&of).map(|(salt, payload)| payload_digest(salt, payload)).collect();
    }
    let digests = Prefix::NONE.digests(count, |number, to| {
        let (salt, payload) = of(number);
        to.extend_from_slice(salt);
        to.extend_from_slice(payload);
    });
    digests.iter().map(|digest| ChainHash(*digest.as_bytes())).collect()
}

/// The hash of the chain that ended in `previous` and goes on with one event.
pub fn link(previous: &ChainHash, header: &Header, payload_digest: &ChainHash) -> ChainHash {
    link_fields(previous, &fields(header, &header.recorded_at_us.to_string()), payload_digest)
}

/// Like [`link`], from the fields of the header in their order: the sealer has those of an act once for all its events.
pub(crate) fn link_fields(
    previous: &ChainHash,
    fields: &[&str; FIELDS],
    payload_digest: &ChainHash,
) -> ChainHash {
    let mut hasher = Sm3::new().chain_update(previous.0);
    each_part(fields, |part| hasher.update(part));
    ChainHash(hasher.chain_update(payload_digest.0).finalize().into())
}

/// The canonical encoding of a header, as the head of this module defines it.
pub fn header_bytes(header: &Header) -> Vec<u8> {
    let mut bytes = Vec::new();
    each_part(&fields(header, &header.recorded_at_us.to_string()), |part| bytes.extend_from_slice(part));
    bytes
}

/// Fields of a header.
pub(crate) const FIELDS: usize = 13;

fn fields<'h>(header: &'h Header, recorded_at: &'h str) -> [&'h str; FIELDS] {
    [
        &header.deployment,
        &header.service,
        &header.event_id,
        &header.kind,
        &header.subject,
        &header.effective_on,
        recorded_at,
        &header.actor,
        &header.office,
        &header.request_id,
        &header.legal_basis,
        &header.rulebook_hash,
        &header.trace_context,
    ]
}

fn each_part(fields: &[&str; FIELDS], mut take: impl FnMut(&[u8])) {
    for field in fields {
        // No field comes near 4 GiB: a transport message is bounded far below.
        take(&(field.len() as u32).to_be_bytes());
        take(field.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            event_id: "0195e3b0-0000-7000-8000-000000000001".into(),
            deployment: "jinan".into(),
            service: "registry".into(),
            kind: "registry.enterprise.registered".into(),
            subject: "enterprises/91370100M000100Y43".into(),
            effective_on: "2026-04-01".into(),
            recorded_at_us: 1_775_000_000_000_000,
            actor: "officers/7".into(),
            office: "REGISTRATION".into(),
            request_id: String::new(),
            legal_basis: "办法第十条".into(),
            rulebook_hash: "ab".into(),
            trace_context: String::new(),
        }
    }

    #[test]
    fn a_header_is_encoded_field_by_field_with_lengths() {
        let bytes = header_bytes(&header());
        assert!(bytes.starts_with(b"\0\0\0\x05jinan\0\0\0\x08registry\0\0\0\x240195e3b0-"));
        assert!(bytes.ends_with("\0\0\0\0\0\0\0\x0f办法第十条\0\0\0\x02ab\0\0\0\0".as_bytes()));
    }

    /// Made with another SM3 implementation (OpenSSL) over bytes that were laid out by hand from the module's text.
    #[test]
    fn the_first_hashes_of_a_chain_are_those_of_another_implementation() {
        let digest = payload_digest(&[7; 16], b"payload");
        assert_eq!(digest.to_string(), "54f6bca62e0cebf74f91975c7c1850a90042949112bc5fb1b4f84e5cb788359e");
        let first = link(&ChainHash::GENESIS, &header(), &digest);
        assert_eq!(first.to_string(), "eee4f1b316f106b21ec67e883576955ccc60e08f60b51496b2fd0af2e9668e55");
        assert_eq!(
            link(&first, &header(), &digest).to_string(),
            "a9822a0fc7eee3fed752628cf8e4f568e403d1eaf81cfb206b892f343caed39f"
        );
    }

    #[test]
    fn text_that_moves_between_fields_changes_the_bytes() {
        let moved = Header { actor: "officers/7R".into(), office: "EGISTRATION".into(), ..header() };
        assert_ne!(header_bytes(&moved), header_bytes(&header()));
    }

    #[test]
    fn digests_of_many_payloads_are_those_of_each() {
        const SALT: &[u8] = &[7; 16];
        for count in [0, 1, SIDE_BY_SIDE - 1, SIDE_BY_SIDE, 40] {
            let payloads: Vec<_> = (0..count).map(|number| vec![number as u8; number * 37]).collect();
            let together = payload_digests(count, |number| (SALT, payloads[number].as_slice()));
            let alone: Vec<_> = payloads.iter().map(|payload| payload_digest(SALT, payload)).collect();
            assert_eq!(together, alone);
        }
    }

    #[test]
    fn a_hash_has_32_bytes() {
        assert_eq!(ChainHash::try_from([0; 31].as_slice()), Err(InvalidHash(31)));
    }
}
