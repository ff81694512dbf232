//! Draw v1: a lottery of inspection objects and inspectors that anyone can repeat (R32, R34).
//!
//! Before the draw the office announces a pool (as a Merkle root), the strata and inspectors (as keyed hashes), a
//! commitment to a secret and a future lottery round. The round's figures and the secret then decide everything:
//! nobody can choose the result, and the result cannot be changed afterwards. The exact bytes are fixed by the
//! draw's description in the documentation; worked vectors of every step are under `tests/data`.
//!
//! The order of use: [`Pool`] and [`InspectorTable`] → [`Announcement::build`] → the round is published →
//! [`run`] → [`Proof`] → [`verify`]. Nothing here reads a clock or a random source.

mod announcement;
mod assign;
mod disclosure;
mod entropy;
mod error;
mod inspectors;
mod pool;
mod proof;
mod ratio;
mod replacement;
mod replay;
mod result;
mod run;
mod secret;
mod seed;
mod select;
mod step;
mod verify;
mod word;

pub use announcement::{ALGORITHM, Announcement, Header, MalformedAnnouncement, Plan, StratumLine};
pub use assign::{Infeasible, Lack, Shortage};
pub use disclosure::{Basis, Disclosure};
pub use entropy::{Entropy, EntropyRefused, EntropyRule};
pub use error::DrawError;
pub use inspectors::{Inspector, InspectorTable, Recusal};
pub use pool::{Entry, Pool, PoolObject, PoolStratum};
pub use proof::{ClosingProof, Figures, Form, FullProof, Member, NOTICE, Proof, Replaced, StratumRow};
pub use ratio::{InvalidRatio, Ratio};
pub use replacement::{ObjectReplacement, next_inspector, next_object};
pub use replay::{Leaving, Replacement, ReplacementRefused, Visits, final_hash, replacements_hash};
pub use result::{Assigned, Drawn, DrawnObject, DrawnStratum, objects_hash, published_hash};
pub use run::{Task, run};
pub use secret::Secret;
pub use seed::Seed;
pub use step::{Disagreement, Step};
pub use verify::{Refused, Verified, verify};
pub use word::InvalidWord;
