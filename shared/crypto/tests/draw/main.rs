//! Draw v1: worked vectors, what is refused, replacements, statistics of many draws, and proofs.

#![allow(
    clippy::unwrap_used,
    reason = "a draw that cannot be made, or a vector that cannot be read, fails the test"
)]

mod common;
mod inference;
mod proof;
mod refusals;
mod replacements;
mod statistics;
mod vectors;
