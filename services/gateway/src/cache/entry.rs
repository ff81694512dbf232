//! What is kept of an answer, the same in this process and in Redis.

use bytes::Bytes;

/// A place in the feed of one service, which says which feed it is: a feed begins anew with each restore (its epoch), and two cities
/// that share a Redis server are told apart by the first event.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Place {
    #[prost(int64, tag = "1")]
    pub(super) epoch: i64,
    /// Hash of the first event; empty while there is none.
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) first: Bytes,
    #[prost(int64, tag = "3")]
    pub(super) seq: i64,
}

/// An answer that is kept.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Entry {
    /// How far the feeds that it depends on had been read before it was asked for, in the order of [`Of::feeds`](super::Of::feeds).
    #[prost(message, repeated, tag = "1")]
    pub(super) asked_at: Vec<Place>,
    /// End of its life, in microseconds UTC.
    #[prost(int64, tag = "2")]
    pub(super) good_until_us: i64,
    /// The message as the service sent it; of a view, its text.
    #[prost(bytes = "bytes", tag = "3")]
    pub(super) answer: Bytes,
    /// Parts of it that are in it and whose every reading is logged, such as `classes`.
    #[prost(string, repeated, tag = "4")]
    pub(super) logged: Vec<String>,
}
