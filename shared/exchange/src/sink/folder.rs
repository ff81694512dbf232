//! A drop folder: one JSON file a delivery, complete or not there at all.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Mutex;

use super::SinkError;
use crate::Delivery;

/// A folder from which the receiver picks files up.
///
/// A file is named after subject and revision, `enterprises%2F91370102MA3C00011F%2Fmarks%2FFOOD.0000000003.json`: names
/// of one subject sort in the order in which they were decided, and a repetition meets its own file. It is written
/// under a name beginning with a dot and then renamed, so that a reader never sees half of it. The receipt is the
/// file's name.
#[derive(Clone, Debug)]
pub struct FolderSink {
    folder: PathBuf,
    names: Arc<NamesSync>,
}

/// Makes new names durable, many by one call of the operating system: whoever waits while one call runs shares the next.
#[derive(Debug, Default)]
struct NamesSync {
    /// Names placed so far.
    placed: AtomicU64,
    /// How many of them are durable.
    durable: Mutex<u64>,
}

impl NamesSync {
    /// Returns once a name that was placed in `folder` before the call is durable.
    async fn wait(&self, folder: &Path) -> io::Result<()> {
        let ours = self.placed.fetch_add(1, Ordering::SeqCst) + 1;
        let mut durable = self.durable.lock().await;
        if *durable >= ours {
            return Ok(());
        }
        let covered = self.placed.load(Ordering::SeqCst);
        let folder = folder.to_owned();
        let synced = tokio::task::spawn_blocking(move || File::open(folder)?.sync_all()).await;
        synced.map_err(io::Error::other)??;
        *durable = covered;
        Ok(())
    }
}

impl FolderSink {
    /// Drops into `folder`, which is created when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, names: Arc::default() })
    }

    pub(super) async fn deliver(&self, delivery: &Delivery) -> Result<String, SinkError> {
        let name = file_name(&delivery.subject, delivery.revision);
        let path = self.folder.join(&name);
        let draft = self.folder.join(format!(".{}.{}", delivery.delivery_id, delivery.attempts));
        let content = delivery.content.clone();
        let failed = |source| SinkError::File { path: name.clone(), source };
        let placed = tokio::task::spawn_blocking(move || place(&path, &draft, &content)).await;
        match placed.map_err(|lost| failed(io::Error::other(lost)))?.map_err(failed)? {
            Placed::Other => Err(SinkError::Occupied(name)),
            // The new name is durable only when the folder is; without this a loss of power could undo an
            // acknowledgement. A file that an earlier attempt placed may have lost its process before this.
            Placed::Now | Placed::Before => match self.names.wait(&self.folder).await {
                Ok(()) => Ok(name),
                Err(error) => Err(failed(error)),
            },
        }
    }
}

/// How the file came to be there.
#[derive(Debug, PartialEq, Eq)]
enum Placed {
    /// Written by this call.
    Now,
    /// An earlier attempt wrote the same.
    Before,
    /// The name is taken by something else.
    Other,
}

fn place(path: &Path, draft: &Path, content: &[u8]) -> io::Result<Placed> {
    match std::fs::read(path) {
        Ok(there) if there == content => return Ok(Placed::Before),
        Ok(_) => return Ok(Placed::Other),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = File::create(draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(draft, path)?;
    Ok(Placed::Now)
}

/// One name per subject and revision: a subject holds no `%`, so that encoding `/` keeps different subjects apart.
fn file_name(subject: &str, revision: i64) -> String {
    format!("{}.{revision:010}.json", subject.replace('/', "%2F"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_subject_sort_by_revision_and_those_of_others_differ() {
        assert!(file_name("a/b", 9) < file_name("a/b", 10));
        assert_eq!(file_name("a/b", 3), "a%2Fb.0000000003.json");
        assert_ne!(file_name("a/b", 1), file_name("a.b", 1));
    }

    #[test]
    fn the_longest_name_fits_a_file_system() {
        let subject = "a/".repeat(32) + &"x".repeat(96);
        assert!(subject.len() == 160 && file_name(&subject, i64::MAX).len() <= 255);
    }

    #[test]
    fn content_is_placed_once_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, draft) = (folder.path().join("a.json"), folder.path().join(".draft"));
        assert_eq!(place(&path, &draft, b"1").unwrap(), Placed::Now);
        assert_eq!(place(&path, &draft, b"1").unwrap(), Placed::Before);
        assert_eq!(place(&path, &draft, b"2").unwrap(), Placed::Other);
        assert_eq!(std::fs::read(&path).unwrap(), b"1");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
