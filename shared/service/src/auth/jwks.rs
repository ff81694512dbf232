//! A JSON web key set, read.

use std::collections::HashMap;

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

use super::KeysError;

/// Shortest modulus of an RSA key, in bytes of base64url (2,048 bits).
const SHORTEST_RSA: usize = 2048 / 8 * 4 / 3;

/// A public key and the one algorithm for which it is good: a token's header chooses a key, never how to use it.
#[derive(Clone, Debug)]
pub(super) struct VerifyingKey {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
    /// As it was published, to tell whether another key has come under the same id.
    pub(super) published: Jwk,
}

/// What to do about keys that cannot verify tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Refuse the set: it is a file of ours.
    Refused,
    /// Leave them out: identity providers publish keys for encryption beside them.
    LeftOut,
}

/// The keys of a set by their ids.
pub(super) fn read(text: &str, others: Others) -> Result<HashMap<String, VerifyingKey>, KeysError> {
    let keys = match others {
        Others::Refused => serde_json::from_str::<JwkSet>(text)?.keys,
        Others::LeftOut => {
            let set: AnySet = serde_json::from_str(text)?;
            set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()
        }
    };
    let mut by_id = HashMap::new();
    for (at, published) in keys.into_iter().enumerate() {
        match (verifying_key(published), others) {
            (Some((id, key)), _) => drop(by_id.insert(id, key)),
            (None, Others::Refused) => return Err(KeysError::Unsuitable(at)),
            (None, Others::LeftOut) => {}
        }
    }
    if by_id.is_empty() { Err(KeysError::Empty) } else { Ok(by_id) }
}

/// A set of keys of which some may be of a kind that nobody has heard of.
#[derive(serde::Deserialize)]
struct AnySet {
    keys: Vec<serde_json::Value>,
}

fn verifying_key(published: Jwk) -> Option<(String, VerifyingKey)> {
    let for_signatures =
        published.common.public_key_use.as_ref().is_none_or(|r#use| *r#use == PublicKeyUse::Signature);
    let algorithm = algorithm_of(&published).filter(|_| for_signatures)?;
    let id = published.common.key_id.clone().filter(|id| !id.is_empty())?;
    let key = DecodingKey::from_jwk(&published).ok()?;
    Some((id, VerifyingKey { key, algorithm, published }))
}

/// The algorithm of the allow-list that a key is made for; a key that says it is for another one has none.
fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(rsa) if rsa.n.trim_end_matches('=').len() >= SHORTEST_RSA => {
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        _ => return None,
    };
    key.common.key_algorithm.is_none_or(|said| said == named).then_some(algorithm)
}
