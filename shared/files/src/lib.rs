//! The archive of letters, decisions, evidence, proofs and rulebooks: files named by the digest of their content.
//!
//! A file that is stored is never changed and never deleted here; whoever holds its id can tell whether it is still
//! what was stored. The archive knows no file names, no owners and no permissions: the service that stores a file
//! keeps its id beside the record it belongs to and decides who may read it. Content lives on a local disk; every
//! access verifies it.
//!
//! Start reading at [`Archive`].

mod archive;
mod disk;
mod error;
mod id;

pub use archive::{Archive, DEFAULT_MAX_BYTES};
pub use error::FilesError;
pub use id::{FileId, InvalidFileId};
