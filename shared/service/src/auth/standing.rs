//! Streams that are open longer than what their callers have shown is good for.
//!
//! Who may open a stream is decided once, like any request; it may then stay open for weeks. So each is looked at again and again.
//! When its caller would be let in no more (the token was revoked, the account or its certificate is gone, the office has lost the
//! permission), or as somebody with another scope, the stream ends with that refusal behind the last whole message. A stream that
//! follows what happens ends with the token as well: whoever has a new one opens it again. An answer that has an end of its own is
//! judged by the instant at which it was asked for: the life of a token does not cut an import. A stream whose messages nobody takes
//! ends as well: it holds a place that others need. Whoever brings a file is looked at once more when all of it has come
//! ([`arriving`]).

mod arriving;
mod messages;
#[cfg(test)]
mod tests;

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use contract::access::{Rpc, follows};
use domain::MicrosUtc;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use tokio::{task::AbortHandle, time::Instant};
use tonic::{Code, Status, body::Body};
use tracing::Instrument;

use super::{ACCOUNT, Authority, Caller, Came, Denied, Presented, layer::Guard};
use crate::error::{Reason, ServiceError};
use messages::Messages;

pub(super) use arriving::{Arriving, Late};

/// Time between two looks at a stream: it outlives what its caller has shown by this much at most, and a revocation by as much again,
/// as files are read as often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Longest time that a message waits to be taken: minutes, as the largest may be on its way over a slow line.
const UNTAKEN: Duration = Duration::from_secs(300);

/// Who opens which stream, or brings a file, by what it showed.
#[derive(Debug)]
pub(super) struct Opened {
    path: &'static str,
    caller: Caller,
    /// Names in the certificate of the connection.
    presented: Presented,
    /// The account in whose name it asked, if it said one.
    account: HeaderMap,
    /// When the answer was asked for, if it has an end of its own.
    asked: Option<MicrosUtc>,
    /// Whether the request is what takes long, and not the answer.
    is_upload: bool,
}

impl Opened {
    /// The stream by which `rpc` answers this request of `caller`, or the file that it brings.
    pub(super) fn at<B>(
        request: &http::Request<B>,
        rpc: &'static Rpc,
        caller: Caller,
        now: MicrosUtc,
    ) -> Self {
        let presented =
            request.extensions().get::<Came>().map(|came| came.presented.clone()).unwrap_or_default();
        let account = request.headers().get(ACCOUNT).map(|account| (ACCOUNT, account.clone()));
        let asked = (!follows(rpc.path)).then_some(now);
        let is_upload = rpc.brings_a_file && !rpc.answers_with_a_stream;
        Self { path: rpc.path, caller, presented, account: account.into_iter().collect(), asked, is_upload }
    }

    /// Whether the request is what takes long, and not the answer.
    pub(super) fn is_upload(&self) -> bool {
        self.is_upload
    }

    /// Whether its caller would be let in now, as the one it was then: who handles it acts for that one to the end.
    fn look(&self, authority: &Authority) -> Result<(), Denied> {
        let now = authority.stands(self.path, &self.caller, (&self.account, &self.presented), self.asked)?;
        let was = &self.caller;
        let is_same =
            (now.subject(), now.office()) == (was.subject(), was.office()) && now.scope() == was.scope();
        if is_same { Ok(()) } else { Err(Denied::ScopeChanged) }
    }

    /// The refusal by which the stream ends, or the file.
    fn ending(&self, denied: &Denied) -> Status {
        let then = match self.asked {
            _ if self.is_upload => "nothing of what was sent was taken",
            None => "the stream can be opened again",
            Some(_) => "the answer ends here and is not whole",
        };
        denied.reason().into_status(format!("{denied}; {then}"))
    }
}

/// The answer, which ends when its caller would be let in no more.
pub(super) fn watched(
    answer: http::Response<Body>,
    opened: Opened,
    guard: &Arc<Guard>,
) -> http::Response<Body> {
    if answer.headers().contains_key(Status::GRPC_STATUS) {
        return answer;
    }
    answer.map(|body| {
        let stream = Arc::new(Mutex::new(Stream::of(body)));
        let watch = watch(Arc::downgrade(&stream), opened, guard.clone()).in_current_span();
        Body::new(Standing { stream, watch: tokio::spawn(watch).abort_handle() })
    })
}

/// Looks at a stream until it is gone.
async fn watch(stream: Weak<Mutex<Stream>>, opened: Opened, guard: Arc<Guard>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let looked = opened.look(&guard.authority);
        let Some(stream) = stream.upgrade() else { return };
        let ending = match looked {
            Err(denied) => opened.ending(&denied),
            Ok(()) if locked(&stream).is_untaken() => untaken(),
            Ok(()) => continue,
        };
        guard.audit.note(&trailers(&ending));
        locked(&stream).end(ending);
        return;
    }
}

fn untaken() -> Status {
    let seconds = UNTAKEN.as_secs();
    Reason::new(Code::DeadlineExceeded, "STREAM_NOT_READ")
        .with("seconds", seconds)
        .into_status(format!("nobody took a message of the stream for {seconds} s"))
}

fn locked(stream: &Mutex<Stream>) -> MutexGuard<'_, Stream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The headers that say how a stream has ended.
fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if status.add_header(&mut trailers).is_err() {
        // A text that no header can hold is left out; the code always fits.
        trailers.insert(Status::GRPC_STATUS, (status.code() as i32).into());
    }
    trailers
}

/// The body of an answer under watch.
struct Standing {
    stream: Arc<Mutex<Stream>>,
    watch: AbortHandle,
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl http_body::Body for Standing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        locked(&self.stream).poll(cx)
    }
}

/// What the body and its watch share.
struct Stream {
    /// `None` once it was ended from here: all that it held is free.
    body: Option<Body>,
    messages: Messages,
    /// When the last frame was given, if the next was not asked for since then.
    given: Option<Instant>,
    /// How it ends, behind the message that is under way.
    ending: Option<Status>,
    waker: Option<Waker>,
}

impl Stream {
    fn of(body: Body) -> Self {
        Self { body: Some(body), messages: Messages::default(), given: None, ending: None, waker: None }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.given = None;
        if (self.body.is_none() || self.messages.is_between())
            && let Some(ending) = self.ending.take()
        {
            self.body = None;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers(&ending)))));
        }
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) else {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        self.given = Some(Instant::now());
        Poll::Ready(frame.map(|frame| Ok(self.pass(frame?))))
    }

    /// Follows the messages in a frame; of one that is the last it gives the message under way and no more.
    fn pass(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_data() {
            Ok(mut bytes) if self.ending.is_some() => {
                bytes.truncate(self.messages.pass_one(&bytes));
                Frame::data(bytes)
            }
            Ok(bytes) => {
                self.messages.pass_all(&bytes);
                Frame::data(bytes)
            }
            Err(trailers) => trailers,
        }
    }

    fn is_untaken(&self) -> bool {
        self.given.is_some_and(|given| given.elapsed() >= UNTAKEN)
    }

    /// Ends the stream: at once when no message is under way or nobody takes it, else behind that message.
    fn end(&mut self, ending: Status) {
        if self.messages.is_between() || self.is_untaken() {
            self.body = None;
        }
        self.ending = Some(ending);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
