//! The folder of a city: where databases, keys and addresses are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::clients::Addresses;

/// A folder that holds, or will hold, a city.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The file of addresses holds something else.
    #[error("`{}` does not hold the addresses of a city: {problem}", path.display())]
    Addresses {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Services that have a database.
pub const SERVICES: [&str; 5] = ["registry", "collection", "risk", "inspection", "punishment"];

impl Folder {
    /// The folder at `path`, made if it does not exist.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        for part in [folder.0.clone(), folder.keys()] {
            fs::create_dir_all(&part).map_err(|source| FolderError::Io { path: part, source })?;
        }
        Ok(folder)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Database file of a service.
    pub fn database(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}.db"))
    }

    /// Folder of private key, public keys and service token.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// Folder that the publicity system picks marks up from.
    pub fn publicity(&self) -> PathBuf {
        self.0.join("publicity")
    }

    /// Folder of draw proofs.
    pub fn proofs(&self) -> Result<PathBuf, FolderError> {
        let path = self.0.join("proofs");
        fs::create_dir_all(&path).map_err(|source| FolderError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    /// Whether a city has lived here.
    pub fn is_lived_in(&self) -> bool {
        SERVICES.iter().any(|service| self.database(service).exists())
    }

    /// Writes where the running city listens.
    pub(super) fn write_addresses(&self, addresses: &Addresses) -> Result<(), FolderError> {
        let path = self.addresses_file();
        let text = serde_json::to_string_pretty(addresses)
            .map_err(|problem| FolderError::Addresses { path: path.clone(), problem: problem.to_string() })?;
        fs::write(&path, text).map_err(|source| FolderError::Io { path, source })
    }

    /// Takes the addresses away when the city stops.
    pub(super) fn forget_addresses(&self) {
        // The file may be gone already; a stale one is found out by asking the gateway.
        let _ = fs::remove_file(self.addresses_file());
    }

    /// Where a running city listens; `None` when none has said so.
    pub fn addresses(&self) -> Result<Option<Addresses>, FolderError> {
        let path = self.addresses_file();
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|problem| FolderError::Addresses { path, problem: problem.to_string() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(FolderError::Io { path, source }),
        }
    }

    fn addresses_file(&self) -> PathBuf {
        self.0.join("addresses.json")
    }
}
