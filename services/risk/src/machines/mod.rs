//! State machines of risk, as tables.

pub mod attention;
pub mod model;
pub mod overriding;
pub mod run;
pub mod sample;
