//! Tokens of a city that has no identity provider: its own issuer, for officers at the command line, for its services
//! and for its gateway.

use std::path::{Path, PathBuf};

use crypto::signer::{self, KeyFileError, Signer, Sm2Signer};
use domain::{DivisionCode, MicrosUtc, OfficeCode};
use service::auth::{Claims, ISSUER, Issuer, IssuerError};

use super::file::replace;
use super::folder::signing_key;
use crate::clients::Bearer;

/// Life of an officer's token, in seconds.
pub const OFFICER_SECONDS: i64 = 12 * 3600;
/// Life of the tokens of services and gateway, in seconds. A running city makes new ones long before.
const SERVICE_SECONDS: i64 = 7 * 24 * 3600;

/// Services that sign: the registry attests to letters of commitment, punishment to what it answered about a party.
pub const SIGNING: [&str; 2] = ["registry", "punishment"];

/// A person for whom a token is made.
#[derive(Clone, Debug)]
pub struct Officer {
    /// Stable id of the person.
    pub subject: String,
    /// Office.
    pub office: OfficeCode,
    /// Divisions.
    pub divisions: Vec<DivisionCode>,
}

impl Officer {
    /// An officer of the whole city.
    pub fn of_city(subject: &str, office: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            office: OfficeCode::parse(office).expect("the program names offices by their codes"),
            divisions: vec![DivisionCode::parse("370100").expect("370100 is Jinan")],
        }
    }

    /// A token for this person.
    pub fn token(&self, issuer: &Issuer, now: MicrosUtc, seconds: i64) -> Result<String, IssuerError> {
        issuer.issue(&Claims::new(&self.subject, &self.office, &self.divisions, ISSUER, now, seconds))
    }

    /// The same, ready for requests.
    pub fn bearer(&self, issuer: &Issuer, now: MicrosUtc) -> Result<Bearer, IssuerError> {
        let token = self.token(issuer, now, OFFICER_SECONDS)?;
        Ok(Bearer::new(&token).expect("a token is base64 text and dots"))
    }
}

/// Files of keys in a folder, and the tokens by which services call each other and the gateway calls them.
#[derive(Debug)]
pub struct ServiceToken {
    /// Public keys.
    pub jwks: PathBuf,
    /// The token of the services (office SYSTEM).
    pub token: PathBuf,
    /// The token of the gateway, which may do less (office GATEWAY).
    pub gateway: PathBuf,
}

impl ServiceToken {
    /// Makes what is missing in `folder` and new tokens; the private key stays as it is.
    pub fn prepare(folder: &Path, now: MicrosUtc) -> Result<(Issuer, Self), IssuerError> {
        let issuer = Issuer::load_or_generate(&folder.join("issuer.pem"))?;
        let files = Self {
            jwks: folder.join("jwks.json"),
            token: folder.join("service.token"),
            gateway: folder.join("gateway.token"),
        };
        write(&files.jwks, issuer.jwks().as_bytes(), 0o644)?;
        files.renew(&issuer, now)?;
        Ok((issuer, files))
    }

    /// Makes new tokens.
    pub fn renew(&self, issuer: &Issuer, now: MicrosUtc) -> Result<(), IssuerError> {
        for (file, subject, office) in
            [(&self.token, "service", "SYSTEM"), (&self.gateway, "gateway", "GATEWAY")]
        {
            let holder = Officer::of_city(subject, office);
            write(file, holder.token(issuer, now, SERVICE_SECONDS)?.as_bytes(), 0o600)?;
        }
        Ok(())
    }
}

/// Makes the key that seals the callers of tickets and what they said, unless it is there: without it, what it sealed can never be read
/// again.
pub(super) fn keep_caller_key(path: &Path) -> Result<(), IssuerError> {
    if path.exists() {
        return Ok(());
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| IssuerError::Randomness)?;
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    write(path, format!("{digits}\n").as_bytes(), 0o600)
}

/// The SM2 key that a service signs with, and its public half beside it, to be published.
#[derive(Debug)]
pub struct SigningKey {
    /// Private key, readable by its owner only.
    pub private: PathBuf,
    /// Public key.
    pub public: PathBuf,
    /// How signatures name it.
    pub key_id: String,
}

/// A key that a service signs with cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The file of the private key.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The file of the public key, or the system's random source.
    #[error(transparent)]
    Write(#[from] IssuerError),
}

impl SigningKey {
    /// Makes the key of `service` in the folder `keys`, unless it is there.
    ///
    /// # Errors
    /// A file that cannot be written, or holds something else.
    pub fn prepare(keys: &Path, service: &str) -> Result<Self, SigningKeyError> {
        let private = signing_key(keys, service);
        if !private.exists() {
            signer::save_new(&new_key()?, &private)?;
        }
        let signer = signer::load(&private)?;
        let public = private.with_extension("public.pem");
        write(&public, signer.verifier().to_pem().as_bytes(), 0o644)?;
        Ok(Self { private, public, key_id: signer.key_id().to_string() })
    }
}

fn new_key() -> Result<Sm2Signer, IssuerError> {
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| IssuerError::Randomness)?;
        // One draw in 2^32 is no key; the next one is.
        if let Ok(signer) = Sm2Signer::from_random(&bytes) {
            return Ok(signer);
        }
    }
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), IssuerError> {
    replace(path, bytes, mode).map_err(|source| IssuerError::File { path: path.to_owned(), source })
}
