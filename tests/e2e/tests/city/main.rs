//! A city in one process or started by its program, each test with one of its own. They are one program, so that they are linked
//! once, and what one waits for is time for the others.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test's sentence is its name, and it fails by panicking"
)]

mod attention;
mod browser;
mod cached;
mod command_line;
mod commitment;
mod contested;
mod deliveries;
mod dispatch;
mod erasure;
mod imports;
mod kept;
mod main_job;
mod measures;
mod public;
mod receipt;
mod reflected;
mod rest;
mod second;
