//! Where the files of an archive lie: a folder or a bucket, and under which keys.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use tokio::task;

use crate::{FileId, FilesError};

/// Digits of the digest that name the sub-folder: 256 folders keep each small.
const FOLDER_DIGITS: usize = 2;

/// A folder, or the address of a bucket.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Folder(Arc<Path>),
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "made by the feature `s3` alone"))]
    Bucket(Arc<str>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket(address) => f.write_str(address),
        }
    }
}

/// The key of a file, the same in folders and in buckets.
pub(crate) fn key_of(id: &FileId) -> Key {
    let digits = id.digest().to_hex();
    let (sub_folder, name) = digits.split_at(FOLDER_DIGITS);
    Key::from_iter([sub_folder, name])
}

impl Place {
    pub(crate) fn failed(&self, source: object_store::Error) -> FilesError {
        FilesError::Store { place: self.to_string(), source: Box::new(source) }
    }

    /// Makes sure that a file that is there already stays there after a crash: whoever has put it may not have come to that
    /// yet. What a bucket shows is durable.
    pub(crate) async fn make_durable(&self, id: &FileId) -> Result<(), FilesError> {
        let Self::Folder(folder) = self else { return Ok(()) };
        let path = folder.join(key_of(id).to_string());
        let sub_folder = path.parent().unwrap_or(folder).to_owned();
        blocking(sub_folder, |sub_folder| File::open(sub_folder)?.sync_all()).await
    }
}

/// Opens a folder, made if it is missing. Content and names are flushed to the disk before a put is answered.
pub(crate) async fn open_folder(folder: PathBuf) -> Result<(Place, LocalFileSystem), FilesError> {
    blocking(folder.clone(), |folder| std::fs::create_dir_all(folder)).await?;
    let place = Place::Folder(folder.as_path().into());
    let opened = LocalFileSystem::new_with_prefix(&folder).map_err(|problem| place.failed(problem))?;
    Ok((place, opened.with_fsync(true)))
}

/// Runs disk work beside the asynchronous threads; a panic there becomes an error of this path.
async fn blocking(
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
) -> Result<(), FilesError> {
    let at = path.clone();
    let outcome = task::spawn_blocking(move || work(&at))
        .await
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped)));
    outcome.map_err(FilesError::at(path))
}
