//! What a follower needs of a projection or a reaction.

use std::future::Future;

use db::Tx;

use super::ApplyError;
use crate::Event;

/// A projection or a reaction behind one face.
pub(super) trait Handler: Send + Sync + 'static {
    /// Name of the reader; the key of its cursor.
    fn name(&self) -> &'static str;

    /// Kinds that it reads; empty for all.
    fn kinds(&self) -> &'static [&'static str];

    /// Handles events of one feed, in order, in a transaction that the caller commits.
    fn handle(
        &self,
        tx: &mut Tx,
        feed: &str,
        events: &[Event],
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;
}
