//! The parts of a profile: each service is asked for its own, at once, with a bound of its own.

mod ask;
mod dossier;
mod each;
mod found;
mod gather;

pub use ask::Failure;
pub(crate) use ask::{Part, answer};
pub(crate) use each::{Each, of_each};
pub(crate) use gather::{Parts, Question, gather};
