//! Public keys, and the verification of a token by them.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::MicrosUtc;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, JwkSet},
};

use super::{AUDIENCE, Claims, Denied, ISSUER, MAX_TOKEN_BYTES, TokenProblem};

/// Seconds by which the issuer's clock may be ahead of ours.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// Public keys by their ids, and the issuer that holds the private ones: tokens that another issuer made with one of these
/// keys are not for us.
#[derive(Clone, Debug)]
pub struct Keys {
    by_id: HashMap<String, DecodingKey>,
    issuer: String,
}

/// The file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read.
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
    /// A key is not an Ed25519 key with an id.
    #[error("key {0} of the set is not an Ed25519 key with a `kid`")]
    Unsuitable(usize),
    /// There is none.
    #[error("the key set is empty")]
    Empty,
    /// What a file holds cannot be used.
    #[error("the keys in `{}` cannot be used", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<KeysError>,
    },
}

impl Keys {
    /// Reads a JWKS file.
    ///
    /// # Errors
    /// [`KeysError`] when it cannot be read or holds anything but Ed25519 keys with ids.
    pub fn from_file(path: &Path) -> Result<Self, KeysError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeysError::Unreadable { path: path.to_owned(), source })?;
        Self::from_jwks(&text)
            .map_err(|problem| KeysError::InFile { path: path.to_owned(), source: Box::new(problem) })
    }

    /// Reads the text of a JWKS.
    ///
    /// # Errors
    /// [`KeysError`], as [`from_file`](Self::from_file).
    pub fn from_jwks(text: &str) -> Result<Self, KeysError> {
        let set: JwkSet = serde_json::from_str(text)?;
        let mut keys = HashMap::new();
        for (at, jwk) in set.keys.iter().enumerate() {
            let unsuitable = || KeysError::Unsuitable(at);
            let AlgorithmParameters::OctetKeyPair(pair) = &jwk.algorithm else { return Err(unsuitable()) };
            if pair.curve != EllipticCurve::Ed25519 {
                return Err(unsuitable());
            }
            let id = jwk.common.key_id.clone().ok_or_else(unsuitable)?;
            let key = DecodingKey::from_ed_components(&pair.x).map_err(|_| unsuitable())?;
            keys.insert(id, key);
        }
        if keys.is_empty() {
            return Err(KeysError::Empty);
        }
        Ok(Self { by_id: keys, issuer: ISSUER.to_owned() })
    }

    /// The same keys for tokens of `issuer` instead of [`ISSUER`].
    #[must_use]
    pub fn issued_by(self, issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), ..self }
    }

    /// What the token says, if one of our keys signed it, it names our issuer, it is meant for Xinjian and it has not expired
    /// by `now`.
    ///
    /// # Errors
    /// [`Denied`] that says what is wrong.
    pub fn verify(&self, token: &str, now: MicrosUtc) -> Result<Claims, Denied> {
        let claims = self.signed_claims(token).map_err(Denied::TokenInvalid)?;
        let now_seconds = now.micros().div_euclid(1_000_000);
        if claims.iss != self.issuer {
            let problem = TokenProblem::Issuer { found: claims.iss, expected: self.issuer.clone() };
            return Err(Denied::TokenInvalid(problem));
        }
        if !claims.aud.names(AUDIENCE) {
            return Err(Denied::TokenInvalid(TokenProblem::Audience(claims.aud.to_string())));
        }
        if claims.iat > now_seconds + CLOCK_SKEW_SECONDS {
            return Err(Denied::TokenInvalid(TokenProblem::NotYetValid));
        }
        if claims.exp <= now_seconds {
            return Err(Denied::TokenExpired { expired_at: claims.exp });
        }
        Ok(claims)
    }

    /// What a token says whose signature fits; issuer, audience and time are not looked at.
    fn signed_claims(&self, token: &str) -> Result<Claims, TokenProblem> {
        let malformed = |problem: &dyn ToString| TokenProblem::Malformed(problem.to_string());
        if token.len() > MAX_TOKEN_BYTES {
            return Err(malformed(&format!("longer than {MAX_TOKEN_BYTES} bytes")));
        }
        let header = Header::of(token)?;
        if header.alg != "EdDSA" {
            return Err(TokenProblem::Algorithm(header.alg));
        }
        let id = header.kid.ok_or_else(|| malformed(&"the header names no key (`kid`)"))?;
        let key = self.by_id.get(&id).ok_or(TokenProblem::UnknownKey(id))?;
        match jsonwebtoken::decode(token, key, &signature_only()) {
            Ok(data) => Ok(data.claims),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidSignature => TokenProblem::Signature,
                _ => malformed(&error),
            }),
        }
    }
}

/// Issuer, audience and time are checked by ourselves: time is an argument here, and the messages say what was expected.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

/// The parts of a token's header that choose the key, read before anything is verified.
#[derive(serde::Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
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
        serde_json::from_slice(&bytes).map_err(|_| malformed("its header is not JSON with `alg`"))
    }
}
