//! A drop folder: one JSON file a delivery, complete or not there at all.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::SinkError;
use crate::Delivery;

/// From this many new files on, one flush of the file system is cheaper than one of each file.
const FLUSH_TOGETHER: usize = 8;

/// A folder from which the receiver picks files up.
///
/// A file is named after subject and revision, `enterprises%2F91370102MA3C00011F%2Fmarks%2FFOOD.0000000003.json`: names
/// of one subject sort in the order in which they were decided, and a repetition meets its own file. It is written
/// under a name beginning with a dot and then renamed, so that a reader never sees half of it. The receipt is the
/// file's name.
///
/// Many deliveries are laid down together: contents are made durable at once, then the names appear, then the names are
/// made durable at once. A loss of power undoes nothing that was acknowledged, whatever it interrupts.
#[derive(Clone, Debug)]
pub struct FolderSink {
    folder: PathBuf,
}

/// What became of one delivery.
type Outcome = Result<String, SinkError>;

impl FolderSink {
    /// Drops into `folder`, which is created when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Lays deliveries down together; what became of each, in their order.
    pub(super) async fn deliver_all(&self, deliveries: &[Delivery]) -> Vec<Outcome> {
        let drops: Vec<_> = deliveries.iter().map(|delivery| Drop::new(&self.folder, delivery)).collect();
        let names: Vec<_> = drops.iter().map(|drop| drop.name.clone()).collect();
        let folder = self.folder.clone();
        match tokio::task::spawn_blocking(move || lay_down(&folder, drops)).await {
            Ok(outcomes) => outcomes,
            Err(lost) => {
                names.into_iter().map(|name| Err(failed(name, io::Error::other(lost.to_string())))).collect()
            }
        }
    }
}

/// One file to be laid down.
struct Drop {
    name: String,
    path: PathBuf,
    draft: PathBuf,
    content: Vec<u8>,
}

impl Drop {
    fn new(folder: &Path, delivery: &Delivery) -> Self {
        let name = file_name(&delivery.subject, delivery.revision);
        let draft = folder.join(format!(".{}.{}", delivery.delivery_id, delivery.attempts));
        Self { path: folder.join(&name), draft, content: delivery.content.clone(), name }
    }
}

/// How far a file has come.
#[derive(Debug, PartialEq, Eq)]
enum Placed {
    /// Its content lies under the name of its draft.
    Drafted,
    /// An earlier attempt placed the same. It may have lost its process before the name was durable.
    Before,
    /// The name is taken by something else.
    Other,
}

fn lay_down(folder: &Path, drops: Vec<Drop>) -> Vec<Outcome> {
    let placed: Vec<_> = drops.iter().map(draft).collect();
    let drafts: Vec<_> =
        drops.iter().zip(&placed).filter(|(_, placed)| matches!(placed, Ok(Placed::Drafted))).collect();
    let flushed = flush(folder, &drafts.iter().map(|(drop, _)| drop.draft.as_path()).collect::<Vec<_>>());
    let named: Vec<_> = drops.iter().zip(placed).map(|(drop, placed)| name(drop, placed, &flushed)).collect();
    // The new names are durable only when the folder is.
    let settled = File::open(folder).and_then(|folder| folder.sync_all());
    let outcome = |(drop, named): (Drop, Outcome)| match &settled {
        Ok(()) => named,
        Err(error) => named.and(Err(failed(drop.name, again(error)))),
    };
    drops.into_iter().zip(named).map(outcome).collect()
}

/// Writes the content under the name of the draft, unless the file is there.
fn draft(drop: &Drop) -> io::Result<Placed> {
    match std::fs::read(&drop.path) {
        Ok(there) if there == drop.content => return Ok(Placed::Before),
        Ok(_) => return Ok(Placed::Other),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    File::create(&drop.draft)?.write_all(&drop.content)?;
    Ok(Placed::Drafted)
}

/// Makes the contents of drafts durable.
fn flush(folder: &Path, drafts: &[&Path]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if drafts.len() >= FLUSH_TOGETHER {
        return Ok(rustix::fs::syncfs(File::open(folder)?)?);
    }
    let _ = (folder, FLUSH_TOGETHER);
    drafts.iter().try_for_each(|draft| File::open(draft)?.sync_all())
}

/// Lets the file appear, once its content is durable.
fn name(drop: &Drop, placed: io::Result<Placed>, flushed: &io::Result<()>) -> Outcome {
    let error = |error| failed(drop.name.clone(), error);
    match placed.map_err(error)? {
        Placed::Other => return Err(SinkError::Occupied(drop.name.clone())),
        Placed::Before => {}
        Placed::Drafted => {
            flushed.as_ref().map_err(|flaw| error(again(flaw)))?;
            std::fs::rename(&drop.draft, &drop.path).map_err(error)?;
        }
    }
    Ok(drop.name.clone())
}

fn failed(path: String, source: io::Error) -> SinkError {
    SinkError::File { path, source }
}

/// The same error for another file: one flush is every file's.
fn again(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// One name per subject and revision: a subject holds no `%`, so that encoding `/` keeps different subjects apart.
fn file_name(subject: &str, revision: i64) -> String {
    format!("{}.{revision:010}.json", subject.replace('/', "%2F"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drop(folder: &Path, name: &str, content: &[u8]) -> Drop {
        let name = name.to_owned();
        Drop {
            path: folder.join(&name),
            draft: folder.join(format!(".{name}")),
            content: content.to_vec(),
            name,
        }
    }

    fn names(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

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
        let path = folder.path();
        for content in [b"1", b"1"] {
            assert_eq!(lay_down(path, vec![drop(path, "a.json", content)])[0].as_deref().unwrap(), "a.json");
        }
        let refused = lay_down(path, vec![drop(path, "a.json", b"2")]).remove(0);
        assert!(matches!(refused, Err(SinkError::Occupied(_))), "{refused:?}");
        assert_eq!((std::fs::read(path.join("a.json")).unwrap(), names(path)), (b"1".to_vec(), 1));
    }

    #[test]
    fn of_many_laid_down_together_one_that_cannot_be_holds_no_other_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::write(path.join("7.json"), "other").unwrap();
        let drops = (0..20).map(|number| drop(path, &format!("{number}.json"), b"ours")).collect();
        let outcomes = lay_down(path, drops);
        let refused: Vec<_> = (0..20).filter(|number| outcomes[*number].is_err()).collect();
        assert_eq!((refused, names(path)), (vec![7], 20));
        assert_eq!(std::fs::read(path.join("19.json")).unwrap(), b"ours");
    }

    #[test]
    fn nothing_is_laid_down_in_a_folder_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let drops = (0..20).map(|number| drop(&gone, &format!("{number}.json"), b"ours")).collect();
        assert!(lay_down(&gone, drops).iter().all(|outcome| matches!(outcome, Err(SinkError::File { .. }))));
    }
}
