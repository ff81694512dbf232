//! The pipeline of an import stream: while messages are being made durable, the next are received, checked and made ready.

use std::future::Future;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::Instrument;

/// Messages that wait between two stages. One is enough for both to work all the time, and bounds the memory of a stream
/// to a few messages.
const WAITING: usize = 1;
/// Messages that are made durable together when as many wait: an index over digests is written page by page, and the messages of
/// one transaction share the pages. Bounds the memory of a stream, and how long others wait for a writer.
const TOGETHER: usize = 4;

/// Answers to the messages of a stream, in their order. It ends with the first message that is refused as a whole.
pub(super) type Answers<A> = ReceiverStream<Result<A, Status>>;

/// Runs a stream: `check` reads each message off the threads that serve requests, `ready` does what needs no transaction,
/// `store` makes messages durable, in their order, and answers each; it may end with the first that is refused. When the client
/// goes, all of them stop.
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
    S: Fn(Vec<P>) -> SF + Send + 'static,
    SF: Future<Output = Vec<Result<A, Status>>> + Send + 'static,
{
    let (checked, to_ready) = mpsc::channel(WAITING);
    let (made_ready, to_store) = mpsc::channel(TOGETHER - 1);
    let (answers, to_client) = mpsc::channel(TOGETHER);
    tokio::spawn(check_all(stream, check, checked).in_current_span());
    tokio::spawn(ready_all(to_ready, ready, made_ready).in_current_span());
    tokio::spawn(store_all(to_store, store, answers).in_current_span());
    ReceiverStream::new(to_client)
}

async fn check_all<M, B, C>(mut stream: Streaming<M>, check: C, checked: mpsc::Sender<Result<B, Status>>)
where
    M: Send + 'static,
    B: Send + 'static,
    C: Fn(M) -> Result<B, Status> + Clone + Send + 'static,
{
    loop {
        let batch = match stream.message().await {
            Ok(None) => return,
            Ok(Some(message)) => {
                let check = check.clone();
                tokio::task::spawn_blocking(move || check(message))
                    .await
                    .unwrap_or_else(|_| Err(Status::internal("a message could not be checked")))
            }
            Err(status) => Err(status),
        };
        let refused = batch.is_err();
        // Nobody receives any more when an earlier message ended the stream or the client went.
        if checked.send(batch).await.is_err() || refused {
            return;
        }
    }
}

async fn ready_all<B, P, R, RF>(
    mut checked: mpsc::Receiver<Result<B, Status>>,
    ready: R,
    made_ready: mpsc::Sender<Result<P, Status>>,
) where
    R: Fn(B) -> RF,
    RF: Future<Output = Result<P, Status>>,
{
    while let Some(batch) = checked.recv().await {
        let prepared = match batch {
            Ok(batch) => ready(batch).await,
            Err(status) => Err(status),
        };
        let refused = prepared.is_err();
        if made_ready.send(prepared).await.is_err() || refused {
            return;
        }
    }
}

async fn store_all<P, A, S, SF>(
    mut to_store: mpsc::Receiver<Result<P, Status>>,
    store: S,
    answers: mpsc::Sender<Result<A, Status>>,
) where
    S: Fn(Vec<P>) -> SF,
    SF: Future<Output = Vec<Result<A, Status>>>,
{
    let mut waiting = Vec::with_capacity(TOGETHER);
    while to_store.recv_many(&mut waiting, TOGETHER).await > 0 {
        // What was refused before it came here is the last of its stream.
        let mut refused = None;
        let mut messages = Vec::with_capacity(waiting.len());
        for message in waiting.drain(..) {
            message.map_or_else(|status| refused = Some(status), |message| messages.push(message));
        }
        let mut stored = if messages.is_empty() { Vec::new() } else { store(messages).await };
        if stored.iter().all(Result::is_ok) {
            stored.extend(refused.map(Err));
        }
        for answer in stored {
            let refused = answer.is_err();
            if answers.send(answer).await.is_err() || refused {
                return;
            }
        }
    }
}
