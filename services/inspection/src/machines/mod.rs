//! State machines of this service, as tables. Nothing else asks what state something is in.

pub mod plan;
pub mod rectification;
pub mod replacement;
pub mod result;
pub mod task;
