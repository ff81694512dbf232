//! Readers of feeds: what they share is here, what they do with an event is theirs.
//!
//! [`follower`] keeps a stream open and hands its batches to [`applying`], which handles them and moves the cursor
//! ([`position`]) in one transaction. [`parked`] keeps what could not be handled.

mod applying;
mod backoff;
mod batch;
mod error;
mod follower;
mod handler;
mod metrics;
mod parked;
mod position;
mod projection;
mod reaction;
mod source;
mod status;

pub use error::{ApplyError, RetryError};
pub use follower::Follower;
pub use parked::{MAX_PARKED, Parked, list_parked};
pub use position::{Position, read_up_to};
pub use projection::{Projection, rebuild};
pub use reaction::{Reaction, replay};
pub use source::Source;
pub use status::{State, Status, Stop};
