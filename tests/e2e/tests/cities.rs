//! Whole cities, in one process or started by their program. They are one program, so that all that a city is made of is compiled into
//! it and linked once, and what one test waits for is time for the others.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test's sentence is its name, and it fails by panicking"
)]

mod access;
mod chicago;
mod city;
