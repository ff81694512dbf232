//! What calls tell of a service, and what follows for the next ones: a service that does not answer is left alone for a while, so that
//! nobody waits for it in vain; a question that was lost on its way is asked once more.
//!
//! What a caller alone decides tells nothing of a service: how little time it gives, and when it breaks off. Else one who gives a
//! millisecond would have the service left alone by all.
//!
//! Only what changes nothing is asked again, once, and only while it is the exception: each question saves a tenth of what one more
//! costs (the throttle of gRPC's own retries). So a service that is away is not asked twice as much. Streams pass without being counted:
//! their answers take as long as they take.

mod message;

use std::{
    error::Error,
    future::poll_fn,
    iter::successors,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use contract::access::{answers_with_a_stream, is_asked_with_a_stream};
use http_body_util::Full;
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge},
};
use tokio::time::Instant;
use tonic::{Status, TimeoutExpired, body::Body};
use tower::Service;

use super::BoxError;
use message::{Message, small};

/// So many calls in a row without an answer, and the service counts as away: more than are under way at once where little is asked, so
/// that a single delay is none.
const AWAY_AFTER: u32 = 16;
/// Pause after which one call tries whether it is back, and then another one.
const PAUSE: Duration = Duration::from_secs(1);
/// What one more question costs; each question saves one.
const COST: u32 = 10;
/// Most that is saved.
const MOST_SAVED: u32 = 10 * COST;

/// What came of a call.
type Answer = Result<http::Response<Body>, BoxError>;

/// Stands before a service; see the module. Clones share what they know.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Known>);

#[derive(Debug)]
struct Known {
    service: &'static str,
    /// A call that is given up earlier says nothing of the service.
    late: Duration,
    /// Whether the RPC at a path changes nothing.
    reads: fn(&str) -> bool,
    state: Mutex<State>,
    saved: AtomicU32,
    answers: Gauge<u64>,
    asked_again: Counter<u64>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// It answers, but for the last so many calls.
    Well { unanswered: u32 },
    /// It does not; nobody asks before this instant.
    Away { until: Instant },
}

/// A call under way. Given up late, it counts as one without an answer.
struct Attempt<'a> {
    known: &'a Known,
    message: Message,
    /// Whether it is the one that tries a service that is away.
    tries: bool,
    has_ended: bool,
}

impl Guard {
    /// A guard of `service`, of which nothing is known yet. A call that its caller gives up counts as unanswered once it took `late`
    /// since its message was said. `reads` tells by the path of an RPC whether it changes nothing and may be asked again.
    pub fn new(service: &'static str, late: Duration, reads: fn(&str) -> bool) -> Self {
        let meter = opentelemetry::global::meter("xinjian");
        let answers = meter
            .u64_gauge("rpc.client.answers")
            .with_description("1 while a service answers; 0 while it is left alone because it does not")
            .build();
        let asked_again = meter
            .u64_counter("rpc.client.again")
            .with_description("Questions that were asked a second time")
            .build();
        let state = Mutex::new(State::Well { unanswered: 0 });
        let known =
            Known { service, late, reads, state, saved: AtomicU32::new(MOST_SAVED), answers, asked_again };
        known.tell(true);
        Self(Arc::new(known))
    }

    /// Asks `service`, which is ready, unless it is away.
    ///
    /// # Errors
    /// What the transport says, or `UNAVAILABLE` at once while the service is away.
    pub(super) async fn call<S>(&self, mut service: S, request: http::Request<Body>) -> Answer
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>>,
        S::Error: Into<BoxError>,
    {
        let path = request.uri().path();
        if answers_with_a_stream(path) || is_asked_with_a_stream(path) {
            return service.call(request).await.map_err(Into::<BoxError>::into);
        }
        if !(self.0.reads)(path) {
            return self.once(&mut service, request).await;
        }
        self.0.save();
        let (head, body) = request.into_parts();
        let body = match small(body).await? {
            Ok(body) => body,
            Err(large) => return self.once(&mut service, http::Request::from_parts(head, large)).await,
        };
        let message = || http::Request::from_parts(head.clone(), Body::new(Full::<Bytes>::new(body.clone())));
        let answered = self.once(&mut service, message()).await;
        match answered {
            // A refusal of ours is no loss, and where the time is over there is none to ask again.
            Err(lost) if !lost.is::<Status>() && !is_time_over(&*lost) && self.0.spend() => {
                self.0.asked_again.add(1, &[KeyValue::new("peer", self.0.service)]);
                poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::<BoxError>::into)?;
                self.once(&mut service, message()).await
            }
            answered => answered,
        }
    }

    /// Waits for the answer to something that is said whole, is not lost on its way and is answered with one message, unless the service is
    /// away: nothing of the question need be watched or kept to be asked again. It is asked when `answer` is waited for, and not before.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub(super) async fn call_near(self, answer: impl Future<Output = Answer>) -> Answer {
        let attempt = self.begin(Message::whole())?;
        attempt.ended_by(answer.await)
    }

    async fn once<S>(&self, service: &mut S, request: http::Request<Body>) -> Answer
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>>,
        S::Error: Into<BoxError>,
    {
        let (request, message) = Message::of(request);
        let attempt = self.begin(message)?;
        attempt.ended_by(service.call(request).await.map_err(Into::<BoxError>::into))
    }

    /// A call with a message, if the service may be asked now.
    fn begin(&self, message: Message) -> Result<Attempt<'_>, Status> {
        let (known, now) = (&*self.0, Instant::now());
        let mut state = known.state();
        let tries = matches!(*state, State::Away { .. });
        if let State::Away { until } = &mut *state {
            if now < *until {
                return Err(Status::unavailable(
                    "the service does not answer, and is left alone for a moment",
                ));
            }
            // This one tries; nobody else does meanwhile.
            *until = now + PAUSE;
        }
        Ok(Attempt { known, message, tries, has_ended: false })
    }
}

/// Whether the time that the caller gave is over: the channel says so by itself.
fn is_time_over(problem: &(dyn Error + 'static)) -> bool {
    successors(Some(problem), |&problem| problem.source()).any(|problem| problem.is::<TimeoutExpired>())
}

impl Attempt<'_> {
    /// It ended by this answer, which is passed on.
    fn ended_by(self, answer: Answer) -> Answer {
        match &answer {
            // The caller has given it up, as when it hangs up.
            Err(problem) if is_time_over(&**problem) || self.message.is_broken_off() => drop(self),
            answer => self.end(answer.is_ok()),
        }
        answer
    }

    /// It was answered, or the transport has failed.
    fn end(mut self, is_answered: bool) {
        self.has_ended = true;
        if is_answered { self.known.answered() } else { self.known.unanswered() }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        if self.message.waited().is_some_and(|waited| waited >= self.known.late) {
            self.known.unanswered();
        } else if self.tries {
            self.known.let_another_try();
        }
    }
}

impl Known {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    fn answered(&self) {
        let before = std::mem::replace(&mut *self.state(), State::Well { unanswered: 0 });
        if matches!(before, State::Away { .. }) {
            let service = self.service;
            tracing::info!(service, "`{service}` answers again");
            self.tell(true);
        }
    }

    fn unanswered(&self) {
        let mut state = self.state();
        let State::Well { unanswered } = &mut *state else { return };
        *unanswered += 1;
        if *unanswered < AWAY_AFTER {
            return;
        }
        *state = State::Away { until: Instant::now() + PAUSE };
        drop(state);
        let service = self.service;
        tracing::warn!(service, "`{service}` does not answer, and is asked once a second until it does");
        self.tell(false);
    }

    /// Whoever tried has learnt nothing, and must not keep others from it.
    fn let_another_try(&self) {
        if let State::Away { until } = &mut *self.state() {
            *until = Instant::now();
        }
    }

    fn save(&self) {
        let more = |saved: u32| (saved < MOST_SAVED).then_some(saved + 1);
        // An error says that there is enough.
        let _ = self.saved.fetch_update(Relaxed, Relaxed, more);
    }

    /// Whether one more question may be asked.
    fn spend(&self) -> bool {
        self.saved.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(COST)).is_ok()
    }

    fn tell(&self, answers: bool) {
        self.answers.record(answers.into(), &[KeyValue::new("peer", self.service)]);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, io, sync::atomic::AtomicBool};

    use http_body_util::BodyExt;
    use tower::service_fn;

    use super::{message::SMALL, *};

    const READ: &str = "/xinjian.common.v1.Work/ListWork";
    const CHANGE: &str = "/xinjian.registry.v1.Marks/ConfirmMarks";
    const STREAM: &str = "/xinjian.feed.v1.Feed/Subscribe";
    const LATE: Duration = Duration::from_secs(1);

    fn guard() -> Guard {
        Guard::new("test", LATE, |path| path == READ)
    }

    /// A service that is well or not, and what it was asked.
    #[derive(Default)]
    struct Asked {
        is_well: AtomicBool,
        messages: Mutex<Vec<Bytes>>,
    }

    impl Asked {
        fn times(&self) -> usize {
            self.messages.lock().unwrap().len()
        }

        /// Asks it by way of the guard; what it says while it is not well is an error of the transport.
        async fn ask(&self, guard: &Guard, path: &str, message: String) -> Result<(), BoxError> {
            let service = service_fn(|request: http::Request<Body>| async move {
                let message = request.into_body().collect().await.unwrap().to_bytes();
                self.messages.lock().unwrap().push(message);
                match self.is_well.load(Relaxed) {
                    true => Ok(http::Response::new(Body::empty())),
                    false => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                }
            });
            guard.call(service, request(path, message)).await.map(drop)
        }
    }

    fn request(path: &str, message: String) -> http::Request<Body> {
        let mut request = http::Request::new(Body::new(Full::<Bytes>::from(message)));
        *request.uri_mut() = path.parse().unwrap();
        request
    }

    /// A call that is given up after a time.
    async fn give_up(guard: &Guard, path: &str, after: Duration) {
        let never = service_fn(|_: http::Request<Body>| {
            std::future::pending::<Result<http::Response<Body>, io::Error>>()
        });
        let call = guard.call(never, request(path, String::new()));
        assert!(tokio::time::timeout(after, call).await.is_err(), "it never answers");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_does_not_answer_is_left_alone_but_for_one_call_a_second_until_it_does() {
        let (guard, asked) = (guard(), Asked::default());
        for _ in 0..AWAY_AFTER {
            asked.ask(&guard, CHANGE, String::new()).await.unwrap_err();
        }
        let before = asked.times();
        for _ in 0..3 {
            let refused = asked.ask(&guard, READ, String::new()).await.unwrap_err();
            assert_eq!(Status::from_error(refused).code(), tonic::Code::Unavailable);
            assert_eq!(asked.times(), before, "nobody has asked");
        }
        tokio::time::advance(PAUSE).await;
        for _ in 0..3 {
            asked.ask(&guard, CHANGE, String::new()).await.unwrap_err();
        }
        assert_eq!(asked.times(), before + 1, "one has tried");
        asked.is_well.store(true, Relaxed);
        tokio::time::advance(PAUSE).await;
        for _ in 0..3 {
            asked.ask(&guard, CHANGE, String::new()).await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_calls_that_were_given_up_late_count_and_only_in_a_row_and_no_stream_does() {
        let (guard, asked) = (guard(), Asked::default());
        asked.is_well.store(true, Relaxed);
        let answers = async || asked.ask(&guard, READ, String::new()).await.is_ok();
        for _ in 0..AWAY_AFTER * 2 {
            give_up(&guard, READ, LATE / 2).await;
            give_up(&guard, STREAM, LATE * 2).await;
        }
        assert!(answers().await);
        for _ in 0..2 {
            for _ in 1..AWAY_AFTER {
                give_up(&guard, READ, LATE).await;
            }
            assert!(answers().await, "an answer ends the row");
        }
        for _ in 0..AWAY_AFTER {
            give_up(&guard, READ, LATE).await;
        }
        assert!(!answers().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_near_by_that_does_not_answer_is_left_alone_too_and_asked_once_each_time() {
        let (guard, times) = (guard(), AtomicU32::new(0));
        for _ in 0..AWAY_AFTER {
            let never = async {
                times.fetch_add(1, Relaxed);
                std::future::pending().await
            };
            let call = guard.clone().call_near(never);
            assert!(tokio::time::timeout(LATE, call).await.is_err(), "it never answers");
        }
        let well = async {
            times.fetch_add(1, Relaxed);
            Ok(http::Response::new(Body::empty()))
        };
        let refused = guard.call_near(well).await.unwrap_err();
        assert_eq!(Status::from_error(refused).code(), tonic::Code::Unavailable);
        assert_eq!(times.into_inner(), AWAY_AFTER, "nobody has asked it then");
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_was_lost_is_asked_once_more_in_the_same_words_and_a_change_is_not() {
        let (guard, asked) = (guard(), Asked::default());
        asked.ask(&guard, READ, "question".to_owned()).await.unwrap_err();
        assert_eq!(*asked.messages.lock().unwrap(), ["question", "question"]);
        asked.ask(&guard, CHANGE, "change".to_owned()).await.unwrap_err();
        assert_eq!(asked.times(), 3);
        let large = "large".repeat(SMALL);
        asked.ask(&guard, READ, large.clone()).await.unwrap_err();
        assert_eq!(asked.messages.lock().unwrap()[3..], [large], "it comes whole, and once");
    }

    #[tokio::test(start_paused = true)]
    async fn one_question_in_ten_may_be_asked_again_beyond_what_was_saved() {
        let (guard, seen, times) = (guard(), Mutex::new(HashSet::new()), AtomicU32::new(0));
        let mut answered = 0;
        for question in 0..100 {
            let (seen, times) = (&seen, &times);
            // It loses every question that it has not seen before.
            let service = service_fn(|request: http::Request<Body>| async move {
                times.fetch_add(1, Relaxed);
                let message = request.into_body().collect().await.unwrap().to_bytes();
                match seen.lock().unwrap().insert(message) {
                    true => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                    false => Ok(http::Response::new(Body::empty())),
                }
            });
            answered += u32::from(guard.call(service, request(READ, question.to_string())).await.is_ok());
        }
        // Eleven by what was saved, then one for each ten.
        assert_eq!((answered, times.into_inner()), (19, 119));
    }
}
