//! The form the public gets of a RESTRICTED draw when its task closes.

use serde::{Deserialize, Serialize};

use super::{FORMAT, Figures, Form, Replaced};
use crate::Digest;
use crate::draw::{Drawn, Replacement, Task, published_hash};

/// The drawn list with its membership in the announced pool; secret, strata, tickets and inspectors stay inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosingProof {
    /// Names this kind of file and its version.
    pub(super) format: String,
    /// CLOSING.
    pub(super) form: Form,
    /// The sealed text.
    #[serde(with = "super::lines")]
    pub announcement: String,
    /// SM3 of the sealed text.
    pub announcement_hash: Digest,
    /// The published figures.
    pub entropy: Figures,
    /// The drawn objects in byte order, with their places in the pool.
    pub members: Vec<Member>,
    /// SM3 over the drawn objects.
    pub objects_hash: Digest,
    /// Keyed hash of the assignment, which the public cannot recompute.
    pub assignment_hash: Digest,
    /// The nonce that hid the result until now.
    pub nonce: Digest,
    /// The sealed result hash.
    pub result_hash: Digest,
    /// The digest published at the draw.
    pub published_hash: Digest,
    /// What was replaced after the draw; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
}

/// One drawn object and the proof that it stands in the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The object.
    pub object: String,
    /// Its place in the pool's byte order, from 0.
    pub index: u64,
    /// The blind that hides stratum, field and division in its leaf.
    pub blind: Digest,
    /// The siblings from its leaf up to the pool root.
    pub path: Vec<Digest>,
}

impl ClosingProof {
    /// The closing proof of a draw that was run.
    pub fn of(task: &Task<'_>, drawn: &Drawn) -> Self {
        let announcement_hash = task.announcement.hash();
        let (round, digits) = (task.entropy.round(), task.entropy.digits());
        Self {
            format: FORMAT.to_owned(),
            form: Form::Closing,
            announcement: task.announcement.text().to_owned(),
            announcement_hash,
            entropy: Figures { round: round.to_owned(), digits: digits.to_owned() },
            members: members(task, drawn),
            objects_hash: drawn.objects_hash,
            assignment_hash: drawn.assignment_hash,
            nonce: drawn.nonce,
            result_hash: drawn.result_hash,
            published_hash: published_hash(&announcement_hash, round, digits, &drawn.result_hash),
            replaced: None,
        }
    }

    /// The same proof with what was replaced after the draw.
    #[must_use]
    pub fn with(self, task: &Task<'_>, replacements: &[Replacement]) -> Self {
        let replaced = Replaced::closing(task, replacements, &self.published_hash);
        Self { replaced, ..self }
    }
}

fn members(task: &Task<'_>, drawn: &Drawn) -> Vec<Member> {
    let tree = task.pool.tree(task.secret);
    let member = |object: &str| {
        let place = task.pool.position(object)?;
        let inclusion = tree.inclusion(place as u64)?;
        let blind = task.pool.blind(place, task.secret);
        Some(Member { object: object.to_owned(), index: inclusion.index, blind, path: inclusion.path })
    };
    let mut members: Vec<Member> = drawn.objects.iter().filter_map(|drawn| member(&drawn.object)).collect();
    members.sort_unstable_by_key(|member| member.index);
    members
}
