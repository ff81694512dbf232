//! Types and rules of the two lists. Pure: no clock, no database, no transport.

pub mod abnormal;
pub mod assessment;
pub mod check;
pub mod extension;
pub mod heavier;
pub mod home;
pub mod list;
pub mod measure;
mod name;
pub mod papers;
pub mod remedy;
pub mod repair;
pub mod report;
pub mod serious;
pub mod simulate;
pub mod suspension;
pub mod trigger;
