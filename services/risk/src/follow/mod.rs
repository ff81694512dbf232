//! What risk reads of other services: two projections, each filled from two feeds.
//!
//! registry tells who there is, with which licences and marks; collection tells everything that speaks for or against an
//! enterprise, derived records of inspection and punishment included. Nothing that risk tells comes back to it.

mod complaints;
mod evidence;
mod still;

pub(crate) use complaints::Complaints;
pub(crate) use evidence::Evidence;
pub(crate) use still::Stillness;

/// States of a mark in which the enterprise does not carry it: proposed only, or gone (machine 1 of the registry).
const NOT_CARRIED: [&str; 2] = ["Candidate", "Removed"];
