//! State machines of risk, as tables.

pub mod overriding;
pub mod run;
