//! State machines of the registry, each one table (design §4). No other module asks what state something is in.

pub mod commitment;
pub mod mark;
