//! SM2 (GB/T 32918.2-2016) with SM3, the default identity of GM/T 0009, deterministic nonces (RFC 6979).

use sm2::SecretKey;
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature as Sm2Signature, SigningKey, VerifyingKey};
use sm2::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};

use super::{KeyId, Signature, SignatureRefused, Signer, SigningFailed, Verifier};
use crate::sm3;

/// The signer identity that GM/T 0009-2012 section 10 prescribes when none is agreed.
const DEFAULT_IDENTITY: &str = "1234567812345678";

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKey {
    /// The 32 bytes are zero or not below the group order; draw other bytes.
    #[error("these 32 bytes are no SM2 private key (zero, or not below the group order); use others")]
    OutOfRange,
    /// The text is not a PKCS#8 private key or SPKI public key of SM2 in PEM form.
    #[error("not an SM2 key in PEM form: {0}")]
    Pem(String),
}

/// An SM2 private key in memory.
pub struct Sm2Signer {
    key: SigningKey,
    verifier: Sm2Verifier,
}

impl Sm2Signer {
    /// Makes the private key from 32 random bytes, which the caller drew from the system's random source.
    ///
    /// # Errors
    /// About one draw in 2^32 is out of range; the caller draws again.
    pub fn from_random(bytes: &[u8; 32]) -> Result<Self, InvalidKey> {
        let secret = SecretKey::from_slice(bytes).map_err(|_| InvalidKey::OutOfRange)?;
        Ok(Self::from_secret(&secret))
    }

    /// Reads a PKCS#8 private key in PEM form.
    ///
    /// # Errors
    /// When the text is no such key, or the key is not one of SM2.
    pub fn from_pem(pem: &str) -> Result<Self, InvalidKey> {
        let secret = SecretKey::from_pkcs8_pem(pem).map_err(|e| InvalidKey::Pem(e.to_string()))?;
        Ok(Self::from_secret(&secret))
    }

    fn from_secret(secret: &SecretKey) -> Self {
        let key =
            SigningKey::new(DEFAULT_IDENTITY, secret).expect("the default identity is short enough to hash");
        let verifier = Sm2Verifier::new(key.verifying_key().clone());
        Self { key, verifier }
    }

    /// The private key as PKCS#8 in PEM form: a secret; it goes into a file of its owner and nowhere else.
    pub fn to_pem(&self) -> String {
        let secret = SecretKey::from(self.key.as_nonzero_scalar());
        secret.to_pkcs8_pem(LineEnding::LF).expect("a valid private key has a PKCS#8 form").to_string()
    }

    /// The public half, which checks what this key signs.
    pub fn verifier(&self) -> &Sm2Verifier {
        &self.verifier
    }
}

impl Signer for Sm2Signer {
    fn key_id(&self) -> &KeyId {
        &self.verifier.key_id
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningFailed> {
        let signature: Sm2Signature = self
            .key
            .try_sign(message)
            .map_err(|e| SigningFailed { key_id: self.key_id().clone(), reason: e.to_string() })?;
        Ok(Signature { key_id: self.key_id().clone(), bytes: signature.to_vec() })
    }
}

/// An SM2 public key.
#[derive(Clone, Debug)]
pub struct Sm2Verifier {
    key: VerifyingKey,
    key_id: KeyId,
    pem: String,
}

impl Sm2Verifier {
    /// Reads a public key (SPKI) in PEM form.
    ///
    /// # Errors
    /// When the text is no such key, or the key is not one of SM2.
    pub fn from_pem(pem: &str) -> Result<Self, InvalidKey> {
        let key = sm2::PublicKey::from_public_key_pem(pem).map_err(|e| InvalidKey::Pem(e.to_string()))?;
        let key = VerifyingKey::new(DEFAULT_IDENTITY, key).map_err(|e| InvalidKey::Pem(e.to_string()))?;
        Ok(Self::new(key))
    }

    fn new(key: VerifyingKey) -> Self {
        let public = sm2::PublicKey::from(&key);
        let der = public.to_public_key_der().expect("a valid public key has a DER form");
        let pem = public.to_public_key_pem(LineEnding::LF).expect("a valid public key has a PEM form");
        let key_id = KeyId(hex::encode(&sm3::digest(der.as_bytes()).as_bytes()[..16]));
        Self { key, key_id, pem }
    }

    /// The public key (SPKI) in PEM form, to be published.
    pub fn to_pem(&self) -> &str {
        &self.pem
    }
}

impl Verifier for Sm2Verifier {
    fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureRefused> {
        if signature.key_id != self.key_id {
            return Err(SignatureRefused::OtherKey {
                signed_by: signature.key_id.clone(),
                checked_with: self.key_id.clone(),
            });
        }
        let parsed = Sm2Signature::from_slice(&signature.bytes)
            .map_err(|_| SignatureRefused::Malformed(signature.bytes.len()))?;
        self.key.verify(message, &parsed).map_err(|_| SignatureRefused::Mismatch(self.key_id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(byte: u8) -> Sm2Signer {
        Sm2Signer::from_random(&[byte; 32]).unwrap()
    }

    #[test]
    fn the_same_key_and_message_give_the_same_signature() {
        let (first, second) = (signer(7).sign(b"receipt").unwrap(), signer(7).sign(b"receipt").unwrap());
        assert_eq!(first, second);
        assert_ne!(first, signer(7).sign(b"receipt.").unwrap());
        assert_eq!(first.bytes.len(), 64);
    }

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        // GB/T 32918.5-2017, appendix A.2: private key, message and signature.
        let bytes = |text: &str| hex::decode(text).unwrap();
        let key = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
        let signer = Sm2Signer::from_random(&key.try_into().unwrap()).unwrap();
        let r = bytes("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3");
        let s = bytes("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
        let signature = Signature { key_id: signer.key_id().clone(), bytes: [r, s].concat() };
        assert_eq!(signer.verifier().verify(b"message digest", &signature), Ok(()));
        assert!(signer.verifier().verify(b"message digest.", &signature).is_err());
    }

    #[test]
    fn a_signature_holds_for_its_message_only() {
        let signer = signer(7);
        let signature = signer.sign(b"receipt 1").unwrap();
        assert_eq!(signer.verifier().verify(b"receipt 1", &signature), Ok(()));
        let refused = signer.verifier().verify(b"receipt 2", &signature).unwrap_err();
        assert_eq!(refused, SignatureRefused::Mismatch(signer.key_id().clone()));
    }

    #[test]
    fn any_changed_bit_of_a_signature_is_refused() {
        let signer = signer(7);
        let signature = signer.sign(b"receipt").unwrap();
        for bit in 0..signature.bytes.len() * 8 {
            let mut changed = signature.clone();
            changed.bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(signer.verifier().verify(b"receipt", &changed).is_err(), "bit {bit}");
        }
        let mut short = signature;
        short.bytes.pop();
        let refused = signer.verifier().verify(b"receipt", &short).unwrap_err();
        assert_eq!(refused, SignatureRefused::Malformed(63));
    }

    #[test]
    fn a_signature_of_another_key_is_refused_by_name() {
        let (ours, theirs) = (signer(7), signer(8));
        let refused = ours.verifier().verify(b"receipt", &theirs.sign(b"receipt").unwrap()).unwrap_err();
        let expected = SignatureRefused::OtherKey {
            signed_by: theirs.key_id().clone(),
            checked_with: ours.key_id().clone(),
        };
        assert_eq!(refused, expected);
        let mut renamed = theirs.sign(b"receipt").unwrap();
        renamed.key_id = ours.key_id().clone();
        assert!(ours.verifier().verify(b"receipt", &renamed).is_err());
    }

    #[test]
    fn keys_survive_their_pem_form() {
        let signer = signer(9);
        let again = Sm2Signer::from_pem(&signer.to_pem()).unwrap();
        assert_eq!(again.sign(b"m").unwrap(), signer.sign(b"m").unwrap());
        let public = Sm2Verifier::from_pem(signer.verifier().to_pem()).unwrap();
        assert_eq!(public.verify(b"m", &signer.sign(b"m").unwrap()), Ok(()));
        assert_eq!(public.key_id(), signer.key_id());
    }

    #[test]
    fn a_text_that_is_no_key_is_refused() {
        assert!(matches!(Sm2Signer::from_pem("-----BEGIN PRIVATE KEY-----"), Err(InvalidKey::Pem(_))));
        assert!(matches!(Sm2Verifier::from_pem("x"), Err(InvalidKey::Pem(_))));
        assert!(matches!(Sm2Signer::from_random(&[0; 32]), Err(InvalidKey::OutOfRange)));
        assert!(matches!(Sm2Signer::from_random(&[0xff; 32]), Err(InvalidKey::OutOfRange)));
    }
}
