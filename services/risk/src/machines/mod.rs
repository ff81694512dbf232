//! State machines of risk, as tables.

pub mod run;
