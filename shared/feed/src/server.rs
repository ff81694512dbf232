//! Serves the sealed events of one service.

mod checkpoint;
mod error;
mod metrics;
mod readers;
mod subscription;
mod verification;

use std::{pin::Pin, sync::Arc, time::Duration};

use contract::feed::v1::{self as pb, feed_server};
use crypto::signer::Signer;
use db::Db;
use futures::Stream;
use outbox::SealedEvent;
use service::access_log::{self, Read};
use service::fitting::fitting;
use service::{Clock, FieldErrors, Shutdown, auth::Caller};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

pub use checkpoint::{checkpoint_text, verify_checkpoint};
use error::Error;
use subscription::Subscription;

use crate::{Follower, Wake, convert};

/// Reason of the refusal of a position that is not of this feed.
pub(crate) const DIVERGED: &str = "FEED_DIVERGED";
const SUBSCRIBE: &str = "/xinjian.feed.v1.Feed/Subscribe";
const LIST: &str = "/xinjian.feed.v1.Feed/ListEvents";
/// Most events in one answer.
const MAX_EVENTS: u32 = 500;
/// Events of a page when the caller does not say.
const PAGE: u32 = 100;
/// Most kinds one reader may name.
const MAX_KINDS: usize = 100;
/// Most streams open at once; each holds one batch in memory while it is on its way.
const MAX_SUBSCRIBERS: usize = 512;

/// Whether a caller may see the payload of events of a kind. Who may not gets header and digest, so that the chain can
/// be checked all the same.
pub type MaySee = fn(&Caller, kind: &str) -> bool;

/// How long a stream waits. Every value bounds a delay, none decides what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Longest wait before the database is asked again without a wake-up; a feed that has not rung for so long rests, and a reader of
    /// some kinds is told how far it has come.
    pub poll: Duration,
    /// Longest silence on a stream; then a sign of life is sent.
    pub heartbeat: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { poll: Duration::from_secs(1), heartbeat: Duration::from_secs(10) }
    }
}

/// The Feed service over the events of one database.
pub struct FeedServer {
    db: Db,
    service: String,
    may_see: MaySee,
    wake: Wake,
    shutdown: Shutdown,
    pacing: Pacing,
    clock: Clock,
    signer: Option<Arc<dyn Signer>>,
    notes_reads: bool,
    readers: Vec<Follower>,
    subscribers: Arc<Semaphore>,
    verifications: Semaphore,
}

impl FeedServer {
    /// A server of the events in `db`, which are those of `service`. Streams end when `shutdown` begins.
    pub fn new(db: Db, service: impl Into<String>, may_see: MaySee, wake: Wake, shutdown: Shutdown) -> Self {
        let service = service.into();
        metrics::observe_head(&service, wake.listen());
        Self {
            db,
            service,
            may_see,
            wake,
            shutdown,
            pacing: Pacing::default(),
            clock: Clock::System,
            signer: None,
            notes_reads: false,
            readers: Vec::new(),
            subscribers: Arc::new(Semaphore::new(MAX_SUBSCRIBERS)),
            verifications: Semaphore::new(1),
        }
    }

    /// Signs checkpoints; without it they carry no signature.
    #[must_use]
    pub fn signed_by(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Tells of these followers, which run in this process, and has them handle parked events again.
    #[must_use]
    pub fn with_readers(mut self, readers: Vec<Follower>) -> Self {
        self.readers = readers;
        self
    }

    /// Notes every reader that gets payloads in the log of reads: what a service learns from the events of another is read like what it
    /// asks for. The database has the tables of the crate `service`.
    #[must_use]
    pub fn noting_reads(mut self) -> Self {
        self.notes_reads = true;
        self
    }

    /// Other waits than the default ones.
    #[must_use]
    pub fn paced(mut self, pacing: Pacing) -> Self {
        self.pacing = pacing;
        self
    }

    /// Another clock, for the time of checkpoints.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// As a service to add to a `service::Server`.
    pub fn into_service(self) -> feed_server::FeedServer<Self> {
        feed_server::FeedServer::new(self)
    }
}

impl FeedServer {
    /// Notes that `caller` reads from behind position `seq` on, if there is something for him to see: header and digest tell nothing
    /// confidential.
    async fn note(&self, caller: &Caller, method: &str, kinds: &[String], seq: i64) -> Result<(), Error> {
        // Who names no kinds asks for all: whether he may see one tells it.
        let sees = |kind: &str| (self.may_see)(caller, kind);
        let sees = if kinds.is_empty() { sees("") } else { kinds.iter().any(|kind| sees(kind)) };
        if !self.notes_reads || !sees {
            return Ok(());
        }
        let subject = format!("feeds/{}", self.service);
        let purpose = format!("events behind position {seq}");
        let read = Read { subject: &subject, method, purpose: &purpose };
        Ok(access_log::record(&self.db, caller, &read, self.clock.now()).await?)
    }
}

#[tonic::async_trait]
impl feed_server::Feed for FeedServer {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<pb::SubscribeResponse, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<pb::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        check_kinds(&request.kinds)?;
        let place = self
            .subscribers
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::TooManyReaders(MAX_SUBSCRIBERS))?;
        let start = subscription::start(&self.db, &request).await?;
        self.note(&caller, SUBSCRIBE, &request.kinds, request.from_seq).await?;
        let subscription = Subscription::new(self, caller, request.kinds, start, place);
        Ok(Response::new(Box::pin(subscription.into_stream())))
    }

    async fn list_events(
        &self,
        request: Request<pb::ListEventsRequest>,
    ) -> Result<Response<pb::ListEventsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        check_kinds(&request.kinds)?;
        let size = page_size(request.page_size)?;
        let head = outbox::head(&self.db).await.map_err(Error::from)?;
        let kinds: Vec<&str> = request.kinds.iter().map(String::as_str).collect();
        let mut after = request.after_seq.max(0);
        self.note(&caller, LIST, &request.kinds, after).await?;
        let mut page = Vec::new();
        // A reader of rare kinds gets a full page, as many events as an answer holds, or the end: never an empty page with more behind it.
        while page.len() < size as usize && after < head.seq {
            let wanted = size - page.len() as u32;
            let batch = outbox::read(&self.db, after, wanted, &kinds).await.map_err(Error::from)?;
            after = batch.read_to;
            page.extend(batch.events);
        }
        let message = |event: SealedEvent| {
            let visible = (self.may_see)(&caller, &event.header.kind);
            convert::to_message(event, visible)
        };
        let mut events: Vec<_> = page.into_iter().map(message).collect();
        // The next page starts after the last event of this one, wherever that is.
        events.truncate(fitting(&events));
        Ok(Response::new(pb::ListEventsResponse { epoch: head.epoch, events, head_seq: head.seq }))
    }

    async fn get_checkpoint(
        &self,
        _: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::Checkpoint>, Status> {
        let head = outbox::head(&self.db).await.map_err(Error::from)?;
        let checkpoint = checkpoint::make(&self.service, &head, self.clock.now(), self.signer.as_deref());
        Ok(Response::new(checkpoint.map_err(Error::Signing)?))
    }

    async fn verify_chain(
        &self,
        request: Request<pb::VerifyChainRequest>,
    ) -> Result<Response<pb::VerifyChainResponse>, Status> {
        // One at a time: it reads the whole range and would slow the writers down.
        let _turn = self.verifications.try_acquire().map_err(|_| Error::Verifying)?;
        Ok(Response::new(verification::run(&self.db, request.get_ref()).await?))
    }

    async fn get_readers(
        &self,
        _: Request<pb::GetReadersRequest>,
    ) -> Result<Response<pb::GetReadersResponse>, Status> {
        let readers = readers::list(&self.db, &self.readers).await.map_err(Error::from)?;
        let waiting = outbox::waiting(&self.db).await.map_err(Error::from)?;
        let (first_unsealed, last_unsealed) = waiting.unwrap_or_default();
        Ok(Response::new(pb::GetReadersResponse { readers, first_unsealed, last_unsealed }))
    }

    async fn list_parked_events(
        &self,
        request: Request<pb::ListParkedEventsRequest>,
    ) -> Result<Response<pb::ListParkedEventsResponse>, Status> {
        Ok(Response::new(readers::parked(&self.db, request.get_ref()).await?))
    }

    async fn retry_parked_events(
        &self,
        request: Request<pb::RetryParkedEventsRequest>,
    ) -> Result<Response<pb::Reader>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(readers::retry(&self.db, &self.readers, &caller, request.get_ref()).await?))
    }

    async fn restart_reader(
        &self,
        request: Request<pb::RestartReaderRequest>,
    ) -> Result<Response<pb::Reader>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(readers::restart(&self.db, &self.readers, &caller, request.get_ref()).await?))
    }
}

fn check_kinds(kinds: &[String]) -> Result<(), Error> {
    if kinds.len() <= MAX_KINDS {
        return Ok(());
    }
    Err(FieldErrors::one("kinds", format!("at most {MAX_KINDS} kinds, not {}", kinds.len())).into())
}

fn page_size(asked: i32) -> Result<u32, Error> {
    match u32::try_from(asked) {
        Ok(0) => Ok(PAGE),
        Ok(size) => Ok(size.min(MAX_EVENTS)),
        Err(_) => Err(FieldErrors::one("page_size", "must not be negative").into()),
    }
}
