//! Keeps signed copies and attests to them: the archive, and the key that the service signs with.
//!
//! Knows nothing of letters and of who may read them.

use std::sync::Arc;

use crypto::signer::{Signer, Sm2Signer};
use files::{Archive, FileId};

use crate::config::Config;
use crate::error::{CommitmentError, Error};

/// Largest signed copy, in bytes: a message of the contract has at most 4 MiB.
pub(crate) const MOST_BYTES: usize = 3 * 1024 * 1024;

/// The archive and the key. Cheap to clone; either may be missing.
#[derive(Clone, Default)]
pub(crate) struct Seal {
    archive: Option<Archive>,
    signer: Option<Arc<Sm2Signer>>,
}

/// A signature over a statement; all texts are empty where the service has no key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attested {
    /// SM2 signature in hexadecimal digits, r then s.
    pub signature: String,
    /// Key that signed.
    pub key_id: String,
    /// Its public half: SPKI in PEM form.
    pub public_key: String,
}

impl Seal {
    /// Opens the archive, in a folder or a bucket, and reads the key, as far as they are set.
    ///
    /// # Errors
    /// When the folder cannot be made, the bucket cannot be used by this program, or the file holds no SM2 key.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let archive = config.archive.open().await?;
        if archive.is_none() {
            tracing::warn!("no archive is set: signed copies of letters are refused");
        }
        let archive = archive.map(|archive| archive.with_max_bytes(MOST_BYTES as u64));
        let key = config.host.checkpoint_key.as_deref();
        let signer = key.map(crypto::signer::load).transpose()?.map(Arc::new);
        if signer.is_none() {
            tracing::info!("no key is set: signed copies of letters carry no signature of the service");
        }
        Ok(Self { archive, signer })
    }

    /// Stores a copy durably.
    ///
    /// # Errors
    /// [`CommitmentError::ArchiveMissing`], [`CommitmentError::Archive`].
    pub(crate) async fn put(&self, content: &[u8]) -> Result<FileId, Error> {
        Ok(self.archive()?.put(content).await.map_err(CommitmentError::Archive)?)
    }

    /// The copy stored under `file`, compared with its digest.
    ///
    /// # Errors
    /// [`CommitmentError::ArchiveMissing`], [`CommitmentError::Archive`].
    pub(crate) async fn get(&self, file: &FileId) -> Result<Vec<u8>, Error> {
        Ok(self.archive()?.get(file).await.map_err(CommitmentError::Archive)?)
    }

    /// Signs a statement.
    ///
    /// # Errors
    /// [`CommitmentError::Signing`].
    pub(crate) fn attest(&self, statement: &str) -> Result<Attested, CommitmentError> {
        let Some(signer) = &self.signer else { return Ok(Attested::default()) };
        let signature = signer.sign(statement.as_bytes())?;
        Ok(Attested {
            signature: signature.to_hex(),
            key_id: signature.key_id.as_str().to_owned(),
            public_key: signer.verifier().to_pem().to_owned(),
        })
    }

    fn archive(&self) -> Result<&Archive, CommitmentError> {
        self.archive.as_ref().ok_or(CommitmentError::ArchiveMissing)
    }
}
