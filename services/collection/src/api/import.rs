//! The pipeline of an import stream: while one message is being made durable, the next is received and checked.

use std::future::Future;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::Instrument;

/// Messages that wait between two stages. One is enough for both to work all the time, and bounds the memory of a stream
/// to a few messages.
const WAITING: usize = 1;

/// Answers to the messages of a stream, in their order. It ends with the first message that is refused as a whole.
pub(super) type Answers<A> = ReceiverStream<Result<A, Status>>;

/// Runs a stream: `check` reads each message off the threads that serve requests, `store` makes it durable, one after the
/// other. When the client goes, both stop.
pub(super) fn run<M, B, A, C, S, F>(stream: Streaming<M>, check: C, store: S) -> Answers<A>
where
    M: Send + 'static,
    B: Send + 'static,
    A: Send + 'static,
    C: Fn(M) -> Result<B, Status> + Clone + Send + 'static,
    S: Fn(B) -> F + Send + 'static,
    F: Future<Output = Result<A, Status>> + Send + 'static,
{
    let (checked, to_store) = mpsc::channel(WAITING);
    let (answers, to_client) = mpsc::channel(WAITING);
    tokio::spawn(check_all(stream, check, checked).in_current_span());
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

async fn store_all<B, A, S, F>(
    mut checked: mpsc::Receiver<Result<B, Status>>,
    store: S,
    answers: mpsc::Sender<Result<A, Status>>,
) where
    S: Fn(B) -> F,
    F: Future<Output = Result<A, Status>>,
{
    while let Some(batch) = checked.recv().await {
        let answer = match batch {
            Ok(batch) => store(batch).await,
            Err(status) => Err(status),
        };
        let refused = answer.is_err();
        if answers.send(answer).await.is_err() || refused {
            return;
        }
    }
}
