//! The folder of a city: where databases, keys and addresses are.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::file::replace;
use crate::clients::Addresses;

/// A folder that holds, or will hold, a city.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read or written.
    #[error("cannot use `{}`", path.display())]
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
    /// A city is asked for where none has ever been.
    #[error("`{}` holds no city: `xinjian standalone` starts one there, `xinjian demo` generates one", path.display())]
    NoCity {
        /// The folder.
        path: PathBuf,
    },
    /// A token is asked for where nobody has the key to sign it.
    #[error("`{}` holds no key for tokens: `xinjian standalone` makes one for its city, `xinjian keys` for a deployment", path.display())]
    NoKey {
        /// The folder.
        path: PathBuf,
    },
    /// Another process runs the city of this folder.
    #[error("`{}` is in use: another process runs its city, or is just starting or stopping it", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
}

/// The hold of one running city on its folder. It ends when this is dropped, and with the process, however that ends.
#[derive(Debug)]
pub(super) struct Taken(#[allow(dead_code, reason = "the lock lives as long as the open file")] File);

/// The SM2 key of a service among the keys in `keys`.
pub(super) fn signing_key(keys: &Path, service: &str) -> PathBuf {
    keys.join(format!("{service}.pem"))
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

    /// The folder of a city that has run before.
    ///
    /// # Errors
    /// [`FolderError::NoCity`]; nothing is made at a path that somebody mistyped.
    pub fn of_city(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        if folder.is_lived_in() { Ok(folder) } else { Err(FolderError::NoCity { path: folder.0 }) }
    }

    /// The folder of a city, or of a deployment's keys, that can sign tokens.
    ///
    /// # Errors
    /// [`FolderError::NoKey`]; a new key made here would sign tokens that no service accepts.
    pub fn of_issuer(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        if folder.issuer_key().exists() { Ok(folder) } else { Err(FolderError::NoKey { path: folder.0 }) }
    }

    /// Takes the folder for one running city. Addresses that a killed one left behind go away.
    pub(super) fn take(&self) -> Result<Taken, FolderError> {
        let path = self.0.join("city.lock");
        let failed = |source| FolderError::Io { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::Taken { path: self.0.clone() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        self.forget_addresses();
        Ok(Taken(file))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Database file of a service.
    pub fn database(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}.db"))
    }

    /// Folder of private key, public keys and the tokens of services and gateway.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The private key of the city's issuer of tokens.
    pub fn issuer_key(&self) -> PathBuf {
        self.keys().join("issuer.pem")
    }

    /// The key that seals the callers of tickets and what they said.
    pub fn caller_key(&self) -> PathBuf {
        self.keys().join("caller.key")
    }

    /// The SM2 key that a service signs with: the registry letters of commitment, punishment receipts.
    pub fn signing_key(&self, service: &str) -> PathBuf {
        signing_key(&self.keys(), service)
    }

    /// Folder of the registry's archive of signed letters.
    pub fn archive(&self) -> PathBuf {
        self.0.join("archive")
    }

    /// Folder that the publicity system picks marks up from.
    pub fn publicity(&self) -> PathBuf {
        self.0.join("publicity")
    }

    /// Folder that a receiver picks records up from.
    pub fn records_for(&self, receiver: &str) -> PathBuf {
        self.0.join("records").join(receiver)
    }

    /// Folder that the publicity system picks entries of the lists up from.
    pub fn listings(&self) -> PathBuf {
        self.0.join("listings")
    }

    /// Folder that a system picks joint measures up from.
    pub fn measures_for(&self, receiver: &str) -> PathBuf {
        self.0.join("measures").join(receiver)
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
        replace(&path, text.as_bytes(), 0o644).map_err(|source| FolderError::Io { path, source })
    }

    /// Takes the addresses away when the city stops.
    pub(super) fn forget_addresses(&self) {
        // The file may be gone already; the next city that runs here takes away what is left.
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
