//! `xinjian`: the whole system in one process, and its command line.
//!
//! The one crate that knows every service: it composes them (`house`) and uses them as their users do, over gRPC with tokens. It owns
//! no domain rule and no table.
//!
//! Start with [`house`], then [`commands`]; [`demo`] runs the main job.

pub mod cli;
pub mod clients;
pub mod commands;
pub mod demo;
pub mod house;
pub mod import;
pub mod output;
pub mod session;
pub mod wait;
