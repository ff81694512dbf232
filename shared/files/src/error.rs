//! What can go wrong with a stored file.

use std::io;
use std::path::PathBuf;

use crate::FileId;

/// A file that could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The content is larger than the archive takes.
    #[error("the file has {size_bytes} bytes, the most is {max_bytes}")]
    TooLarge {
        /// Size of the content.
        size_bytes: u64,
        /// The archive's bound.
        max_bytes: u64,
    },
    /// Nothing is stored under this id.
    #[error("no file `{0}` in the archive")]
    NotFound(FileId),
    /// What is stored is not what was put: the disk or somebody changed it.
    #[error("file `{id}` is damaged: its content now has the digest of `{found}`")]
    Damaged {
        /// The file that was asked for.
        id: FileId,
        /// The id its present content would have.
        found: FileId,
    },
    /// The file system refused.
    #[error("archive path `{path}`: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The disk or the bucket refused, or was not reached.
    #[error("archive `{place}`: {source}")]
    Store {
        /// The folder, or the address of the bucket.
        place: String,
        /// What it said.
        source: Box<object_store::Error>,
    },
    /// The program was built without buckets.
    #[error("this program was built without buckets: build it with the feature `s3`")]
    NoBuckets,
}

impl FilesError {
    /// Whether the file itself is gone or is not what was put, so that asking again changes nothing. Otherwise the archive was not
    /// reached, or refused, and the file may be fine.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::NotFound(_) | Self::Damaged { .. } | Self::TooLarge { .. })
    }

    /// Attaches the path to what the file system said.
    pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
