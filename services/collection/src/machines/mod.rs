//! State machines of collection, as tables, and what the states of other services' machines mean to it.

pub mod chain;
pub mod extension;
pub mod import;
pub mod listing;
pub mod matching;
pub mod objection;
pub mod push;
pub mod record;
pub mod remedy;
pub mod ticket;
