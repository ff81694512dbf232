//! The steps of a draw that can be checked, and what a failed check says.

use std::fmt;

/// One value of a draw that follows from others and is compared with what was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// SM3 of the announcement's text.
    AnnouncementHash,
    /// The announcement's own form.
    Announcement,
    /// The form of the proof against the announced disclosure.
    Disclosure,
    /// The secret against its commitment.
    Commitment,
    /// The objects stand in byte order, each once, with proper names.
    Pool,
    /// The number of objects.
    PoolSize,
    /// The Merkle root over objects and blinds.
    PoolRoot,
    /// The strata with size and ratio.
    Strata,
    /// The keyed hash of the strata table.
    StrataHash,
    /// The inspectors and recusals stand in byte order with proper names.
    Inspectors,
    /// The keyed hash of the inspector table.
    InspectorsHash,
    /// The digits of the published round.
    Entropy,
    /// The seed.
    Seed,
    /// How many objects of each stratum are drawn.
    Quota,
    /// The drawn objects and their tickets.
    Selection,
    /// The inspectors of each object.
    Assignment,
    /// The hash of the drawn objects.
    ObjectsHash,
    /// The keyed hash of the assignment.
    AssignmentHash,
    /// The nonce of the result.
    Nonce,
    /// The sealed result hash.
    ResultHash,
    /// The inclusion proof of a drawn object.
    Membership,
    /// The digest published at the draw.
    PublishedHash,
    /// What was replaced after the draw.
    Replacements,
    /// The digest published with the last replacement.
    FinalHash,
}

impl Step {
    /// The name used in messages and machine output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnnouncementHash => "announcement_hash",
            Self::Announcement => "announcement",
            Self::Disclosure => "disclosure",
            Self::Commitment => "commitment",
            Self::Pool => "pool",
            Self::PoolSize => "pool_size",
            Self::PoolRoot => "pool_root",
            Self::Strata => "strata",
            Self::StrataHash => "strata_hash",
            Self::Inspectors => "inspectors",
            Self::InspectorsHash => "inspectors_hash",
            Self::Entropy => "entropy",
            Self::Seed => "seed",
            Self::Quota => "k",
            Self::Selection => "selection",
            Self::Assignment => "assignment",
            Self::ObjectsHash => "objects_hash",
            Self::AssignmentHash => "assignment_hash",
            Self::Nonce => "nonce",
            Self::ResultHash => "result_hash",
            Self::Membership => "membership",
            Self::PublishedHash => "published_hash",
            Self::Replacements => "replacements",
            Self::FinalHash => "final_hash",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A step at which claim and computation part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step} disagrees: claimed {claimed}, computed {computed}")]
pub struct Disagreement {
    /// Where they part.
    pub step: Step,
    /// What was announced or stands in the proof.
    pub claimed: String,
    /// What follows from the other values.
    pub computed: String,
}

impl Disagreement {
    /// Compares one claim; the texts are made only when they differ.
    pub(super) fn check<T: PartialEq + fmt::Display>(
        step: Step,
        claimed: T,
        computed: T,
    ) -> Result<(), Self> {
        if claimed == computed {
            return Ok(());
        }
        Err(Self { step, claimed: claimed.to_string(), computed: computed.to_string() })
    }
}
