//! One stream of one reader: catches up from the database, then waits for news.
//!
//! The stream is pulled: the next batch is read when the transport has room for it, so a slow reader costs one batch of
//! memory and no more.

use contract::feed::v1 as pb;
use db::Db;
use futures::{Stream, stream};
use outbox::{ChainHash, SealedEvent};
use service::{FieldErrors, Shutdown, auth::Caller};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::Instant,
};
use tonic::Status;

use super::{Error, FeedServer, MAX_EVENTS, MaySee, Pacing};
use crate::convert;

/// Payload bytes after which a batch is cut, well below the 4 MiB that a reader accepts.
const MAX_BATCH_BYTES: usize = 2 << 20;
/// Positions of other kinds that are passed over in silence while events come; then the reader is told how far it has come.
const MAX_SILENT: i64 = 5_000;

/// Where a stream starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    epoch: i64,
    seq: i64,
    hash: ChainHash,
}

/// Holds the reader's position against this feed.
pub(super) async fn start(db: &Db, request: &pb::SubscribeRequest) -> Result<Start, Error> {
    let pb::SubscribeRequest { epoch, from_seq: seq, last_hash, .. } = request;
    if *seq < 0 {
        return Err(FieldErrors::one("from_seq", "must not be negative").into());
    }
    let head = outbox::head(db).await?;
    let diverged = |why| Error::Diverged { epoch: *epoch, seq: *seq, ours: head.epoch, why };
    if *epoch != head.epoch && (*epoch, *seq) != (0, 0) {
        return Err(diverged("another epoch, as after a restore"));
    }
    if *seq == 0 {
        return Ok(Start { epoch: head.epoch, seq: 0, hash: ChainHash::GENESIS });
    }
    let hash = outbox::hash_at(db, *seq).await?.ok_or(diverged("it lies beyond the end"))?;
    if hash.as_bytes().as_slice() != last_hash.as_slice() {
        return Err(diverged("another hash at this position"));
    }
    Ok(Start { epoch: head.epoch, seq: *seq, hash })
}

/// The state of one stream.
pub(super) struct Subscription {
    db: Db,
    caller: Caller,
    may_see: MaySee,
    kinds: Vec<String>,
    epoch: i64,
    /// Everything up to here has been looked at.
    seq: i64,
    hash: ChainHash,
    /// Everything up to here has been told to the reader.
    told: i64,
    wake: watch::Receiver<i64>,
    pacing: Pacing,
    silent_since: Instant,
    shutdown: Shutdown,
    _place: OwnedSemaphorePermit,
}

impl Subscription {
    pub(super) fn new(
        server: &FeedServer,
        caller: Caller,
        kinds: Vec<String>,
        start: Start,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            db: server.db.clone(),
            caller,
            may_see: server.may_see,
            kinds,
            epoch: start.epoch,
            seq: start.seq,
            hash: start.hash,
            told: start.seq,
            wake: server.wake.listen(),
            pacing: server.pacing,
            silent_since: Instant::now(),
            shutdown: server.shutdown.clone(),
            _place: place,
        }
    }

    /// The stream; it ends with the shutdown or with the first failure.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<pb::SubscribeResponse, Status>> + Send {
        stream::unfold(Some(self), async |subscription| {
            let mut subscription = subscription?;
            match subscription.next().await {
                Ok(Some(response)) => Some((Ok(response), Some(subscription))),
                Ok(None) => None,
                // The database closes when the server goes down; the reader hears the same as at any other moment of that.
                Err(_) if subscription.shutdown.has_begun() => None,
                Err(error) => Some((Err(error.into()), None)),
            }
        })
    }

    /// The next thing to tell the reader; `None` when the server goes down.
    async fn next(&mut self) -> Result<Option<pb::SubscribeResponse>, Error> {
        let mut rests = false;
        loop {
            if self.shutdown.has_begun() {
                return Ok(None);
            }
            // Before the look: what is sealed after it rings again.
            self.wake.mark_unchanged();
            let before = self.seq;
            let events = self.read().await?;
            if !events.is_empty() || self.is_due(rests) {
                return Ok(Some(self.response(events)));
            }
            rests = self.seq == before && self.wait().await;
        }
    }

    /// The events after `seq` that fit one batch; moves `seq` and `hash` to where it has read.
    async fn read(&mut self) -> Result<Vec<SealedEvent>, Error> {
        let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        let batch = outbox::read(&self.db, self.seq, MAX_EVENTS, &kinds).await?;
        let (mut events, mut read_to) = (batch.events, batch.read_to);
        let fitting = fitting(&events);
        if fitting < events.len() {
            events.truncate(fitting);
            read_to = events.last().map_or(self.seq, |event| event.seq);
        }
        match events.last() {
            Some(last) if last.seq == read_to => self.hash = last.hash,
            _ if read_to == self.seq => {}
            _ => {
                let hash = outbox::hash_at(&self.db, read_to).await?;
                self.hash =
                    hash.ok_or_else(|| service::Error::corrupt(format!("seal {read_to} is missing")))?;
            }
        }
        self.seq = read_to;
        Ok(events)
    }

    fn response(&mut self, events: Vec<SealedEvent>) -> pb::SubscribeResponse {
        self.told = self.seq;
        self.silent_since = Instant::now();
        let message = |event: SealedEvent| {
            let visible = (self.may_see)(&self.caller, &event.header.kind);
            convert::to_message(event, visible)
        };
        pb::SubscribeResponse {
            epoch: self.epoch,
            events: events.into_iter().map(message).collect(),
            reached_seq: self.seq,
            reached_hash: self.hash.as_bytes().to_vec(),
        }
    }

    /// Whether it is time for a sign of life. What was passed over is told once the feed rests: whoever waits for the reader need not
    /// wait for the next one, and while events come one after another nobody books each.
    fn is_due(&self, rests: bool) -> bool {
        let spared = self.seq - self.told;
        let silent = self.silent_since.elapsed();
        (rests && spared > 0) || spared >= MAX_SILENT || silent >= self.pacing.heartbeat
    }

    /// Until there may be news, or it is time for a sign of life. Answers whether nothing rang.
    async fn wait(&mut self) -> bool {
        let poll = Instant::now() + self.pacing.poll;
        let until = poll.min(self.silent_since + self.pacing.heartbeat);
        let woken = async {
            // A sealer that has ended rings no more; then only time passes.
            if self.wake.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = self.shutdown.begun() => false,
            () = woken => false,
            () = tokio::time::sleep_until(until) => true,
        }
    }
}

/// How many of the events go into one batch: as many as stay within [`MAX_BATCH_BYTES`], and at least one.
fn fitting(events: &[SealedEvent]) -> usize {
    let mut bytes = 0;
    let beyond = events.iter().position(|event| {
        bytes += event.payload.as_ref().map_or(0, Vec::len);
        bytes > MAX_BATCH_BYTES
    });
    beyond.map_or(events.len(), |at| at.max(1))
}
