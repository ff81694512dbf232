//! Where a reader gets its events.

use contract::feed::v1::{ListEventsRequest, SubscribeRequest, SubscribeResponse, feed_client::FeedClient};
use service::{error::reason_of, peer::Peer};
use tonic::{Status, Streaming};

use super::{Position, error::Left};
use crate::{Event, convert, server::DIVERGED};

/// The feed of one service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    feed: String,
    client: FeedClient<Peer>,
}

impl Source {
    /// The feed of the service called `feed`, served at the other end of `peer` (a channel with
    /// `Timeouts::streaming()`).
    pub fn new(feed: impl Into<String>, peer: Peer) -> Self {
        Self { feed: feed.into(), client: FeedClient::new(peer) }
    }

    /// Name of the service.
    pub fn feed(&self) -> &str {
        &self.feed
    }

    /// Opens a stream of what comes after `position`.
    pub(super) async fn subscribe(
        &self,
        reader: &str,
        position: &Position,
        kinds: &[&str],
    ) -> Result<Streaming<SubscribeResponse>, Left> {
        let request = SubscribeRequest {
            feed_id: reader.to_owned(),
            epoch: position.epoch,
            from_seq: position.seq,
            last_hash: position.hash.as_bytes().to_vec(),
            kinds: kinds.iter().map(ToString::to_string).collect(),
        };
        let opened = self.client.clone().subscribe(request).await;
        opened.map(tonic::Response::into_inner).map_err(|status| match reason_of(&status).as_deref() {
            Some(DIVERGED) => Left::Diverged(status.message().to_owned()),
            _ => Left::Feed(status),
        })
    }

    /// The event at `seq`, if the feed has it.
    pub(super) async fn event_at(&self, seq: i64) -> Result<Option<Event>, Status> {
        let request = ListEventsRequest { after_seq: seq - 1, page_size: 1, kinds: Vec::new() };
        let page = self.client.clone().list_events(request).await?.into_inner();
        let Some(message) = page.events.into_iter().next().filter(|event| event.seq == seq) else {
            return Ok(None);
        };
        let event = convert::from_message(message).and_then(Event::new);
        event.map(Some).map_err(|malformed| Status::data_loss(malformed.to_string()))
    }
}
