//! The parts of a profile: who is asked for what, at once, each with a bound of its own.

mod ask;
mod each;
mod found;
mod gather;

pub use ask::Failure;
pub(crate) use ask::{Part, answer};
pub(crate) use each::{Each, of_each};
pub(crate) use gather::{Parts, Question, gather};
