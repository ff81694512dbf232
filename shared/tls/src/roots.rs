//! Certificates of an authority, for whoever speaks TLS by a library of its own.

use std::{path::PathBuf, sync::Arc};

use crate::{Problem, TlsError, files::authority, watched::Watched};

/// The certificates of an authority, as their file holds them now. Clones share it.
#[derive(Clone)]
pub struct Roots(Arc<Watched<Vec<u8>>>);

impl std::fmt::Debug for Roots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Roots")
    }
}

impl Roots {
    /// Those in `ca` (PEM).
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn open(ca: PathBuf) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(Watched::open(vec![ca], usable)?)))
    }

    /// The text of the file (PEM), at most a second old; while it holds nothing that can be used, what it held before.
    pub fn pem(&self) -> Arc<Vec<u8>> {
        self.0.current()
    }
}

/// The text of the file, once it was seen that it holds certificates.
fn usable(contents: &[Vec<u8>]) -> Result<Vec<u8>, Problem> {
    authority(&contents[0])?;
    Ok(contents[0].clone())
}
