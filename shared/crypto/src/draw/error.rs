//! Why a draw cannot be announced or run.

use super::{Disagreement, EntropyRefused, Infeasible, InvalidRatio, InvalidWord};

/// Why a draw cannot be announced or run. Nothing has been drawn when one of these is answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// There is nothing to draw from.
    #[error("the pool is empty")]
    EmptyPool,
    /// The pool is larger than a draw allows.
    #[error("the pool has more than {0} objects")]
    PoolTooLarge(usize),
    /// An object stands in the pool twice.
    #[error("object `{0}` stands in the pool twice")]
    DuplicateObject(String),
    /// An object stands in a stratum without a ratio.
    #[error("object `{object}` stands in stratum `{stratum}`, which has no ratio")]
    UnknownStratum {
        /// The object.
        object: String,
        /// Its stratum.
        stratum: String,
    },
    /// A ratio is no share.
    #[error(transparent)]
    Ratio(#[from] InvalidRatio),
    /// A name holds a separator, is empty or too long.
    #[error(transparent)]
    Word(#[from] InvalidWord),
    /// An inspector stands in the table twice.
    #[error("inspector `{0}` stands in the table twice")]
    DuplicateInspector(String),
    /// A recusal names somebody who is not in the table; perhaps a mistyped number.
    #[error("the recusal of `{inspector}` from `{object}` names no inspector of the table")]
    RecusalOfStranger {
        /// The name in the recusal.
        inspector: String,
        /// The object in the recusal.
        object: String,
    },
    /// A recusal names an object that is not in the pool; perhaps the licence is missing.
    #[error("the recusal of `{inspector}` names object `{object}`, which is not in the pool")]
    RecusalOutsidePool {
        /// The inspector.
        inspector: String,
        /// The object in the recusal.
        object: String,
    },
    /// Each object needs at least one inspector, and no more than a bounded number.
    #[error("{0} inspectors per object; between 1 and {max} are possible", max = super::announcement::MAX_PER_OBJECT)]
    InspectorsPerObject(u32),
    /// Attempts count from 1.
    #[error("attempts count from 1")]
    ZeroAttempt,
    /// The instant cannot be written in the announcement exactly.
    #[error("`{0}` is no instant with whole seconds and whole minutes of offset in the years 1 to 9999")]
    DrawAt(String),
    /// The published figures break the announced rule.
    #[error(transparent)]
    Entropy(#[from] EntropyRefused),
    /// The secret is not the one committed to.
    #[error("the secret does not match the announced commitment")]
    SecretNotCommitted,
    /// Pool, strata or inspectors are not those announced.
    #[error("not as announced: {0}")]
    NotAsAnnounced(#[from] Disagreement),
    /// No assignment of inspectors satisfies every rule.
    #[error(transparent)]
    Infeasible(#[from] Infeasible),
}
