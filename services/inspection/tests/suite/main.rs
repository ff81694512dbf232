//! Inspection through a real channel, on both engines.

mod access;
mod draw;
mod house;
mod results;
