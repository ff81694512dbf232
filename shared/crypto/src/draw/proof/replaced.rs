//! What a proof says of replacements after the draw.

use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::draw::{Replacement, Task, final_hash, replacements_hash};

/// The replacements of a draw. A proof of a draw without any has no such part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// The replacements in their order; in a CLOSING proof none are listed: who comes after whom tells who shares a stratum.
    pub replacements: Vec<Replacement>,
    /// Keyed hash of the replacements.
    pub replacements_hash: Digest,
    /// The digest published with the last replacement.
    pub final_hash: Digest,
}

impl Replaced {
    /// What a FULL proof says; `None` when nothing was replaced.
    pub(super) fn full(task: &Task<'_>, replacements: &[Replacement], published: &Digest) -> Option<Self> {
        if replacements.is_empty() {
            return None;
        }
        let replacements_hash = replacements_hash(replacements, task.secret);
        let final_hash = final_hash(published, &replacements_hash);
        Some(Self { replacements: replacements.to_vec(), replacements_hash, final_hash })
    }

    /// What a CLOSING proof says.
    pub(super) fn closing(task: &Task<'_>, replacements: &[Replacement], published: &Digest) -> Option<Self> {
        Self::full(task, replacements, published).map(|full| Self { replacements: Vec::new(), ..full })
    }
}
