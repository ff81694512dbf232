//! The blocking half: bytes to a path and back, so that a crash leaves either the whole file or none.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::{FileId, FilesError};

/// Digits of the digest that name the sub-folder: 256 folders keep each small.
const FOLDER_DIGITS: usize = 2;

/// Where a file lives below the archive's folder.
pub(crate) fn path_of(folder: &Path, id: &FileId) -> PathBuf {
    let digits = id.digest().to_hex();
    let (sub_folder, name) = digits.split_at(FOLDER_DIGITS);
    folder.join(sub_folder).join(name)
}

/// Writes the content unless it is there already and undamaged.
pub(crate) fn put(folder: &Path, content: &[u8], max_bytes: u64) -> Result<FileId, FilesError> {
    let id = FileId::of(content);
    let path = path_of(folder, &id);
    let sub_folder = path.parent().unwrap_or(folder);
    match get(folder, &id, max_bytes) {
        // Another put may have named it without having made the name durable yet.
        Ok(_) => return sync(sub_folder).map(|()| id).map_err(FilesError::at(sub_folder)),
        // A damaged copy is replaced: the caller has just shown the right content.
        Err(FilesError::NotFound(_) | FilesError::Damaged { .. } | FilesError::TooLarge { .. }) => {}
        Err(refused) => return Err(refused),
    }
    fs::create_dir_all(sub_folder).and_then(|()| sync(folder)).map_err(FilesError::at(sub_folder))?;
    write_whole(sub_folder, &path, content).map_err(FilesError::at(&path))?;
    Ok(id)
}

/// Reads a file and compares its content with its id.
pub(crate) fn get(folder: &Path, id: &FileId, max_bytes: u64) -> Result<Vec<u8>, FilesError> {
    let path = path_of(folder, id);
    let file = match File::open(&path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Err(FilesError::NotFound(*id)),
        opened => opened.map_err(FilesError::at(&path))?,
    };
    let size_bytes = file.metadata().map_err(FilesError::at(&path))?.len();
    if size_bytes > max_bytes {
        return Err(FilesError::TooLarge { size_bytes, max_bytes });
    }
    let mut content = Vec::new();
    file.take(max_bytes).read_to_end(&mut content).map_err(FilesError::at(&path))?;
    match FileId::of(&content) {
        found if found == *id => Ok(content),
        found => Err(FilesError::Damaged { id: *id, found }),
    }
}

/// Content to a temporary file, the file to the disk, the name to the file, the name to the disk.
fn write_whole(sub_folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(sub_folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync(sub_folder)
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
