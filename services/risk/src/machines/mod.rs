//! State machines of risk, as tables.

pub mod attention;
pub mod overriding;
pub mod run;
