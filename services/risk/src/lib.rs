//! Risk: classes enterprises of the key fields by a general and a professional model (R28 to R30).

pub mod domain;
pub mod rules;
