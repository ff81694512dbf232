//! The archive of letters, decisions, evidence, proofs and rulebooks: files named by the digest of their content.
//!
//! A file that is stored is never changed and never deleted here; whoever holds its id can tell whether it is still
//! what was stored. The archive knows no file names, no owners, no terms of retention and no permissions: the service that
//! stores a file keeps its id beside the record it belongs to, says until when it is kept, and decides who may read it.
//! Content lies on a local disk or, in production, in a bucket that speaks S3 (feature `s3`), as
//! [`archive_options!`] of the service say; every access verifies it.
//!
//! Start reading at [`Archive`].

mod archive;
mod bucket;
mod error;
mod id;
mod media;
mod options;
mod place;

pub use archive::{Archive, DEFAULT_MAX_BYTES};
pub use bucket::{Bucket, InvalidBucket};
pub use error::FilesError;
pub use id::{FileId, InvalidFileId};
pub use media::problems_of;
pub use options::OptionsError;
