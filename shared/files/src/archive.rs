//! The archive as services use it.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::place::{Place, key_of, open_folder};
use crate::{Bucket, FileId, FilesError};

/// Largest file an archive takes unless told otherwise: 64 MiB holds a scanned decision or a city's proof.
pub const DEFAULT_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Files named by their content, on a local disk or in a bucket. A clone is the same archive; several processes may share a
/// place.
#[derive(Clone, Debug)]
pub struct Archive {
    place: Place,
    store: Arc<dyn ObjectStore>,
    max_bytes: u64,
}

impl Archive {
    /// Opens the archive in `folder` and creates the folder if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, FilesError> {
        let (place, store) = open_folder(folder.into()).await?;
        Ok(Self { place, store: Arc::new(store), max_bytes: DEFAULT_MAX_BYTES })
    }

    /// The archive in a bucket; nobody is asked yet.
    ///
    /// # Errors
    /// [`FilesError::NoBuckets`] without the feature `s3`; when the address cannot be used.
    pub fn in_bucket(bucket: &Bucket) -> Result<Self, FilesError> {
        let (place, store) = bucket.open()?;
        Ok(Self { place, store, max_bytes: DEFAULT_MAX_BYTES })
    }

    /// The same archive with another bound on the size of one file, in bytes.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// Stores the content durably and answers its id. Storing it again changes nothing.
    ///
    /// # Errors
    /// When the content is too large, or disk or bucket refuse; then nothing is stored.
    pub async fn put(&self, content: &[u8]) -> Result<FileId, FilesError> {
        let size_bytes = content.len() as u64;
        if size_bytes > self.max_bytes {
            return Err(FilesError::TooLarge { size_bytes, max_bytes: self.max_bytes });
        }
        let id = FileId::of(content);
        match self.get(&id).await {
            Ok(_) => return self.place.make_durable(&id).await.map(|()| id),
            // A damaged copy is replaced: the caller has just shown the right content.
            Err(FilesError::NotFound(_) | FilesError::Damaged { .. } | FilesError::TooLarge { .. }) => {}
            Err(refused) => return Err(refused),
        }
        let put = self.store.put(&key_of(&id), Bytes::copy_from_slice(content).into()).await;
        put.map_err(|problem| self.place.failed(problem))?;
        Ok(id)
    }

    /// The content stored under `id`, compared with the id.
    ///
    /// # Errors
    /// When nothing is stored under the id, or what is stored is damaged or larger than the bound.
    pub async fn get(&self, id: &FileId) -> Result<Vec<u8>, FilesError> {
        let found = match self.store.get(&key_of(id)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(FilesError::NotFound(*id)),
            found => found.map_err(|problem| self.place.failed(problem))?,
        };
        let size_bytes = found.meta.size;
        if size_bytes > self.max_bytes {
            return Err(FilesError::TooLarge { size_bytes, max_bytes: self.max_bytes });
        }
        let content = found.bytes().await.map_err(|problem| self.place.failed(problem))?;
        match FileId::of(&content) {
            found if found == *id => Ok(content.into()),
            found => Err(FilesError::Damaged { id: *id, found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Opened {
        archive: Archive,
        folder: tempfile::TempDir,
    }

    async fn opened() -> Opened {
        let folder = tempfile::tempdir().unwrap();
        Opened { archive: Archive::open(folder.path().join("archive")).await.unwrap(), folder }
    }

    impl Opened {
        fn path_of(&self, id: &FileId) -> PathBuf {
            self.folder.path().join("archive").join(key_of(id).to_string())
        }

        fn names_beside(&self, id: &FileId) -> usize {
            std::fs::read_dir(self.path_of(id).parent().unwrap()).unwrap().count()
        }
    }

    #[tokio::test]
    async fn what_is_put_is_got_also_by_the_next_process() {
        let opened = opened().await;
        let id = opened.archive.put(b"decision 1").await.unwrap();
        assert_eq!(id, FileId::of(b"decision 1"));
        let again = Archive::open(opened.folder.path().join("archive")).await.unwrap();
        assert_eq!(again.get(&id).await.unwrap(), b"decision 1");
        let empty = opened.archive.put(b"").await.unwrap();
        assert_eq!(opened.archive.get(&empty).await.unwrap(), b"");
    }

    #[tokio::test]
    async fn putting_the_same_content_many_times_at_once_stores_one_file() {
        let opened = opened().await;
        let puts = (0..20).map(|_| {
            let archive = opened.archive.clone();
            tokio::spawn(async move { archive.put(b"the same").await })
        });
        for put in puts.collect::<Vec<_>>() {
            assert_eq!(put.await.unwrap().unwrap(), FileId::of(b"the same"));
        }
        assert_eq!(opened.names_beside(&FileId::of(b"the same")), 1);
    }

    #[tokio::test]
    async fn a_changed_byte_is_refused_and_names_the_file() {
        let opened = opened().await;
        let id = opened.archive.put(b"decision 1").await.unwrap();
        std::fs::write(opened.path_of(&id), b"decision 2").unwrap();
        let refused = opened.archive.get(&id).await.unwrap_err();
        assert!(matches!(refused, FilesError::Damaged { found, .. } if found == FileId::of(b"decision 2")));
        assert!(refused.to_string().contains(&id.to_string()), "{refused}");
    }

    #[tokio::test]
    async fn putting_the_right_content_again_heals_a_damaged_file() {
        let opened = opened().await;
        let id = opened.archive.put(b"decision 1").await.unwrap();
        std::fs::write(opened.path_of(&id), b"").unwrap();
        opened.archive.put(b"decision 1").await.unwrap();
        assert_eq!(opened.archive.get(&id).await.unwrap(), b"decision 1");
        assert_eq!(opened.names_beside(&id), 1);
    }

    #[tokio::test]
    async fn an_unknown_id_is_not_found() {
        let missing = FileId::of(b"never stored");
        let refused = opened().await.archive.get(&missing).await.unwrap_err();
        assert!(matches!(refused, FilesError::NotFound(id) if id == missing));
    }

    #[tokio::test]
    async fn a_file_above_the_bound_is_refused_with_both_sizes() {
        let opened = opened().await;
        let small = opened.archive.clone().with_max_bytes(3);
        assert!(small.put(b"abc").await.is_ok());
        let refused = small.put(b"abcd").await.unwrap_err();
        assert!(matches!(refused, FilesError::TooLarge { size_bytes: 4, max_bytes: 3 }));
        let large = opened.archive.put(b"abcd").await.unwrap();
        assert!(matches!(small.get(&large).await.unwrap_err(), FilesError::TooLarge { .. }));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("a file");
        std::fs::write(&blocked, b"").unwrap();
        let refused = Archive::open(blocked.join("archive")).await.unwrap_err();
        assert!(refused.to_string().contains("a file"), "{refused}");
        assert!(!refused.is_lost());
    }

    #[tokio::test]
    async fn what_an_archive_that_is_away_holds_is_not_lost() {
        let opened = opened().await;
        let id = opened.archive.put(b"decision 1").await.unwrap();
        let folder = opened.folder.path().join("archive");
        std::fs::rename(&folder, opened.folder.path().join("away")).unwrap();
        std::fs::write(&folder, b"").unwrap();
        for refused in
            [opened.archive.get(&id).await.unwrap_err(), opened.archive.put(b"other").await.unwrap_err()]
        {
            assert!(!refused.is_lost(), "{refused}");
        }
        std::fs::remove_file(&folder).unwrap();
        std::fs::rename(opened.folder.path().join("away"), &folder).unwrap();
        assert_eq!(opened.archive.get(&id).await.unwrap(), b"decision 1");
        assert!(opened.archive.get(&FileId::of(b"other")).await.unwrap_err().is_lost());
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn without_the_feature_a_bucket_is_refused_in_words_that_help() {
        let bucket = Bucket::parse("https://s3.example/letters", "cn-north-1", "id\nsecret").unwrap();
        assert!(Archive::in_bucket(&bucket).unwrap_err().to_string().contains("feature `s3`"));
    }
}
