//! Where the archive of a service lies, as its configuration says: in a folder, in a bucket, or nowhere.

use std::io;
use std::path::{Path, PathBuf};

use crate::{Archive, Bucket, FilesError, InvalidBucket};

/// The archive that is set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// The file with the key to the bucket cannot be read.
    #[error("cannot read the key to the bucket `{}`", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An address or a key of another form.
    #[error(transparent)]
    Bucket(#[from] InvalidBucket),
    /// The folder cannot be made, or the bucket cannot be used by this program.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl Archive {
    /// The archive in a bucket (address, region, file with the key), else in a folder; `None` where neither is set. Called by
    /// [`archive_options!`](crate::archive_options).
    ///
    /// # Errors
    /// [`OptionsError`].
    pub async fn configured(
        folder: Option<&Path>,
        bucket: Option<(&str, &str, &Path)>,
    ) -> Result<Option<Self>, OptionsError> {
        if let Some((address, region, file)) = bucket {
            let key = std::fs::read_to_string(file)
                .map_err(|source| OptionsError::Key { file: file.to_owned(), source })?;
            return Ok(Some(Self::in_bucket(&Bucket::parse(address, region, &key)?)?));
        }
        match folder {
            Some(folder) => Ok(Some(Self::open(folder).await?)),
            None => Ok(None),
        }
    }
}

/// Options of a service that say where its archive lies: `archive_options! { /// doc. Name, "flag-prefix", "ENV_PREFIX" }`. A macro,
/// because each service has flags and variables of its own name. The service needs `clap`.
#[macro_export]
macro_rules! archive_options {
    ($(#[$doc:meta])* $name:ident, $flag:literal, $env:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, clap::Args)]
        pub struct $name {
            /// Folder of the archive; without it and without a bucket, files are refused.
            #[arg(
                id = concat!($flag, "-folder"),
                long = concat!($flag, "-folder"),
                env = concat!($env, "_FOLDER"),
                value_name = "FOLDER"
            )]
            pub folder: Option<std::path::PathBuf>,
            /// Bucket that speaks S3, where the archive lies instead: `https://HOST[:PORT]/BUCKET`. The program must be built with the
            /// feature `s3`, as the images are.
            #[arg(
                id = concat!($flag, "-bucket"),
                long = concat!($flag, "-bucket"),
                env = concat!($env, "_BUCKET"),
                value_name = "URL",
                requires = concat!($flag, "-key-file"),
                conflicts_with = concat!($flag, "-folder")
            )]
            pub bucket: Option<String>,
            /// Region of the bucket, as requests to it are signed.
            #[arg(
                id = concat!($flag, "-region"),
                long = concat!($flag, "-region"),
                env = concat!($env, "_REGION"),
                value_name = "REGION",
                default_value = "cn-north-1"
            )]
            pub region: String,
            /// File with the key to the bucket: a line with the access key, a line with the secret key.
            #[arg(
                id = concat!($flag, "-key-file"),
                long = concat!($flag, "-key-file"),
                env = concat!($env, "_KEY_FILE"),
                value_name = "FILE"
            )]
            pub key_file: Option<std::path::PathBuf>,
        }

        impl $name {
            /// The archive that is set; `None` where none is.
            ///
            /// # Errors
            /// [`OptionsError`]($crate::OptionsError).
            pub async fn open(&self) -> Result<Option<$crate::Archive>, $crate::OptionsError> {
                let bucket = self.bucket.as_deref().zip(self.key_file.as_deref());
                let bucket = bucket.map(|(address, key_file)| (address, self.region.as_str(), key_file));
                $crate::Archive::configured(self.folder.as_deref(), bucket).await
            }
        }
    };
}
