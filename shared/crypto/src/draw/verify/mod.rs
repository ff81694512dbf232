//! Checks a proof step by step and says exactly which step does not hold.
//!
//! A proof that holds shows that its values belong together. That they are the values of the real draw is seen by
//! comparing [`Verified::published_hash`] with the digest that was published at the draw (or `announcement_hash` and
//! `result_hash` with the sealed events).

mod closing;
mod full;

use std::fmt::Debug;

use rayon::prelude::*;
use serde::Serialize;

use super::proof::{Figures, Form};
use super::run::check_round;
use super::{
    Announcement, Disagreement, DrawError, Entropy, MalformedAnnouncement, Proof, Replaced, Step, final_hash,
    published_hash,
};
use crate::{Digest, sm3};

/// Rows of two tables that one core compares at a time, at least.
const ROWS: usize = 4_096;

/// Why a proof is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The file is no proof, or not in its canonical spelling.
    #[error("malformed proof, line {line}, column {column}: {reason}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The file is what everyone has before the proof: announcement, figures and digest of the result.
    #[error(
        "this is the notice of a draw, and no proof: its proof comes with the drawn list, once the task is closed"
    )]
    Notice,
    /// The announcement is none.
    #[error(transparent)]
    Announcement(#[from] MalformedAnnouncement),
    /// A value breaks a rule of its own, whatever the others are.
    #[error("{step} is not valid: {reason}")]
    Invalid {
        /// Which value.
        step: Step,
        /// The rule it breaks.
        reason: String,
    },
    /// A value does not follow from the others.
    #[error(transparent)]
    Disagrees(#[from] Disagreement),
}

impl Refused {
    /// The step that failed; `None` when the file is malformed, or no proof.
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::Malformed { .. } | Self::Notice => None,
            Self::Announcement(_) => Some(Step::Announcement),
            Self::Invalid { step, .. } => Some(*step),
            Self::Disagrees(disagreement) => Some(disagreement.step),
        }
    }

    fn invalid(step: Step) -> impl FnOnce(DrawError) -> Self {
        move |refused| match refused {
            DrawError::NotAsAnnounced(disagreement) => Self::Disagrees(disagreement),
            DrawError::Infeasible(refused) => {
                Self::Invalid { step: Step::Assignment, reason: refused.to_string() }
            }
            DrawError::SecretNotCommitted => {
                Self::Invalid { step: Step::Commitment, reason: DrawError::SecretNotCommitted.to_string() }
            }
            DrawError::Entropy(refused) => Self::Invalid { step: Step::Entropy, reason: refused.to_string() },
            other => Self::Invalid { step, reason: other.to_string() },
        }
    }
}

/// What a proof that holds has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The form of the proof.
    pub form: Form,
    /// The announcement.
    pub announcement: Announcement,
    /// SM3 of the announcement, to be compared with the sealed one.
    pub announcement_hash: Digest,
    /// The round and digits, to be compared with what the source published.
    pub entropy: Entropy,
    /// The drawn objects: in ticket order for a FULL proof, in byte order for a CLOSING one.
    pub drawn: Vec<String>,
    /// The result hash, to be compared with the sealed one.
    pub result_hash: Digest,
    /// The digest of the whole draw, to be compared with the published one.
    pub published_hash: Digest,
    /// The digest of the draw with its replacements, to be compared with the one published with the last of them; that of the draw when
    /// nothing was replaced.
    pub final_hash: Digest,
    /// The steps that were checked, in order.
    pub checked: &'static [Step],
    /// The steps this form cannot show.
    pub not_shown: &'static [Step],
}

/// Checks every step of a proof.
///
/// # Errors
/// The first step that does not hold, with what was claimed and what follows.
pub fn verify(proof: &Proof) -> Result<Verified, Refused> {
    match proof {
        Proof::Full(proof) => full::verify(proof),
        Proof::Closing(proof) => closing::verify(proof),
    }
}

/// What both forms begin with: the announcement, and figures by its rule from one of its rounds.
fn opening(text: &str, claimed: Digest, figures: &Figures) -> Result<(Announcement, Entropy), Refused> {
    Disagreement::check(Step::AnnouncementHash, claimed, sm3::digest(text.as_bytes()))?;
    let announcement = Announcement::parse(text)?;
    let entropy = Entropy::of_digits(&figures.round, &figures.digits)
        .and_then(|entropy| check_round(&announcement, &entropy).map(|()| entropy))
        .map_err(|refused| Refused::Invalid { step: Step::Entropy, reason: refused.to_string() })?;
    Ok((announcement, entropy))
}

/// What both forms end with.
fn check_published(
    claimed: Digest,
    announcement_hash: &Digest,
    entropy: &Entropy,
    result_hash: &Digest,
) -> Result<(), Disagreement> {
    let computed = published_hash(announcement_hash, entropy.round(), entropy.digits(), result_hash);
    Disagreement::check(Step::PublishedHash, claimed, computed)
}

/// The digest that a proof with these replacements ends with.
fn check_final(replaced: Option<&Replaced>, published_hash: Digest) -> Result<Digest, Disagreement> {
    let Some(replaced) = replaced else { return Ok(published_hash) };
    let computed = final_hash(&published_hash, &replaced.replacements_hash);
    Disagreement::check(Step::FinalHash, replaced.final_hash, computed)?;
    Ok(computed)
}

/// Compares two tables; the disagreement names the first row that differs.
fn check_rows<T: PartialEq + Serialize + Debug + Sync>(
    step: Step,
    claimed: &[T],
    computed: &[T],
) -> Result<(), Disagreement> {
    let both = claimed.len().min(computed.len());
    let pairs = claimed[..both].par_iter().zip(&computed[..both]).with_min_len(ROWS);
    let same = pairs.position_first(|(a, b)| a != b).unwrap_or(both);
    if same == claimed.len() && same == computed.len() {
        return Ok(());
    }
    let row = |rows: &[T]| match rows.get(same) {
        Some(row) => {
            format!("row {}: {}", same + 1, serde_json::to_string(row).unwrap_or_else(|_| format!("{row:?}")))
        }
        None => format!("{} rows", rows.len()),
    };
    Err(Disagreement { step, claimed: row(claimed), computed: row(computed) })
}
