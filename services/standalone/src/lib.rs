//! `xinjian`: the whole system in one process, and its command line.

pub mod clients;
pub mod demo;
pub mod import;
