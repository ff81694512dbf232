//! The CLOSING form: the list is the sealed one, and all of it comes from the announced pool.

use super::{Refused, Verified, check_final, check_published, opening};
use crate::draw::pool::leaf_hash;
use crate::draw::proof::{ClosingProof, Form, Member};
use crate::draw::result::result_hash;
use crate::draw::{Disagreement, Header, Step, objects_hash, word};
use crate::merkle::{self, Inclusion};

/// What the public can check without the secret.
const CHECKED: &[Step] = &[
    Step::AnnouncementHash,
    Step::Announcement,
    Step::Disclosure,
    Step::Entropy,
    Step::ObjectsHash,
    Step::ResultHash,
    Step::Membership,
    Step::PublishedHash,
    Step::FinalHash,
];

/// What needs the secret.
const NOT_SHOWN: &[Step] = &[
    Step::Commitment,
    Step::StrataHash,
    Step::InspectorsHash,
    Step::Seed,
    Step::Quota,
    Step::Selection,
    Step::Assignment,
    Step::AssignmentHash,
    Step::Nonce,
    Step::Replacements,
];

/// Checks what can be checked without the secret.
pub(super) fn verify(proof: &ClosingProof) -> Result<Verified, Refused> {
    let (announcement, entropy) = opening(&proof.announcement, proof.announcement_hash, &proof.entropy)?;
    if announcement.header().disclosure.is_public() {
        let reason = "a PUBLIC draw is proved in FULL form, with its secret".to_owned();
        return Err(Refused::Invalid { step: Step::Disclosure, reason });
    }
    let objects = objects_hash(proof.members.iter().map(|member| member.object.as_str()));
    Disagreement::check(Step::ObjectsHash, proof.objects_hash, objects)?;
    let result = result_hash(&proof.nonce, &proof.objects_hash, &proof.assignment_hash);
    Disagreement::check(Step::ResultHash, proof.result_hash, result)?;
    check_members(&proof.members, announcement.header())?;
    check_published(proof.published_hash, &proof.announcement_hash, &entropy, &proof.result_hash)?;
    if proof.replaced.as_ref().is_some_and(|replaced| !replaced.replacements.is_empty()) {
        let reason = "a CLOSING proof lists no replacements".to_owned();
        return Err(Refused::Invalid { step: Step::Replacements, reason });
    }
    let final_hash = check_final(proof.replaced.as_ref(), proof.published_hash)?;
    Ok(Verified {
        form: Form::Closing,
        announcement_hash: proof.announcement_hash,
        announcement,
        entropy,
        drawn: proof.members.iter().map(|member| member.object.clone()).collect(),
        result_hash: proof.result_hash,
        published_hash: proof.published_hash,
        final_hash,
        checked: CHECKED,
        not_shown: NOT_SHOWN,
    })
}

/// Objects and places must rise together, each once, and every leaf must lead to the announced root.
fn check_members(members: &[Member], header: &Header) -> Result<(), Refused> {
    let invalid = |reason: String| Err(Refused::Invalid { step: Step::Membership, reason });
    if let Some(pair) =
        members.windows(2).find(|pair| pair[0].object >= pair[1].object || pair[0].index >= pair[1].index)
    {
        return invalid(format!("`{}` before `{}` is not byte order", pair[0].object, pair[1].object));
    }
    for Member { object, index, blind, path } in members {
        word::check_object(object).or_else(|refused| invalid(refused.to_string()))?;
        let inclusion = Inclusion { index: *index, path: path.clone() };
        let leaf = leaf_hash(object, blind);
        if !merkle::verify(&leaf, &inclusion, header.pool_size, &header.pool_root) {
            return invalid(format!(
                "`{object}` with its blind and path at place {index} does not lead to the announced pool root"
            ));
        }
    }
    Ok(())
}
