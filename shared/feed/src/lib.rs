//! The event feed between services: its server, and the readers that follow it.
//!
//! A service serves its sealed events by [`FeedServer`]: in one order, from any position, to the end and on. Another
//! service follows with a [`Projection`] (a copy it can throw away and rebuild) or a [`Reaction`] (an act it must do
//! exactly once). Both handle events and move their cursor in one transaction, so a process that is killed at any
//! point goes on where its database is. An event that cannot be handled is [parked](list_parked) with the later ones of
//! its subject; the feed goes on. A [`Wake`] shortens waits and is never needed.
//!
//! The crate owns three tables in the database of a reader (migrations 0040 to 0059) and none of a server: events are
//! the outbox's. It writes no event but those of overdue duties ([`duties`]), and it never changes or renumbers one.
//!
//! Start at [`FeedServer`] to serve, at [`Projection`] and [`Follower`] to read.

mod consumer;
mod convert;
pub mod duties;
mod event;
pub mod host;
mod server;
mod wake;

pub use consumer::{
    ApplyError, Follower, MAX_PARKED, Parked, Position, Projection, Reaction, RetryError, Source, State,
    Status, Stop, list_parked, read_up_to, rebuild, replay,
};
pub use event::Event;
pub use host::Host;
pub use server::{FeedServer, MaySee, Pacing, checkpoint_text, verify_checkpoint};
pub use wake::Wake;

/// Tables of a reader; versions 0040 to 0059.
pub static MIGRATIONS: db::Migrations = db::migrations!["0040_feed_consumer"];

#[cfg(test)]
mod tests {
    #[test]
    fn every_migration_is_listed() {
        db::testing::assert_same_files(&super::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
    }
}
