//! The secret of one attempt: it commits before the draw, keys the hidden tables, and binds the seed.

use std::fmt;

use crate::{Digest, sm3};

/// Domain text of the commitment.
const COMMIT: &str = "xinjian-commit-v1";
/// Domain text of the nonce that hides a small result until the task closes.
const RESULT: &str = "xinjian-result-v1";

/// 32 random bytes that the office keeps until the draw (PUBLIC) or for permitted verifiers (RESTRICTED).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes 32 bytes that the caller drew from the system's random source.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for sealed storage.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hexadecimal form that enters commitment and seed; printing it reveals the secret.
    pub fn reveal_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The commitment announced before the draw.
    pub fn commitment(&self, task: &str, attempt: u32) -> Digest {
        sm3::digest(format!("{COMMIT}\n{task}\n{attempt}\n{}", self.reveal_hex()).as_bytes())
    }

    /// The nonce that is published with the drawn list when the task closes.
    pub fn result_nonce(&self) -> Digest {
        self.key().mac(&[RESULT.as_bytes()])
    }

    /// The key of every hidden table and blind.
    pub(super) fn key(&self) -> sm3::MacKey {
        sm3::MacKey::new(&self.0)
    }

    /// The same key for the blinds of a whole pool.
    pub(super) fn many_macs(&self) -> sm3::ManyMacs {
        sm3::ManyMacs::new(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_belongs_to_one_task_and_attempt() {
        let secret = Secret::from_bytes([1; 32]);
        assert_ne!(secret.commitment("tasks/1", 1), secret.commitment("tasks/1", 2));
        assert_ne!(secret.commitment("tasks/1", 1), secret.commitment("tasks/2", 1));
        assert_ne!(secret.commitment("tasks/1", 1), Secret::from_bytes([2; 32]).commitment("tasks/1", 1));
    }

    #[test]
    fn debug_output_does_not_reveal_it() {
        assert_eq!(format!("{:?}", Secret::from_bytes([0xab; 32])), "Secret(…)");
    }
}
