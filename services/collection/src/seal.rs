//! The seal over the callers of tickets and what they said (X3): SM4-GCM, bound to the ticket, and a mark by which calls of one caller
//! about one event are found again without being opened. Another mark stands for the digest of a message that may hold them.
//!
//! All keys follow from one master key, which is configuration and never in the database.

use std::path::Path;
use std::sync::Arc;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{AesGcm, KeyInit as _, Nonce};
use contract::collection::v1::TicketCaller;
use crypto::sm3::hmac;
use outbox::Entropy;
use prost::Message as _;

/// Bytes of the master key.
const MASTER: usize = 32;
/// Bytes of an SM4 key.
const KEY: usize = 16;
/// Bytes of a nonce: random, of which 2^32 may be drawn for one key.
const NONCE: usize = 12;

/// The cipher: the Galois/counter mode over SM4 (GB/T 32907).
type Sm4Gcm = AesGcm<sm4::Sm4, U12>;

/// Why there is no seal.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be read.
    #[error("the key for callers cannot be read from {file}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no key.
    #[error("{file} holds no key: 64 hexadecimal digits")]
    NoKey {
        /// The file.
        file: String,
    },
}

/// What was sealed cannot be opened: by another key, or it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the seal does not open: another key, or it was changed")]
pub struct Broken;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Arc<Keys>);

struct Keys {
    cipher: Sm4Gcm,
    marks: [u8; 32],
    messages: [u8; 32],
    entropy: Entropy,
}

/// Without the keys.
impl std::fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Seal")
    }
}

impl Seal {
    /// A seal under a master key, with nonces from `entropy`.
    pub fn new(master: &[u8; MASTER], entropy: Entropy) -> Self {
        let derived = |purpose: &str| hmac(master, purpose.as_bytes());
        let cipher = Sm4Gcm::new_from_slice(&derived("xinjian ticket caller seal").as_bytes()[..KEY])
            .expect("half a digest is as long as a key of the cipher");
        let [marks, messages] = ["xinjian ticket caller mark", "xinjian collection message mark"]
            .map(|purpose| *derived(purpose).as_bytes());
        Self(Arc::new(Keys { cipher, marks, messages, entropy }))
    }

    /// A seal under the master key of a file: 64 hexadecimal digits.
    ///
    /// # Errors
    /// The file cannot be read or holds no key.
    pub fn load(file: &Path, entropy: Entropy) -> Result<Self, SealError> {
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|source| SealError::Read { file: shown.clone(), source })?;
        let mut master = [0; MASTER];
        hex::decode_to_slice(text.trim(), &mut master).map_err(|_| SealError::NoKey { file: shown })?;
        Ok(Self::new(&master, entropy))
    }

    /// What tells this key from another, and nothing else about it: 64 hexadecimal digits.
    pub(crate) fn key_check(&self) -> String {
        hex::encode(hmac(&self.0.marks, b"xinjian caller key check").as_bytes())
    }

    /// Seals the caller of a ticket.
    pub(crate) fn close(&self, ticket_id: &str, caller: &TicketCaller) -> Vec<u8> {
        self.close_bytes(ticket_id, &caller.encode_to_vec())
    }

    /// Seals bytes that may hold callers, bound to what they belong to.
    pub(crate) fn close_bytes(&self, bound_to: &str, bytes: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        self.0.entropy.fill(&mut nonce);
        let payload = Payload { msg: bytes, aad: bound_to.as_bytes() };
        let sealed = self.0.cipher.encrypt(&Nonce::<U12>::from(nonce), payload);
        [
            &nonce[..],
            &sealed.expect("callers, lines and parts of files are far shorter than the cipher's bound"),
        ]
        .concat()
    }

    /// Opens what was sealed for a ticket.
    ///
    /// # Errors
    /// [`Broken`].
    pub(crate) fn open(&self, ticket_id: &str, sealed: &[u8]) -> Result<TicketCaller, Broken> {
        TicketCaller::decode(self.open_bytes(ticket_id, sealed)?.as_slice()).map_err(|_| Broken)
    }

    /// Opens bytes that [`close_bytes`](Self::close_bytes) sealed.
    ///
    /// # Errors
    /// [`Broken`].
    pub(crate) fn open_bytes(&self, bound_to: &str, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Broken)?;
        let payload = Payload { msg: sealed, aad: bound_to.as_bytes() };
        self.0.cipher.decrypt(&Nonce::<U12>::from(*nonce), payload).map_err(|_| Broken)
    }

    /// The mark of a caller and an event: 64 hexadecimal digits. `None` for a caller who cannot be told from others.
    pub(crate) fn mark(&self, caller: &TicketCaller, event: &[&str]) -> Option<String> {
        let digits: String = caller.phone.chars().filter(char::is_ascii_digit).collect();
        let who = if digits.is_empty() { domain::comparison_key(&caller.name) } else { digits };
        if who.is_empty() || event.iter().any(|part| part.is_empty()) {
            return None;
        }
        let mut message = Vec::new();
        for part in std::iter::once(who.as_str()).chain(event.iter().copied()) {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part.as_bytes());
        }
        Some(hex::encode(hmac(&self.0.marks, &message).as_bytes()))
    }

    /// The mark of a message by its digest. Who has the digest alone may try what the message said; who has the mark alone may not.
    pub(crate) fn message_mark(&self, digest: &[u8]) -> Vec<u8> {
        hmac(&self.0.messages, digest).as_bytes().to_vec()
    }

    /// The mark of a file by its digest in hexadecimal digits, in as many: the digest of a file with one line gives its caller away, and whom
    /// its record was about once that is erased.
    pub(crate) fn file_mark(&self, digest: &str) -> String {
        hex::encode(self.message_mark(digest.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(master: u8) -> Seal {
        Seal::new(&[master; MASTER], Entropy::system())
    }

    fn caller(phone: &str) -> TicketCaller {
        TicketCaller { name: "王先生".to_owned(), phone: phone.to_owned(), address: String::new() }
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_key_for_the_same_ticket_only() {
        let sealed = seal(1).close("t1", &caller("13812345678"));
        assert_eq!(seal(1).open("t1", &sealed), Ok(caller("13812345678")));
        assert_eq!(seal(2).open("t1", &sealed), Err(Broken));
        assert_eq!(seal(1).open("t2", &sealed), Err(Broken));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal(1).open("t1", &changed), Err(Broken), "byte {at}");
        }
        assert_eq!(seal(1).open("t1", &[]), Err(Broken));
    }

    #[test]
    fn nothing_of_a_caller_can_be_read_from_the_seal_and_no_two_are_the_same() {
        let seal = seal(1);
        let (one, other) =
            (seal.close("t1", &caller("13812345678")), seal.close("t1", &caller("13812345678")));
        assert_ne!(one, other);
        assert!(!one.windows(11).any(|found| found == b"13812345678"));
    }

    #[test]
    fn one_caller_about_one_event_has_one_mark_however_the_number_is_written() {
        let (seal, other_key) = (seal(1), seal(2));
        let event = ["91370102MA3C00011F", "Complaint"];
        let mark = seal.mark(&caller("13812345678"), &event).unwrap();
        assert_eq!(seal.mark(&caller("138-1234-5678"), &event).unwrap(), mark);
        assert_ne!(seal.mark(&caller("13812345679"), &event).unwrap(), mark);
        assert_ne!(seal.mark(&caller("13812345678"), &["91370102MA3C00011F", "Tip"]).unwrap(), mark);
        assert_ne!(other_key.mark(&caller("13812345678"), &event).unwrap(), mark);
        assert_eq!(seal.mark(&TicketCaller::default(), &event), None);
        assert_eq!(seal.mark(&caller("13812345678"), &["", "Tip"]), None);
    }

    #[test]
    fn a_key_file_holds_64_digits_or_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, format!("{}\n", "0f".repeat(MASTER))).unwrap();
        assert!(Seal::load(&file, Entropy::system()).is_ok());
        std::fs::write(&file, "0f").unwrap();
        assert!(matches!(Seal::load(&file, Entropy::system()), Err(SealError::NoKey { .. })));
        assert!(matches!(
            Seal::load(&folder.path().join("none"), Entropy::system()),
            Err(SealError::Read { .. })
        ));
    }
}
