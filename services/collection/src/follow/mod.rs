//! What follows from other services' feeds, one file a feed. Each is a reaction: it acts once for an event, in one
//! transaction with the note that it did, as the system and by reason of that event.

mod inspection;
mod punishment;
mod registry;

pub(crate) use inspection::Results;
pub(crate) use punishment::Entries;
pub(crate) use registry::Enterprises;

use contract::client::{BadAddress, Timeouts, channel};
use db::Db;
use feed::{Event, Follower, Reaction, Source};
use service::auth::TokenSource;
use service::peer::Peer;
use service::{Clock, Tasks};

use crate::store::{Act, Store};

/// What a reaction acts with.
#[derive(Clone, Debug)]
pub(crate) struct Hands {
    /// The records.
    pub(crate) store: Store,
    /// The present.
    pub(crate) clock: Clock,
}

impl Hands {
    /// The act of the system that an event causes.
    fn act(&self, event: &Event) -> Act {
        Act::of_system(event.id(), self.clock.now(), self.store.book())
    }
}

/// Follows the feed of `service` at `url`, or says that it is not followed.
pub(crate) fn follow<R: Reaction>(
    tasks: &mut Tasks,
    db: &Db,
    service: &'static str,
    url: Option<&str>,
    token: Option<&TokenSource>,
    reaction: R,
) -> Result<(), BadAddress> {
    let (Some(url), Some(token)) = (url, token) else {
        let missing = if url.is_none() { "its address" } else { "a token file" };
        tracing::info!(peer = service, "`{service}` is not followed: {missing} is not configured");
        return Ok(());
    };
    let peer = Peer::as_service(channel(url, Timeouts::streaming())?, token.clone());
    Follower::reaction(db.clone(), Source::new(service, peer), reaction).spawn(tasks);
    Ok(())
}
