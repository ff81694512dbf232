//! What the registry does on the events of others, a file per feed.

mod attention;
mod classes;
mod collection;
mod erasure;
mod inspection;

pub(crate) use attention::Attention;
pub(crate) use classes::Classes;
pub(crate) use collection::Records;
pub(crate) use erasure::Erasures;
pub(crate) use inspection::Findings;
