//! Answers of the services that are kept for a moment: parts of profiles, in Redis for all replicas of the gateway or, without one,
//! while it is away and where an answer is large, in this process.
//!
//! An answer is kept as the service gave it, under everything that it depends on: the question, the day, and the rights of who asked
//! (by [`Caller::rights`]); so it is given to nobody who would have been answered otherwise. It is good for as long as the feeds that
//! it depends on are heard and tell nothing about its party: every answer carries how far they had been read *before* it was asked for,
//! and is not given out once an event about the party stands behind that. An event that overtakes a question therefore makes its answer
//! old before it is kept, on whichever replica (`heard`). A service that copies from another what its answers depend on tells by an event
//! of its own when the copy has changed (`collection.party.moved`): the other's event may be heard here before. Nothing is given out of a
//! service whose feed is not heard, nor after its life, which bounds what no event tells. Whoever changes something is shown nothing kept by
//! the same replica of the gateway for five seconds (`writers`); another replica shows the change when it hears the event.
//!
//! Kept is never a failure, nor a part of a list that does not come the latest first; of one that does (records, tickets, objections,
//! remedies), the page that was asked for. Not kept is what a service logs at each reading (classes, flags) and what counts at the moment of
//! the question (the party check): see `parts/gather.rs`.

mod entry;
mod heard;
mod listen;
mod metrics;
mod own;
mod shared;
#[cfg(test)]
mod tests;
mod writers;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use contract::feed::v1::SubscribeResponse;
use domain::{MicrosUtc, Uscc, shanghai_date};
use prost::Message;
use service::{
    Clock, Shutdown, Tasks,
    auth::{Caller, TokenSource},
    peer::Peer,
};
use tokio::time::Instant;

use crate::{
    forward::Home,
    parts::Failure,
    peers::Peers,
    redis_link::{BadRedis, RedisLink},
};
use entry::{Entry, Place};
use heard::Heard;
use metrics::{Metrics, Outcome};
use own::Own;
use shared::Shared;
use writers::Writers;

pub(crate) use writers::changes;

/// Services of which answers are kept.
const LISTENED_TO: [Home; 4] = [Home::Registry, Home::Collection, Home::Inspection, Home::Punishment];

/// Path of the RPC by which a feed is heard: a stream, which takes one of the connections for streams.
const SUBSCRIBE: &str = "/xinjian.feed.v1.Feed/Subscribe";

/// What is kept, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Longest life of an answer.
    pub(crate) life: Duration,
    /// Most bytes in this process.
    pub(crate) bytes: u64,
}

/// The answers that are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Cache(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    bounds: Bounds,
    clock: Clock,
    /// In the order of [`Home::ALL`].
    heard: [Mutex<Heard>; Home::ALL.len()],
    writers: Writers,
    own: Own,
    shared: Option<Shared>,
    metrics: Metrics,
}

/// A question about one enterprise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// Part of the profile that the answer is.
    pub(crate) part: &'static str,
    /// Service that is asked.
    pub(crate) home: Home,
    /// The enterprise.
    pub(crate) uscc: &'a Uscc,
    /// How many elements are asked for.
    pub(crate) size: i32,
    /// Who asks.
    pub(crate) caller: &'a Caller,
}

/// Services whose events may change an answer of this one: its own, and the registry's, which knows where an enterprise is and so who
/// may see it.
fn feeds_of(home: Home) -> [Home; 2] {
    [home, Home::Registry]
}

impl Cache {
    /// Nothing kept yet; shared with whoever uses the same Redis server, if there is one.
    ///
    /// # Errors
    /// The address is not one of a Redis server. One that does not answer is no error.
    pub(crate) fn new(bounds: Bounds, redis_url: Option<&str>, clock: Clock) -> Result<Self, BadRedis> {
        let shared = redis_url.map(|url| Shared::new(url, bounds.life)).transpose()?;
        Ok(Self(Arc::new(Kept {
            bounds,
            clock,
            heard: Default::default(),
            writers: Writers::default(),
            own: Own::new(bounds.bytes),
            shared,
            metrics: Metrics::new(),
        })))
    }

    /// Listens to the feeds from now on.
    pub(crate) fn listen(&self, peers: &Peers, token: &TokenSource, tasks: &mut Tasks) {
        for home in LISTENED_TO {
            let (kept, peers, token) = (self.0.clone(), peers.clone(), token.clone());
            tasks.keep(reader_of(home), move |shutdown: Shutdown| {
                let (kept, channel) = (kept.clone(), peers.channel_for(home, SUBSCRIBE));
                let peer = Peer::as_service(channel, token.clone());
                async move { listen::listen(&kept, home, peer, &shutdown).await }
            });
        }
    }

    /// Lets go of what has ended its life in this process, until the shutdown begins.
    pub(crate) async fn sweep(&self, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(self.0.bounds.life) => self.0.sweep(),
            }
        }
    }

    /// The link to Redis, if the answers are shared.
    pub(crate) fn link(&self) -> Option<&RedisLink> {
        self.0.shared.as_ref().map(Shared::link)
    }

    /// A caller changes something through this gateway: it must see what it has done.
    pub(crate) fn changed_by(&self, caller: &Caller) {
        self.0.writers.note(caller.subject(), Instant::now());
    }

    /// The answer that is kept; or that of `ask`, which is kept when it is `whole`.
    pub(crate) async fn answer<T: Message + Default>(
        &self,
        question: Question<'_>,
        whole: impl Fn(&T) -> bool,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let kept = &*self.0;
        let Some(asked_at) = kept.reached(question.home) else {
            kept.metrics.count(question.part, Outcome::Unheard);
            return ask.await;
        };
        let now = kept.clock.now();
        let day = shanghai_date(now);
        let Question { part, uscc, size, caller, .. } = question;
        let key = format!("{part}:{uscc}:{size}:{day}:{}", caller.rights());
        if kept.writers.wrote(caller.subject(), Instant::now()) {
            kept.metrics.count(part, Outcome::Writer);
        } else if let Some(answer) = kept.find(&key, question).await {
            return Ok(answer);
        }
        let answer = ask.await?;
        if whole(&answer) {
            let answer = answer.encode_to_vec().into();
            kept.keep(key, Entry { asked_at, asked_at_us: now.micros(), answer }).await;
        }
        Ok(answer)
    }
}

impl Kept {
    /// How far the feeds that an answer depends on have been read; `None` while one of them is not heard.
    fn reached(&self, home: Home) -> Option<Vec<Place>> {
        feeds_of(home).into_iter().map(|feed| self.heard(feed).at().cloned()).collect()
    }

    /// The answer under a key, if it is there and good.
    async fn find<T: Message + Default>(&self, key: &str, question: Question<'_>) -> Option<T> {
        let told = match &self.shared {
            Some(shared) => shared.get(key).await,
            None => None,
        };
        let entry = told.flatten().or_else(|| self.own.get(key));
        let outcome = match &entry {
            None => Outcome::Missed,
            Some(entry) if !self.is_good(entry, question) => Outcome::Old,
            Some(_) => Outcome::Hit,
        };
        if outcome == Outcome::Old {
            self.own.remove(key);
        }
        let answer = entry.filter(|_| outcome == Outcome::Hit).and_then(|entry| T::decode(entry.answer).ok());
        self.metrics.count(question.part, outcome);
        answer
    }

    /// What was asked for at this time or before has ended its life.
    fn ended(&self) -> MicrosUtc {
        let life = i64::try_from(self.bounds.life.as_micros()).unwrap_or(i64::MAX);
        MicrosUtc(self.clock.now().micros().saturating_sub(life))
    }

    fn sweep(&self) {
        self.own.sweep(self.ended());
    }

    fn is_good(&self, entry: &Entry, question: Question<'_>) -> bool {
        let lives = entry.asked_at_us > self.ended().micros();
        let feeds = feeds_of(question.home);
        let knows_all = |(feed, place): (&Home, &Place)| {
            self.heard(*feed).knows_nothing_after(place, question.uscc.as_str())
        };
        lives && entry.asked_at.len() == feeds.len() && feeds.iter().zip(&entry.asked_at).all(knows_all)
    }

    async fn keep(&self, key: String, entry: Entry) {
        let taken = match &self.shared {
            Some(shared) => shared.put(&key, &entry).await,
            None => None,
        };
        if taken.is_none() {
            self.own.put(key, entry);
        }
    }

    fn begin(&self, home: Home, at: Place) {
        self.heard(home).begin(at);
        self.metrics.heard(home, true);
    }

    fn hear(&self, home: Home, message: &SubscribeResponse) {
        self.heard(home).hear(message);
    }

    fn lose(&self, home: Home) {
        self.heard(home).lose();
        self.metrics.heard(home, false);
    }

    fn heard(&self, home: Home) -> MutexGuard<'_, Heard> {
        self.heard[home.index()].lock().expect("nothing panics while it holds what was heard")
    }
}

/// Name of the loop that listens to a service.
fn reader_of(home: Home) -> &'static str {
    match home {
        Home::Registry => "listening to registry",
        Home::Collection => "listening to collection",
        Home::Risk => "listening to risk",
        Home::Inspection => "listening to inspection",
        Home::Punishment => "listening to punishment",
    }
}
