//! What a follower needs of a projection or a reaction.

use std::future::Future;

use db::{Db, Tx};

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

    /// Forgets how far it has read, in all its feeds, and with it what cannot be read twice: a projection its copy, a reaction
    /// nothing but what it has parked.
    fn start_over(&self, db: &Db) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}
