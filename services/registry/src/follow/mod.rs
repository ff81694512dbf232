//! What the registry does on the events of others, a file per feed.

mod attention;
mod collection;

pub(crate) use attention::Attention;
pub(crate) use collection::Records;
