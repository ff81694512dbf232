//! Hashes, signatures, Merkle trees and the verifiable draw.
//!
//! Owns every cryptographic choice of Xinjian: SM3 (GB/T 32905-2016) for hashing, SM2 (GB/T 32918-2016) for
//! signing, the RFC 6962 tree over SM3, draw v1 and receipts on top of them. It reads no clock, asks no random source and
//! opens no network: randomness, time and published figures are arguments, so that everything can be repeated
//! years later by a stranger. It knows nothing of databases or RPCs.
//!
//! Start reading at [`draw`] for the lottery, at [`signer`] for signatures.

mod digest;
pub mod draw;
pub mod merkle;
pub mod receipt;
pub mod signer;
pub mod sm3;

pub use digest::{Digest, InvalidDigest};
