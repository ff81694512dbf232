//! The pipeline of an import stream: while messages are being made durable, the next are received, checked and made ready.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::Instrument;

/// Messages of one stream that are held at a time: while one is written the next is made ready and the one after it checked. They bound the
/// memory of a stream, whatever its length.
const HELD: usize = 3;
/// Messages that are made durable together when the next comes in time: an index over digests is written page by page, and the messages
/// of one transaction share the pages, which reach the log once and not twice. Bounds how long others wait for a writer (a second or two),
/// and the memory of what a second attempt needs: two megabytes a message. With more than this, SQLite's cache holds no longer what one
/// transaction changes again and again, and nothing is gained (simulated with a million records: nine come to 2.9 KB written a record,
/// twelve and fifteen to 2.6).
const TOGETHER: usize = 12;

/// Longest wait of an open transaction for a message that the client has not sent yet: each transaction writes nearly every page of the
/// index again, which takes longer. A sender that waits for each answer before it goes on loses this much.
const LINGER: Duration = Duration::from_millis(20);
/// Longest wait for one that is being checked and made ready: it comes, and on a busy machine it takes longer than [`LINGER`]. Bounded,
/// because on PostgreSQL it may itself wait for a connection, which other such transactions hold.
const COMING: Duration = Duration::from_millis(250);

/// Answers to the messages of a stream, in their order. It ends with the first message that is refused as a whole.
pub(super) type Answers<A> = ReceiverStream<Result<A, Status>>;

/// A message on its way through the stages, or why it ends there; it counts as [`HELD`] until it is dropped.
struct Passing<T> {
    message: Result<T, Status>,
    held: OwnedSemaphorePermit,
}

/// Messages for one transaction: those that are ready in time, one after another, at most [`TOGETHER`].
pub(super) struct Waiting<P> {
    messages: mpsc::Receiver<Passing<P>>,
    /// Messages that the client has sent and that have not come here.
    coming: Arc<AtomicUsize>,
    /// The next, when it has been received already.
    received: Option<P>,
    /// Of the message that is the last of its stream, because it was refused before it came here.
    refused: Option<Status>,
    /// Of the message that is being written.
    held: Option<OwnedSemaphorePermit>,
    left: usize,
    /// While the next is waited for: since when, and until when.
    lingering: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<P> Waiting<P> {
    fn new(messages: mpsc::Receiver<Passing<P>>, coming: Arc<AtomicUsize>) -> Self {
        Self { messages, coming, received: None, refused: None, held: None, left: 0, lingering: None }
    }

    /// Waits for the first message of a transaction; `false` when none comes any more.
    async fn begin(&mut self) -> bool {
        self.held = None;
        let Some(message) = self.messages.recv().await else { return false };
        self.left = TOGETHER;
        self.receive(message);
        true
    }

    fn receive(&mut self, passing: Passing<P>) {
        self.coming.fetch_sub(1, Ordering::Relaxed);
        self.left -= 1;
        match passing.message {
            Ok(message) => (self.received, self.held) = (Some(message), Some(passing.held)),
            Err(status) => self.refused = Some(status),
        }
    }

    /// Ready when the next message has been waited for long enough.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let longest = if self.coming.load(Ordering::Relaxed) > 0 { COMING } else { LINGER };
        let (since, sleep) = self.lingering.get_or_insert_with(|| {
            let since = Instant::now();
            (since, Box::pin(sleep_until(since + longest)))
        });
        // The client may have sent it meanwhile.
        if sleep.deadline() < *since + longest {
            sleep.as_mut().reset(*since + longest);
        }
        sleep.as_mut().poll(cx)
    }
}

/// The messages of one transaction. When the next is asked for, the one before has been written.
impl<P: Unpin> Stream for Waiting<P> {
    type Item = P;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<P>> {
        if self.received.is_none() {
            self.held = None;
        }
        if self.received.is_none() && self.refused.is_none() && self.left > 0 {
            match self.messages.poll_recv(cx) {
                Poll::Ready(Some(message)) => self.receive(message),
                Poll::Ready(None) => {}
                Poll::Pending => ready!(self.poll_linger(cx)),
            }
        }
        self.lingering = None;
        Poll::Ready(self.received.take())
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
    let coming = Arc::new(AtomicUsize::new(0));
    let waiting = Waiting::new(to_store, coming.clone());
    tokio::spawn(check_all(stream, check, checked, coming).in_current_span());
    tokio::spawn(ready_all(to_ready, ready, made_ready).in_current_span());
    tokio::spawn(store_all(waiting, store, answers).in_current_span());
    ReceiverStream::new(to_client)
}

async fn check_all<M, B, C>(
    mut stream: Streaming<M>,
    check: C,
    checked: mpsc::Sender<Passing<B>>,
    coming: Arc<AtomicUsize>,
) where
    M: Send + 'static,
    B: Send + 'static,
    C: Fn(M) -> Result<B, Status> + Clone + Send + 'static,
{
    let places = Arc::new(Semaphore::new(HELD));
    loop {
        // Never closed, so a place always comes.
        let Ok(held) = places.clone().acquire_owned().await else { return };
        let Some(sent) = stream.message().await.transpose() else { return };
        coming.fetch_add(1, Ordering::Relaxed);
        let message = match sent {
            Ok(message) => {
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

async fn store_all<P, A, S, SF>(mut waiting: Waiting<P>, store: S, answers: mpsc::Sender<Result<A, Status>>)
where
    S: Fn(Waiting<P>) -> SF,
    SF: Future<Output = (Vec<Result<A, Status>>, Waiting<P>)>,
{
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

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;

    use super::*;

    async fn passing(message: u8) -> Passing<u8> {
        let held = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        Passing { message: Ok(message), held }
    }

    /// A transaction whose first message was written, of `sent` that the client has sent so far.
    async fn begun(sent: usize) -> (mpsc::Sender<Passing<u8>>, Waiting<u8>) {
        let (sender, receiver) = mpsc::channel(HELD);
        let mut waiting = Waiting::new(receiver, Arc::new(AtomicUsize::new(sent)));
        assert!(sender.send(passing(1).await).await.is_ok());
        assert!(waiting.begin().await);
        assert_eq!(waiting.next().await, Some(1));
        (sender, waiting)
    }

    #[tokio::test(start_paused = true)]
    async fn a_transaction_waits_longer_for_a_message_that_has_been_sent() {
        for (sent, next) in [(1, None), (2, Some(2))] {
            let (sender, mut waiting) = begun(sent).await;
            let late = async {
                tokio::time::sleep(2 * LINGER).await;
                sender.send(passing(2).await).await.is_ok()
            };
            assert_eq!(tokio::join!(waiting.next(), late), (next, true));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_wait_without_end_for_one_that_is_never_ready() {
        let (_sender, mut waiting) = begun(2).await;
        assert_eq!(waiting.next().await, None);
    }
}
