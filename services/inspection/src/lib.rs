//! Inspection: double-random inspection from the annual plan to the publication of results and to what is put right (R31 to R34).
//!
//! The service owns plans, inspectors, tasks with their draws, visits with their results, and the rectifications and case leads that these
//! order. It draws by `crypto`'s draw v1, so that anyone can verify a draw, and it proposes nothing else: results are entered and approved
//! by officers. It never shows a risk class, shows key attention to nobody but who may read flags, never lets the secret of a draw out
//! before the drawn list is disclosed, and never edits records of other services: what it knows of enterprises is a copy of what the feeds
//! of registry, risk, collection and punishment tell.
//!
//! Start at [`machines::task`], then `domain::frozen` (what is drawn from) and `store::announce`, `store::draw`.

pub mod api;
mod config;
mod convert;
pub mod domain;
mod error;
pub mod follow;
pub mod machines;
mod serve;
pub mod store;

pub use config::{ArchiveOptions, Config};
pub use error::Error;
pub use serve::serve;
