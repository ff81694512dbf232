//! An issuer of tokens: for `xinjian standalone`, for service accounts, for tests. Production takes the tokens of the
//! bureau's own identity provider.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::{Claims, Keys};

/// A private key that signs tokens. `Debug` shows its id only.
pub struct Issuer {
    key: EncodingKey,
    public: [u8; 32],
    id: String,
}

/// The private key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The file cannot be read or written.
    #[error("cannot use the private key in `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("`{}` can be read by others; run `chmod 600` on it and make a new key", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The text is not an Ed25519 key.
    #[error("the private key is not an Ed25519 key in PKCS#8 PEM")]
    NotEd25519,
    /// The operating system gave no random bytes.
    #[error("no random bytes for a new key")]
    Randomness,
    /// A token could not be made.
    #[error("cannot sign a token")]
    Signing(#[source] jsonwebtoken::errors::Error),
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Issuer {
    /// The issuer whose private key is these 32 bytes.
    ///
    /// # Errors
    /// [`IssuerError::NotEd25519`] when the key cannot be encoded.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, IssuerError> {
        Self::from_key(&SigningKey::from_bytes(seed))
    }

    /// The issuer whose key is in `path`; a new one, readable by the owner only, if the file does not exist.
    ///
    /// # Errors
    /// [`IssuerError`], also when others may read an existing file.
    pub fn load_or_generate(path: &Path) -> Result<Self, IssuerError> {
        let failed = |source| IssuerError::File { path: path.to_owned(), source };
        match fs::read_to_string(path) {
            Ok(pem) => {
                refuse_exposed(path)?;
                let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| IssuerError::NotEd25519)?;
                Self::from_key(&key)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|_| IssuerError::Randomness)?;
                let key = SigningKey::from_bytes(&seed);
                let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| IssuerError::NotEd25519)?;
                write_private(path, pem.as_bytes()).map_err(failed)?;
                Self::from_key(&key)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn from_key(key: &SigningKey) -> Result<Self, IssuerError> {
        let der = key.to_pkcs8_der().map_err(|_| IssuerError::NotEd25519)?;
        let public = key.verifying_key().to_bytes();
        let id = crypto::sm3::digest(&public).to_hex()[..16].to_owned();
        Ok(Self { key: EncodingKey::from_ed_der(der.as_bytes()), public, id })
    }

    /// Id of the key: the first 16 hex digits of the SM3 of the public key.
    pub fn key_id(&self) -> &str {
        &self.id
    }

    /// The public key as a JWKS, for the file that services read.
    pub fn jwks(&self) -> String {
        let key = json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": self.id, "x": URL_SAFE_NO_PAD.encode(self.public),
        });
        json!({ "keys": [key] }).to_string()
    }

    /// The public key, ready to verify.
    pub fn keys(&self) -> Keys {
        Keys::from_jwks(&self.jwks()).expect("an issuer's own key set is well formed")
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// [`IssuerError::Signing`].
    pub fn issue(&self, claims: &Claims) -> Result<String, IssuerError> {
        let mut header = jsonwebtoken::Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.clone());
        // Optional (RFC 7519, 5.1), and every byte of a token is packed and unpacked with each request.
        header.typ = None;
        jsonwebtoken::encode(&header, claims, &self.key).map_err(IssuerError::Signing)
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), IssuerError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|source| IssuerError::File { path: path.to_owned(), source })?;
    if mode.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(IssuerError::Exposed { path: path.to_owned() })
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path) -> Result<(), IssuerError> {
    Ok(())
}

/// Writes a new file that only its owner may read; never over an existing one.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
