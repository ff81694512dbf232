//! Inspection through a real channel, on both engines.

#![allow(clippy::unwrap_used, reason = "a step of a test that fails fails the test")]

mod access;
mod attention;
mod cancel;
mod ceremony;
mod checks;
mod clues;
mod draw;
mod evidence;
mod fallback;
mod follow;
mod house;
mod items;
mod joint;
mod letters;
mod pages;
mod planned;
mod plans;
mod pools;
mod proofs;
mod rectifications;
mod refused;
mod replacements;
mod results;
mod rounds;
mod upgrade;
mod withdrawn;
