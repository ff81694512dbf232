//! Answers that are kept for a moment: the dossiers of the services, and the profiles made of them. Dossiers are kept in Redis for all
//! replicas of the gateway or, without one, while it is away and where an answer is large, in this process. That of risk, and profiles, as
//! the text that REST sends, are kept in this process only.
//!
//! An answer is kept as the service gave it, under everything that it depends on: the question, the day, and the rights of who asked
//! (by [`Caller::rights`]); so it is given to nobody who would have been answered otherwise. It is good for as long as the feeds that
//! it depends on are heard and tell nothing about its party: every answer carries how far they had been read *before* it was asked for,
//! and is not given out once an event about the party stands behind that. An event that overtakes a question therefore makes its answer
//! old before it is kept, on whichever replica (`heard`). A service that copies from another what its answers depend on tells by an event
//! of its own when the copy has changed (`collection.party.moved`): the other's event may be heard here before. Nothing is given out of a
//! service whose feed is not heard, nor after its life, which bounds what no event tells: that of the party check is the shortest. Whoever
//! changes something is shown nothing kept by the same replica of the gateway for five seconds (`writers`); another replica shows the change
//! when it hears the event.
//!
//! Risk logs each reading of classes and flags. What holds some is given out when the reading stands in risk's log, and not before
//! (`notes`); where it cannot be noted, risk is asked, which logs it itself.
//!
//! Kept is never a failure, nor a dossier of which a list that does not come the latest first has more elements than were read; that a
//! caller may not read a part is kept, for callers of the same rights. A profile lives no longer than any of the dossiers it is made of.

mod entry;
mod heard;
mod listen;
mod metrics;
mod notes;
mod own;
mod question;
mod shared;
#[cfg(test)]
mod tests;
mod writers;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use contract::{feed::v1::SubscribeResponse, risk::v1::NotedRead};
use domain::{MicrosUtc, shanghai_date};
use prost::Message;
use service::{
    Clock, Shutdown, Tasks,
    auth::{Caller, TokenSource},
    peer::Peer,
    redis::RedisServer,
};
use tokio::time::Instant;

use crate::{forward::Home, parts::Failure, peers::Peers, redis_link::RedisLink};
use entry::{Entry, Place};
use heard::Heard;
use metrics::{Metrics, Outcome};
use notes::Notes;
use own::Own;
use question::read_at;
use shared::Shared;
use writers::Writers;

pub(crate) use question::{Answered, Keep, Made, Of, Question};
pub(crate) use writers::changes;

/// Longest life of a dossier that holds a party check: as long as a feed is silent at most while it is well. Where it has become silent and
/// nobody knows yet, a check is no older than this (design §10).
const CHECK_LIFE: Duration = Duration::from_secs(10);

/// Path of the RPC by which a feed is heard: a stream, which takes one of the connections for streams.
const SUBSCRIBE: &str = "/xinjian.feed.v1.Feed/Subscribe";

/// What is kept, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Longest life of an answer.
    pub(crate) life: Duration,
    /// Most bytes in this process.
    pub(crate) bytes: u64,
    /// How long Redis may take.
    pub(crate) patience: Duration,
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
    notes: Notes,
    own: Own,
    shared: Option<Shared>,
    metrics: Metrics,
}

impl Cache {
    /// Nothing kept yet; shared with whoever uses the same Redis server, if there is one.
    pub(crate) fn new(bounds: Bounds, redis: Option<RedisServer>, clock: Clock) -> Self {
        let shared = redis.map(|server| Shared::new(server, bounds));
        Self(Arc::new(Kept {
            bounds,
            clock,
            heard: Default::default(),
            writers: Writers::default(),
            notes: Notes::default(),
            own: Own::new(bounds.bytes),
            shared,
            metrics: Metrics::new(),
        }))
    }

    /// Listens to the feeds and notes readings, from now on.
    pub(crate) fn begin(&self, peers: &Peers, token: &TokenSource, tasks: &mut Tasks) {
        let (kept, services, shutdown) =
            (self.0.clone(), peers.for_everyone(token), tasks.shutdown().clone());
        tasks.run("noting reads", async move {
            tokio::select! {
                () = shutdown.begun() => {}
                () = kept.notes.write(|reads| notes::call(&services, reads)) => {}
            }
        });
        for home in Home::ALL {
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

    /// The dossier that is kept; or that of `ask`, which is kept as `keep` says.
    pub(crate) async fn answer<T: Message + Default>(
        &self,
        question: Question<'_>,
        keep: impl Fn(&T) -> Keep,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Answered<T>, Failure> {
        let kept = &*self.0;
        if !kept.hears(question.of) {
            kept.metrics.count(question.of.name(), Outcome::Unheard);
            return Ok(Answered { answer: ask.await?, good_until: None });
        }
        let now = kept.clock.now();
        let key = question.key(shanghai_date(now));
        if let Some(entry) = kept.find(&key, question).await
            && let Ok(answer) = T::decode(entry.answer.clone())
        {
            return Ok(Answered { answer, good_until: Some(MicrosUtc(entry.good_until_us)) });
        }
        let asked_at = kept.reached(question.of);
        let answer = ask.await?;
        let (Some(asked_at), Keep::With { logged }) = (asked_at, keep(&answer)) else {
            return Ok(Answered { answer, good_until: None });
        };
        let good_until = kept.end_of_life(question.of, now);
        let logged = logged.into_iter().map(str::to_owned).collect();
        let bytes = answer.encode_to_vec().into();
        let entry = Entry { asked_at, good_until_us: good_until.micros(), answer: bytes, logged };
        kept.keep(question.of, key, entry).await;
        Ok(Answered { answer, good_until: Some(good_until) })
    }

    /// The text of a view that is kept; or what `make` gives, which is kept for as long as all that it is made of. It is called only then:
    /// the future of a profile is kilobytes, and most are kept.
    ///
    /// What it is made of is good when it is taken, so that nothing older than the present place of each feed is in it: that is the place
    /// that the view has.
    pub(crate) async fn view<E, F: Future<Output = Result<Made, E>>>(
        &self,
        question: Question<'_>,
        make: impl FnOnce() -> F,
    ) -> Result<Bytes, E> {
        let kept = &*self.0;
        let key = question.key(shanghai_date(kept.clock.now()));
        if !kept.hears(question.of) {
            kept.metrics.count(question.of.name(), Outcome::Unheard);
        } else if let Some(entry) = kept.find(&key, question).await {
            return Ok(entry.answer.clone());
        }
        let asked_at = kept.reached(question.of);
        let Made { text, good_until, logged } = make().await?;
        if let (Some(asked_at), Some(good_until)) = (asked_at, good_until) {
            let logged = logged.into_iter().map(str::to_owned).collect();
            let entry = Entry { asked_at, good_until_us: good_until.micros(), answer: text.clone(), logged };
            kept.keep(question.of, key, entry).await;
        }
        Ok(text)
    }
}

impl Kept {
    /// Whether all feeds that an answer depends on are heard.
    fn hears(&self, of: Of) -> bool {
        of.feeds().iter().all(|feed| self.heard(*feed).at().is_some())
    }

    /// How far the feeds that an answer depends on have been read; `None` while one of them is not heard.
    fn reached(&self, of: Of) -> Option<Vec<Place>> {
        of.feeds().iter().map(|feed| self.heard(*feed).at().cloned()).collect()
    }

    /// The answer under a key, if it is there and good, and its reading noted where that must be.
    async fn find(&self, key: &str, question: Question<'_>) -> Option<Arc<Entry>> {
        let of = question.of.name();
        if self.writers.wrote(question.caller.subject(), Instant::now()) {
            self.metrics.count(of, Outcome::Writer);
            return None;
        }
        let told = match &self.shared {
            Some(shared) if question.of.is_shared() => shared.get(key).await,
            _ => None,
        };
        let told = told.flatten().filter(|entry| self.ends_in_time(question.of, entry));
        // One that Redis did not take in time stands here, and an old one there.
        let told = told.map(Arc::new).filter(|entry| self.is_good(entry, question));
        let Some(entry) = told.or_else(|| self.own.get(key)) else {
            self.metrics.count(of, Outcome::Missed);
            return None;
        };
        if !self.is_good(&entry, question) {
            self.own.remove(key);
            self.metrics.count(of, Outcome::Old);
            return None;
        }
        // What has become old while it was noted is asked for, too: then it is noted twice.
        let noted = entry.logged.is_empty()
            || (self.notes.note(self.read(&entry, question), question.patience).await
                && self.is_good(&entry, question));
        self.metrics.count(of, if noted { Outcome::Hit } else { Outcome::Unnoted });
        noted.then_some(entry)
    }

    /// The reading of what of an answer is logged.
    fn read(&self, entry: &Entry, question: Question<'_>) -> NotedRead {
        NotedRead {
            reader: question.caller.subject().to_owned(),
            office: question.caller.office().to_string(),
            name: format!("enterprises/{}", question.uscc),
            parts: entry.logged.clone(),
            method: question.method.to_owned(),
            purpose: question.purpose.to_owned(),
            read_time: Some(read_at(self.clock.now())),
        }
    }

    /// When what is asked for now ends its life.
    fn end_of_life(&self, of: Of, now: MicrosUtc) -> MicrosUtc {
        let life = match of {
            Of::Dossier(Home::Punishment) => self.bounds.life.min(CHECK_LIFE),
            _ => self.bounds.life,
        };
        now.plus_micros(i64::try_from(life.as_micros()).unwrap_or(i64::MAX))
    }

    /// Whether what another replica kept ends no later than if it had been kept here now: that one may have another clock, or be told
    /// another life.
    fn ends_in_time(&self, of: Of, entry: &Entry) -> bool {
        entry.good_until_us <= self.end_of_life(of, self.clock.now()).micros()
    }

    fn sweep(&self) {
        self.own.sweep(self.clock.now());
    }

    fn is_good(&self, entry: &Entry, question: Question<'_>) -> bool {
        let lives = self.clock.now().micros() < entry.good_until_us;
        let feeds = question.of.feeds();
        let knows_all = |(feed, place): (&Home, &Place)| {
            self.heard(*feed).knows_nothing_after(place, question.uscc.as_str())
        };
        lives && entry.asked_at.len() == feeds.len() && feeds.iter().zip(&entry.asked_at).all(knows_all)
    }

    async fn keep(&self, of: Of, key: String, entry: Entry) {
        let taken = match &self.shared {
            Some(shared) if of.is_shared() => shared.put(&key, &entry).await,
            _ => None,
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
