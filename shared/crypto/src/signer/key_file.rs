//! Private keys in files: PKCS#8 in PEM form, readable by their owner only, never overwritten.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{InvalidKey, Sm2Signer};

/// A key file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refused.
    #[error("key file `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The file holds no SM2 private key.
    #[error("key file `{path}`: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        source: InvalidKey,
    },
}

/// Reads the private key in `path`.
///
/// # Errors
/// When the file cannot be read or holds no SM2 key in PEM form.
pub fn load(path: &Path) -> Result<Sm2Signer, KeyFileError> {
    let pem =
        fs::read_to_string(path).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
    Sm2Signer::from_pem(&pem).map_err(|source| KeyFileError::Key { path: path.to_owned(), source })
}

/// Writes the private key into a new file that only its owner may read.
///
/// # Errors
/// When the file exists already (a key is never overwritten) or cannot be written.
pub fn save_new(signer: &Sm2Signer, path: &Path) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| {
            file.write_all(signer.to_pem().as_bytes())?;
            file.sync_all()
        })
        .map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::Signer;

    fn signer() -> Sm2Signer {
        Sm2Signer::from_random(&[3; 32]).unwrap()
    }

    #[test]
    fn a_saved_key_loads_again_and_is_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        save_new(&signer(), &path).unwrap();
        assert_eq!(load(&path).unwrap().key_id(), signer().key_id());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, "something else").unwrap();
        assert!(matches!(save_new(&signer(), &path), Err(KeyFileError::Io { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "something else");
        let refused = load(&path).err().unwrap();
        assert!(refused.to_string().contains("key.pem"), "{refused}");
    }
}
