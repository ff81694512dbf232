//! Listening to the feed of one service, from its present end on.
//!
//! Whoever comes back after a loss begins at the end again: what happened meanwhile is not asked for, everything from before counts as
//! old instead. So there is no position to keep, and nothing to catch up with.

use std::{convert::Infallible, time::Duration};

use contract::feed::v1::{
    GetCheckpointRequest, ListEventsRequest, SubscribeRequest, feed_client::FeedClient,
};
use service::{Shutdown, peer::Peer};
use tonic::Status;

use super::{Kept, entry::Place};
use crate::forward::Home;

/// Name of the reader, for the metrics of the services.
const READER: &str = "gateway.cache";
/// Longest silence of a feed, three of its signs of life; then the connection counts as lost.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest wait for the answer to a question about the feed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why nobody listens any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Left {
    /// The service goes down.
    #[error("the feed ended")]
    Ended,
    /// No sign of life.
    #[error("the feed is silent")]
    Silent(#[from] tokio::time::error::Elapsed),
    /// The service refused, or is away.
    #[error("{}", .0.message())]
    Refused(Box<Status>),
}

impl From<Status> for Left {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// Somebody listens, or tries to. Dropped, however that comes, nothing that is kept of the service is good any more.
struct Listening<'a> {
    kept: &'a Kept,
    home: Home,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.kept.lose(self.home);
    }
}

/// Listens until the connection is lost or the shutdown begins.
pub(super) async fn listen(kept: &Kept, home: Home, peer: Peer, shutdown: &Shutdown) -> Result<(), Left> {
    let _listening = Listening { kept, home };
    let left = tokio::select! {
        () = shutdown.begun() => Ok(()),
        left = until_lost(kept, home, peer) => match left {
            Ok(never) => match never {},
            Err(left) => Err(left),
        },
    };
    // The others go down as well, and lose each other in any order: no news.
    if shutdown.has_begun() { Ok(()) } else { left }
}

async fn until_lost(kept: &Kept, home: Home, peer: Peer) -> Result<Infallible, Left> {
    let mut client = FeedClient::new(peer);
    let head = client.get_checkpoint(GetCheckpointRequest {});
    let head = tokio::time::timeout(PATIENCE, head).await??.into_inner();
    let first = if head.seq == 0 { Vec::new() } else { first_hash(&mut client).await? };
    let request = SubscribeRequest {
        feed_id: READER.to_owned(),
        epoch: head.epoch,
        from_seq: head.seq,
        last_hash: head.hash,
        // All of them: what a kind of tomorrow changes, nobody knows today.
        kinds: Vec::new(),
    };
    let mut stream = tokio::time::timeout(PATIENCE, client.subscribe(request)).await??.into_inner();
    kept.begin(home, Place { epoch: head.epoch, first: first.into(), seq: head.seq });
    loop {
        let message = tokio::time::timeout(SILENCE, stream.message()).await??.ok_or(Left::Ended)?;
        kept.hear(home, &message);
    }
}

/// Hash of the first event, which no other feed has.
async fn first_hash(client: &mut FeedClient<Peer>) -> Result<Vec<u8>, Left> {
    let request = ListEventsRequest { after_seq: 0, page_size: 1, kinds: Vec::new() };
    let page = tokio::time::timeout(PATIENCE, client.list_events(request)).await??.into_inner();
    page.events.into_iter().next().map(|event| event.hash).ok_or(Left::Ended)
}
