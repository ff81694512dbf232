//! Checkpoints: the head of the chain under a signature, to be kept by others.

use contract::feed::v1::Checkpoint;
use crypto::signer::{KeyId, Signature, SignatureRefused, Signer, SigningFailed, Verifier};
use domain::MicrosUtc;
use outbox::Head;

use crate::convert;

/// First line of what is signed: names the form, so that a signature serves no other purpose.
const FORM: &str = "xinjian-checkpoint-v1";

pub(super) fn make(
    service: &str,
    head: &Head,
    now: MicrosUtc,
    signer: Option<&dyn Signer>,
) -> Result<Checkpoint, SigningFailed> {
    let mut checkpoint = Checkpoint {
        service: service.to_owned(),
        epoch: head.epoch,
        seq: head.seq,
        hash: head.hash.as_bytes().to_vec(),
        create_time: Some(convert::to_timestamp(now.micros())),
        ..Checkpoint::default()
    };
    if let Some(signer) = signer {
        let signature = signer.sign(&checkpoint_text(&checkpoint))?;
        checkpoint.signature = signature.bytes;
        checkpoint.key_id = signature.key_id.as_str().to_owned();
    }
    Ok(checkpoint)
}

/// What the signature of a checkpoint is over: the lines `xinjian-checkpoint-v1`, service, epoch, seq, hash in hex and
/// microseconds since 1970, each ended by LF.
pub fn checkpoint_text(checkpoint: &Checkpoint) -> Vec<u8> {
    let Checkpoint { service, epoch, seq, .. } = checkpoint;
    let hash = hex::encode(&checkpoint.hash);
    let micros = checkpoint.create_time.as_ref().and_then(convert::from_timestamp).unwrap_or_default();
    format!("{FORM}\n{service}\n{epoch}\n{seq}\n{hash}\n{micros}\n").into_bytes()
}

/// Accepts a checkpoint whose signature is of this key and over exactly its fields.
///
/// # Errors
/// Says which of key, form or content does not agree.
pub fn verify_checkpoint(checkpoint: &Checkpoint, verifier: &dyn Verifier) -> Result<(), SignatureRefused> {
    let key_id = KeyId::from_text(checkpoint.key_id.clone());
    verifier.verify(&checkpoint_text(checkpoint), &Signature { key_id, bytes: checkpoint.signature.clone() })
}

#[cfg(test)]
mod tests {
    use crypto::signer::Sm2Signer;
    use outbox::ChainHash;

    use super::*;

    fn head() -> Head {
        Head { epoch: 2, seq: 7, hash: ChainHash::from_bytes([0xab; 32]) }
    }

    #[test]
    fn what_is_signed_are_six_lines() {
        let checkpoint = make("registry", &head(), MicrosUtc(1_775_000_000_000_001), None).unwrap();
        let expected =
            format!("xinjian-checkpoint-v1\nregistry\n2\n7\n{}\n1775000000000001\n", "ab".repeat(32));
        assert_eq!(String::from_utf8(checkpoint_text(&checkpoint)).unwrap(), expected);
        assert!(checkpoint.signature.is_empty() && checkpoint.key_id.is_empty());
    }

    #[test]
    fn a_signed_checkpoint_verifies_until_any_field_changes() {
        let signer = Sm2Signer::from_random(&[7; 32]).unwrap();
        let signed = make("registry", &head(), MicrosUtc(1), Some(&signer)).unwrap();
        verify_checkpoint(&signed, signer.verifier()).unwrap();
        let changes: [fn(&mut Checkpoint); 5] = [
            |changed| changed.service = "risk".into(),
            |changed| changed.epoch += 1,
            |changed| changed.seq += 1,
            |changed| changed.hash[0] ^= 1,
            |changed| changed.create_time = None,
        ];
        for change in changes {
            let mut changed = signed.clone();
            change(&mut changed);
            assert!(verify_checkpoint(&changed, signer.verifier()).is_err(), "{changed:?}");
        }
    }
}
