//! What the registry does on the events of others, a file per feed.

mod collection;

pub(crate) use collection::Records;
