//! What risk reads of other services: one projection, filled from two feeds.
//!
//! registry tells who there is, with which licences and marks; collection tells everything that speaks for or against an
//! enterprise, derived records of inspection and punishment included. Nothing that risk tells comes back to it.

mod evidence;

pub(crate) use evidence::Evidence;
