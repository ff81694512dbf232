//! The verification of a token: by which key, of whom, for whom, when.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::MicrosUtc;
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde_json::{Map, Value};
use tls::Connector;

use super::{
    AUDIENCE, Audience, ClaimMap, Claims, Denied, ISSUER, MAX_TOKEN_BYTES, Revocations, Supply, TokenProblem,
    fetch::IssuerKeys,
    jwks::{self, Others, VerifyingKey},
    ring::{KeyRing, Source},
};

/// Seconds by which the issuer's clock may be ahead of ours.
const CLOCK_SKEW_SECONDS: i64 = 60;
/// Longest name of a key or an algorithm, in bytes.
const LONGEST_NAME: usize = 200;

/// Public keys, the issuer that holds the private ones, and how to read what it says. Tokens that another issuer made with one of
/// these keys are not for us. Clones share keys and revocations.
#[derive(Clone, Debug)]
pub struct Keys {
    ring: Arc<KeyRing>,
    revoked: Arc<Revocations>,
    issuer: String,
    audience: String,
    map: Arc<ClaimMap>,
}

/// The keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("cannot read the keys in `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// It is not a JWKS.
    #[error("the keys are not a JSON web key set: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A key is not one for tokens.
    #[error(
        "key {0} of the set is not an Ed25519, P-256 or RSA (2048 bits and more) key for signatures with a `kid`"
    )]
    Unsuitable(usize),
    /// There is none.
    #[error("the key set has no key for tokens")]
    Empty,
    /// What a file holds cannot be used.
    #[error("the keys in `{}` cannot be used", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<KeysError>,
    },
    /// No keys are taken from this address.
    #[error("no keys can be taken from `{address}`: {problem}")]
    Address {
        /// The address.
        address: String,
        /// Why not.
        problem: String,
    },
    /// The issuer has not answered with its keys.
    #[error("`{address}` has not answered with keys")]
    Unanswered {
        /// Who was asked.
        address: String,
        /// Why not.
        #[source]
        problem: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The authority by which the issuer is known.
    #[error(transparent)]
    Authority(#[from] tls::TlsError),
    /// The list of revocations.
    #[error(transparent)]
    Revocations(#[from] super::RevocationsError),
}

/// The keys of a file of ours: all of them, or none.
pub(super) fn read_file(path: &Path) -> Result<HashMap<String, VerifyingKey>, KeysError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| KeysError::Unreadable { path: path.to_owned(), source })?;
    jwks::read(&text, Others::Refused)
        .map_err(|problem| KeysError::InFile { path: path.to_owned(), source: Box::new(problem) })
}

impl Keys {
    /// Reads a JWKS file, now and whenever it changes.
    ///
    /// # Errors
    /// [`KeysError`] when it cannot be read or holds anything but keys for tokens with ids.
    pub fn from_file(path: &Path) -> Result<Self, KeysError> {
        Ok(Self::of(KeyRing::new(Source::File(path.to_owned()), read_file(path)?)))
    }

    /// Reads the text of a JWKS.
    ///
    /// # Errors
    /// [`KeysError`], as [`from_file`](Self::from_file).
    pub fn from_jwks(text: &str) -> Result<Self, KeysError> {
        Ok(Self::of(KeyRing::new(Source::Text, jwks::read(text, Others::Refused)?)))
    }

    /// The keys that are published at `address`. Nobody is asked yet: until the issuer has answered, no token is accepted.
    ///
    /// # Errors
    /// [`KeysError::Address`].
    pub fn published_at(address: &str, tls: Option<Connector>) -> Result<Self, KeysError> {
        Ok(Self::of(KeyRing::new(Source::Issuer(IssuerKeys::at(address, tls)?), HashMap::new())))
    }

    /// The keys that `issuer`, whose name is its address, publishes where it says itself.
    ///
    /// # Errors
    /// [`KeysError::Address`].
    pub fn published_by(issuer: &str, tls: Option<Connector>) -> Result<Self, KeysError> {
        let source = Source::Issuer(IssuerKeys::said_by(issuer, tls)?);
        Ok(Self::of(KeyRing::new(source, HashMap::new())).issued_by(issuer))
    }

    fn of(ring: KeyRing) -> Self {
        Self {
            ring: Arc::new(ring),
            revoked: Arc::default(),
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            map: Arc::default(),
        }
    }

    /// The same keys for tokens of `issuer` instead of [`ISSUER`].
    #[must_use]
    pub fn issued_by(self, issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), ..self }
    }

    /// The same keys for tokens that name `audience` instead of [`AUDIENCE`].
    #[must_use]
    pub fn meant_for(self, audience: impl Into<String>) -> Self {
        Self { audience: audience.into(), ..self }
    }

    /// The same keys for tokens whose claims are read by `map`.
    #[must_use]
    pub fn read_by(self, map: ClaimMap) -> Self {
        Self { map: Arc::new(map), ..self }
    }

    /// The same keys without what is revoked.
    #[must_use]
    pub fn without(self, revoked: Revocations) -> Self {
        Self { revoked: Arc::new(revoked), ..self }
    }

    /// What the token says, if one of our keys signed it, it names our issuer, it is meant for Xinjian, it has not expired by
    /// `now` and nobody has revoked it.
    ///
    /// # Errors
    /// [`Denied`] that says what is wrong.
    pub fn verify(&self, token: &str, now: MicrosUtc) -> Result<Claims, Denied> {
        let (payload, key) = self.signed_payload(token, now)?;
        self.check_registered(&payload, now.micros().div_euclid(1_000_000))?;
        let claims = self.map.read(payload)?;
        if self.revoked.cover(&claims, &key) {
            return Err(Denied::TokenRevoked);
        }
        Ok(claims)
    }

    /// Issuer, audience and time (RFC 7519 section 4.1).
    fn check_registered(&self, payload: &Map<String, Value>, now_seconds: i64) -> Result<(), Denied> {
        let said: Registered = serde_json::from_value(Value::Object(payload.clone()))
            .map_err(|problem| Denied::TokenInvalid(TokenProblem::Malformed(problem.to_string())))?;
        if said.iss != self.issuer {
            let problem = TokenProblem::Issuer { found: said.iss, expected: self.issuer.clone() };
            return Err(Denied::TokenInvalid(problem));
        }
        if !said.aud.names(&self.audience) {
            let (found, expected) = (said.aud.to_string(), self.audience.clone());
            return Err(Denied::TokenInvalid(TokenProblem::Audience { found, expected }));
        }
        let begins = said.nbf.map_or(said.iat, |not_before| not_before.max(said.iat));
        if begins > now_seconds.saturating_add(CLOCK_SKEW_SECONDS) {
            return Err(Denied::TokenInvalid(TokenProblem::NotYetValid));
        }
        if said.exp <= now_seconds {
            return Err(Denied::TokenExpired { expired_at: said.exp });
        }
        Ok(())
    }

    /// What a token says whose signature fits, and the key that signed it; what it says is not looked at.
    fn signed_payload(&self, token: &str, now: MicrosUtc) -> Result<(Map<String, Value>, String), Denied> {
        let malformed = |problem: &dyn ToString| TokenProblem::Malformed(problem.to_string());
        if token.len() > MAX_TOKEN_BYTES {
            return Err(malformed(&format!("longer than {MAX_TOKEN_BYTES} bytes")).into());
        }
        let header = Header::of(token)?;
        if !ACCEPTED.contains(&header.alg.as_str()) {
            return Err(TokenProblem::Algorithm(header.alg).into());
        }
        if header.crit.is_some() {
            return Err(malformed(&"its header asks for what nobody here knows (`crit`)").into());
        }
        let id = header.kid.ok_or_else(|| malformed(&"the header names no key (`kid`)"))?;
        let Some(found) = self.ring.find(&id, now) else {
            return Err(match self.ring.supply() {
                Supply::Missing => Denied::KeysMissing,
                _ => TokenProblem::UnknownKey(id).into(),
            });
        };
        if name_of(found.algorithm) != header.alg {
            return Err(TokenProblem::NotOfItsKey { algorithm: header.alg, key: id }.into());
        }
        match jsonwebtoken::decode(token, &found.key, &signature_only(found.algorithm)) {
            Ok(data) => Ok((data.claims, id)),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidSignature => TokenProblem::Signature,
                _ => malformed(&error),
            }
            .into()),
        }
    }

    /// A number that grows whenever something that was accepted may be accepted no more.
    pub(super) fn changes(&self) -> u64 {
        self.ring.changes()
    }

    pub(super) fn ring(&self) -> &Arc<KeyRing> {
        &self.ring
    }

    pub(super) fn revoked(&self) -> &Revocations {
        &self.revoked
    }
}

/// The algorithms that keys may have. Each key has one: a public key is never used as a secret, and no token is unsigned.
const ACCEPTED: [&str; 3] = ["EdDSA", "ES256", "RS256"];

fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "EdDSA",
        Algorithm::ES256 => "ES256",
        Algorithm::RS256 => "RS256",
        _ => "none that is accepted",
    }
}

/// Issuer, audience and time are checked by ourselves: time is an argument here, and the messages say what was expected.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

/// The claims that decide whether a token is for us, now.
#[derive(serde::Deserialize)]
struct Registered {
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
}

/// The parts of a token's header that choose the key, read before anything is verified.
#[derive(serde::Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl Header {
    fn of(token: &str) -> Result<Self, TokenProblem> {
        let malformed = |problem: &str| TokenProblem::Malformed(problem.to_owned());
        let (header, rest) =
            token.split_once('.').ok_or_else(|| malformed("it has no parts joined by dots"))?;
        if rest.split('.').count() != 2 {
            return Err(malformed("it has not three parts"));
        }
        let bytes = URL_SAFE_NO_PAD.decode(header).map_err(|_| malformed("its header is not base64url"))?;
        let header: Self =
            serde_json::from_slice(&bytes).map_err(|_| malformed("its header is not JSON with `alg`"))?;
        // Both come back in the refusal, and in the log.
        let is_short = |text: &str| text.len() <= LONGEST_NAME;
        if !is_short(&header.alg) || !header.kid.as_deref().is_none_or(is_short) {
            return Err(malformed("`alg` or `kid` in its header is too long"));
        }
        Ok(header)
    }
}
