//! Signing and verifying behind two traits, so that the SM2 code in use can be replaced (by a hardware module, by
//! another library) without touching whoever signs.
//!
//! Signs receipts, feed checkpoints and published results. Never encrypts and never holds more than one key.

mod key_file;
mod sm2;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::sm2::{InvalidKey, Sm2Signer, Sm2Verifier};
pub use key_file::{KeyFileError, load, save_new};

/// Names a public key: the first 16 bytes of the SM3 digest of its DER form, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// Reads a key id as it was stored beside a signature. Any text is accepted: an unknown id matches no key.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A signature and the key that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Whose key signed.
    pub key_id: KeyId,
    /// For SM2: r then s, 32 bytes each, big-endian.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// The bytes in lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex::encode(&self.bytes)
    }
}

/// The signer could not sign.
#[derive(Debug, thiserror::Error)]
#[error("key `{key_id}` could not sign: {reason}")]
pub struct SigningFailed {
    /// The key that was asked.
    pub key_id: KeyId,
    /// What the library or the device answered.
    pub reason: String,
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefused {
    /// The signature names another key.
    #[error("signed by key `{signed_by}`, to be checked with key `{checked_with}`")]
    OtherKey {
        /// The key the signature names.
        signed_by: KeyId,
        /// The key of this verifier.
        checked_with: KeyId,
    },
    /// The bytes are no signature at all.
    #[error("not a signature: {0} bytes, or a number outside the group")]
    Malformed(usize),
    /// The signature does not belong to this message and key.
    #[error("the signature of key `{0}` does not match the message")]
    Mismatch(KeyId),
}

/// Holds a private key and signs with it.
pub trait Signer: Send + Sync {
    /// Names the public key that verifies these signatures.
    fn key_id(&self) -> &KeyId;

    /// Signs a message of any length.
    ///
    /// # Errors
    /// When the key cannot be reached; an in-memory key always signs.
    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed>;
}

/// Holds a public key and checks signatures with it.
pub trait Verifier: Send + Sync {
    /// Names the public key.
    fn key_id(&self) -> &KeyId;

    /// Accepts the signature if this key made it over exactly this message.
    ///
    /// # Errors
    /// Says which of key, form or content does not agree.
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureRefused>;
}
