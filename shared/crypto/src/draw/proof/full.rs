//! The form that reveals the secret.

use serde::{Deserialize, Serialize};

use super::{FORMAT, Figures, Form, Replaced};
use crate::Digest;
use crate::draw::{
    Assigned, Drawn, DrawnObject, DrawnStratum, Inspector, PoolObject, Recusal, Replacement, Task,
    published_hash,
};

/// Everything a draw depends on and everything that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullProof {
    /// Names this kind of file and its version.
    pub(super) format: String,
    /// FULL.
    pub(super) form: Form,
    /// The sealed text.
    #[serde(with = "super::lines")]
    pub announcement: String,
    /// SM3 of the sealed text.
    pub announcement_hash: Digest,
    /// The published figures.
    pub entropy: Figures,
    /// The 32 bytes committed to.
    pub secret: Digest,
    /// The pool in byte order.
    pub pool: Vec<PoolObject>,
    /// The strata in byte order, with what was drawn of each.
    pub strata: Vec<StratumRow>,
    /// The inspectors in byte order.
    pub inspectors: Vec<Inspector>,
    /// The recusals in byte order.
    pub recusals: Vec<Recusal>,
    /// The seed.
    pub seed: Digest,
    /// The drawn objects in ticket order.
    pub drawn: Vec<DrawnObject>,
    /// The inspectors in ticket order of the objects and slot order.
    pub assignment: Vec<Assigned>,
    /// SM3 over the drawn objects.
    pub objects_hash: Digest,
    /// Keyed hash of the assignment.
    pub assignment_hash: Digest,
    /// The nonce of the result.
    pub nonce: Digest,
    /// The sealed result hash.
    pub result_hash: Digest,
    /// The digest published at the draw.
    pub published_hash: Digest,
    /// What was replaced after the draw; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
}

/// One stratum of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StratumRow {
    /// Its name.
    pub stratum: String,
    /// Its objects.
    pub size: u64,
    /// Numerator of its ratio.
    pub p: u64,
    /// Denominator of its ratio.
    pub q: u64,
    /// How many were drawn.
    pub k: u64,
}

impl FullProof {
    /// The proof of a draw that was run. It reveals the secret.
    pub fn of(task: &Task<'_>, drawn: &Drawn) -> Self {
        let announcement_hash = task.announcement.hash();
        let entropy = task.entropy;
        let object = |entry: crate::draw::Entry<'_>| PoolObject {
            object: entry.object.to_owned(),
            stratum: entry.stratum.to_owned(),
            field: entry.field.to_owned(),
            division: entry.division.to_owned(),
        };
        Self {
            format: FORMAT.to_owned(),
            form: Form::Full,
            announcement: task.announcement.text().to_owned(),
            announcement_hash,
            entropy: Figures { round: entropy.round().to_owned(), digits: entropy.digits().to_owned() },
            secret: Digest::from_bytes(*task.secret.as_bytes()),
            pool: task.pool.entries().map(object).collect(),
            strata: drawn.strata.iter().map(StratumRow::from).collect(),
            inspectors: task.inspectors.inspectors().to_vec(),
            recusals: task.inspectors.recusals().to_vec(),
            seed: drawn.seed,
            drawn: drawn.objects.clone(),
            assignment: drawn.assignment.clone(),
            objects_hash: drawn.objects_hash,
            assignment_hash: drawn.assignment_hash,
            nonce: drawn.nonce,
            result_hash: drawn.result_hash,
            published_hash: published_hash(
                &announcement_hash,
                entropy.round(),
                entropy.digits(),
                &drawn.result_hash,
            ),
            replaced: None,
        }
    }

    /// The same proof with what was replaced after the draw.
    #[must_use]
    pub fn with(self, task: &Task<'_>, replacements: &[Replacement]) -> Self {
        let replaced = Replaced::full(task, replacements, &self.published_hash);
        Self { replaced, ..self }
    }
}

impl From<&DrawnStratum> for StratumRow {
    fn from(stratum: &DrawnStratum) -> Self {
        let DrawnStratum { name, size, ratio, k } = stratum;
        Self { stratum: name.clone(), size: *size, p: ratio.p(), q: ratio.q(), k: *k }
    }
}
