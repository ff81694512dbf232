//! The pipeline of an import stream: while messages are being made durable, the next are received, checked and made ready.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::Instrument;

/// Messages of one stream that are held at a time, one for each stage: one is checked, one made ready, one written. They bound the
/// memory of a stream, whatever its length.
const HELD: usize = 3;
/// Messages that are made durable together when the next is ready as soon as one is written: an index over digests is written page
/// by page, and the messages of one transaction share the pages. Bounds how long others wait for a writer.
const TOGETHER: usize = 8;

/// Answers to the messages of a stream, in their order. It ends with the first message that is refused as a whole.
pub(super) type Answers<A> = ReceiverStream<Result<A, Status>>;

/// A message on its way through the stages, or why it ends there; it counts as [`HELD`] until it is dropped.
struct Passing<T> {
    message: Result<T, Status>,
    held: OwnedSemaphorePermit,
}

/// Messages for one transaction: those that are ready, one after another, at most [`TOGETHER`].
pub(super) struct Waiting<P> {
    messages: mpsc::Receiver<Passing<P>>,
    /// The next, when it has been received already.
    received: Option<P>,
    /// Of the message that is the last of its stream, because it was refused before it came here.
    refused: Option<Status>,
    /// Of the message that is being written.
    held: Option<OwnedSemaphorePermit>,
    left: usize,
}

impl<P> Waiting<P> {
    fn new(messages: mpsc::Receiver<Passing<P>>) -> Self {
        Self { messages, received: None, refused: None, held: None, left: 0 }
    }

    /// Waits for the first message of a transaction; `false` when none comes any more.
    async fn begin(&mut self) -> bool {
        self.held = None;
        let Some(message) = self.messages.recv().await else { return false };
        self.left = TOGETHER;
        self.receive(message);
        true
    }

    /// The next message, if it is ready now. The one before has been written then.
    pub(super) fn next(&mut self) -> Option<P> {
        if self.received.is_none() {
            self.held = None;
        }
        if self.received.is_none() && self.refused.is_none() && self.left > 0 {
            let message = self.messages.try_recv().ok()?;
            self.receive(message);
        }
        self.received.take()
    }

    fn receive(&mut self, passing: Passing<P>) {
        self.left -= 1;
        match passing.message {
            Ok(message) => (self.received, self.held) = (Some(message), Some(passing.held)),
            Err(status) => self.refused = Some(status),
        }
    }
}

/// Runs a stream: `check` reads each message off the threads that serve requests, `ready` does what needs no transaction,
/// `store` makes the messages that wait durable, in their order, and answers each; it may end with the first that is refused.
/// When the client goes, all of them stop.
pub(super) fn run<M, B, P, A, C, R, RF, S, SF>(
    stream: Streaming<M>,
    check: C,
    ready: R,
    store: S,
) -> Answers<A>
where
    M: Send + 'static,
    B: Send + 'static,
    P: Send + 'static,
    A: Send + 'static,
    C: Fn(M) -> Result<B, Status> + Clone + Send + 'static,
    R: Fn(B) -> RF + Send + 'static,
    RF: Future<Output = Result<P, Status>> + Send + 'static,
    S: Fn(Waiting<P>) -> SF + Send + 'static,
    SF: Future<Output = (Vec<Result<A, Status>>, Waiting<P>)> + Send + 'static,
{
    let (checked, to_ready) = mpsc::channel(HELD);
    let (made_ready, to_store) = mpsc::channel(HELD);
    let (answers, to_client) = mpsc::channel(TOGETHER);
    tokio::spawn(check_all(stream, check, checked).in_current_span());
    tokio::spawn(ready_all(to_ready, ready, made_ready).in_current_span());
    tokio::spawn(store_all(to_store, store, answers).in_current_span());
    ReceiverStream::new(to_client)
}

async fn check_all<M, B, C>(mut stream: Streaming<M>, check: C, checked: mpsc::Sender<Passing<B>>)
where
    M: Send + 'static,
    B: Send + 'static,
    C: Fn(M) -> Result<B, Status> + Clone + Send + 'static,
{
    let places = Arc::new(Semaphore::new(HELD));
    loop {
        // Never closed, so a place always comes.
        let Ok(held) = places.clone().acquire_owned().await else { return };
        let message = match stream.message().await {
            Ok(None) => return,
            Ok(Some(message)) => {
                let check = check.clone();
                tokio::task::spawn_blocking(move || check(message))
                    .await
                    .unwrap_or_else(|_| Err(Status::internal("a message could not be checked")))
            }
            Err(status) => Err(status),
        };
        let refused = message.is_err();
        // Nobody receives any more when an earlier message ended the stream or the client went.
        if checked.send(Passing { message, held }).await.is_err() || refused {
            return;
        }
    }
}

async fn ready_all<B, P, R, RF>(
    mut checked: mpsc::Receiver<Passing<B>>,
    ready: R,
    made_ready: mpsc::Sender<Passing<P>>,
) where
    R: Fn(B) -> RF,
    RF: Future<Output = Result<P, Status>>,
{
    while let Some(Passing { message, held }) = checked.recv().await {
        let message = match message {
            Ok(batch) => ready(batch).await,
            Err(status) => Err(status),
        };
        let refused = message.is_err();
        if made_ready.send(Passing { message, held }).await.is_err() || refused {
            return;
        }
    }
}

async fn store_all<P, A, S, SF>(
    to_store: mpsc::Receiver<Passing<P>>,
    store: S,
    answers: mpsc::Sender<Result<A, Status>>,
) where
    S: Fn(Waiting<P>) -> SF,
    SF: Future<Output = (Vec<Result<A, Status>>, Waiting<P>)>,
{
    let mut waiting = Waiting::new(to_store);
    while waiting.begin().await {
        let mut stored;
        (stored, waiting) = store(waiting).await;
        if stored.iter().all(Result::is_ok) {
            stored.extend(waiting.refused.take().map(Err));
        }
        for answer in stored {
            let refused = answer.is_err();
            if answers.send(answer).await.is_err() || refused {
                return;
            }
        }
    }
}
