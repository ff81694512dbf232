//! Receipts in the making: those that are asked for while a batch is being made durable become the next one, so that a signature and a
//! commit are shared by all who ask at the same time.
//!
//! A disk makes something durable some hundred times a second, however much it is: the more requests share one time, the more receipts
//! there are. Who was answered together asks again together, if at all. A batch that is closed for the first of them leaves the others to
//! the next one, and two halves take turns from then on; so those who were there a moment ago are waited for, for a moment. To sign one
//! batch while the one before is kept would make halves as well, for a signature, which takes a tenth of the time.
//!
//! All this runs on a thread of its own. Those of the runtime are busy with the very requests that wait for a receipt, and each step to the
//! database and back would wait behind them. Nobody gets a receipt that is not durable. Knows nothing of what is attested.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crypto::receipt::{Batch, Receipt};
use crypto::signer::Sm2Signer;
use domain::MicrosUtc;
use service::Clock;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::error::Error;
use crate::store::Store;

/// Requests that may wait for their batch; one more waits before it is taken.
const QUEUE: usize = 1_024;
/// Statements after which no further request joins a batch.
const FULL: usize = 4_096;
/// Longest wait for those who were there before, from when they had their answer: the way to sixty callers and back on two busy cores.
/// Whoever asks alone waits for nobody.
const PATIENCE: Duration = Duration::from_millis(3);

/// Where receipts are asked for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Receipts(Option<mpsc::Sender<Asked>>);

/// One request: the facts of its receipts, and where the batch goes that holds them.
#[derive(Debug)]
struct Asked {
    facts: Vec<String>,
    answer: oneshot::Sender<Result<Kept, Error>>,
}

/// A batch that is durable, and the places in it of one request.
#[derive(Debug)]
struct Kept {
    batch: Arc<Batch>,
    places: Range<usize>,
}

impl Receipts {
    /// Nobody signs here: whoever asks is refused.
    pub fn unsigned() -> Self {
        Self(None)
    }

    /// Receipts signed with `signer` and kept in `store`, and the loop that makes them. It ends when nobody can ask any more and all who
    /// did have their answer.
    pub fn signed_by(
        signer: Arc<Sm2Signer>,
        store: Store,
        clock: Clock,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let making = async move {
            // Its lines are those of the task that waits for it.
            let making = make(queue, signer, store, clock).in_current_span();
            let runtime = Handle::current();
            let made = tokio::task::spawn_blocking(move || runtime.block_on(making)).await;
            if let Err(problem) = made {
                tracing::error!(%problem, "receipts are made no more: {problem}");
            }
        };
        (Self(Some(sender)), making)
    }

    /// A receipt for each of `facts`, in their order, once they are durable.
    ///
    /// # Errors
    /// [`Error::ReceiptsNotSigned`] without a key; [`Error::ReceiptNotKept`] when the batch could not be signed or stored.
    pub async fn issue(&self, facts: Vec<String>) -> Result<Vec<Receipt>, Error> {
        let queue = self.0.as_ref().ok_or(Error::ReceiptsNotSigned)?;
        let (answer, made) = oneshot::channel();
        queue.send(Asked { facts, answer }).await.map_err(|_| Error::ReceiptNotKept)?;
        let Kept { batch, places } = made.await.unwrap_or(Err(Error::ReceiptNotKept))?;
        Ok(places.filter_map(|place| batch.receipt(place)).collect())
    }
}

/// Who waits for receipts, and for how many.
struct Waiting {
    receipts: usize,
    answer: oneshot::Sender<Result<Kept, Error>>,
}

/// What becomes a batch.
#[derive(Default)]
struct Gathered {
    facts: Vec<String>,
    waiting: Vec<Waiting>,
}

impl Gathered {
    fn add(&mut self, asked: Asked) {
        self.waiting.push(Waiting { receipts: asked.facts.len(), answer: asked.answer });
        self.facts.extend(asked.facts);
    }
}

/// Makes receipts until nobody can ask any more.
async fn make(mut queue: mpsc::Receiver<Asked>, signer: Arc<Sm2Signer>, store: Store, clock: Clock) {
    // Kept with the first batch; it is the key of every other.
    let mut key = Some(signer.verifier().to_pem());
    let (mut expected, mut until) = (0, Instant::now());
    while let Some(first) = queue.recv().await {
        let Gathered { facts, waiting } = gather(first, &mut queue, expected, until).await;
        match sign_and_keep(&facts, &signer, &store, key, clock.now()).await {
            Ok(batch) => {
                key = None;
                expected = waiting.len() + queue.len();
                hand_out(batch, waiting);
            }
            Err(error) => {
                expected = 0;
                refuse(&error, waiting);
            }
        }
        until = Instant::now() + PATIENCE;
    }
}

/// What is asked for until so many requests have come as are expected, or until the time for them is over; and what has come by then, up
/// to a full batch.
async fn gather(
    first: Asked,
    queue: &mut mpsc::Receiver<Asked>,
    expected: usize,
    until: Instant,
) -> Gathered {
    let mut gathered = Gathered::default();
    let mut next = Some(first);
    while let Some(asked) = next {
        gathered.add(asked);
        if gathered.facts.len() >= FULL {
            break;
        }
        next = queue.try_recv().ok();
        let is_enough = next.is_some() || gathered.waiting.len() >= expected;
        if !is_enough && Instant::now() < until {
            next = timeout_at(until, queue.recv()).await.ok().flatten();
        }
    }
    gathered
}

async fn sign_and_keep(
    facts: &[String],
    signer: &Sm2Signer,
    store: &Store,
    key: Option<&str>,
    now: MicrosUtc,
) -> Result<Batch, Error> {
    let id = uuid::Uuid::now_v7().to_string();
    // Arithmetic for a good part of a millisecond: this thread has nothing else to do.
    let batch = Batch::sign(&id, facts, &now.to_string(), signer)?;
    store.keep_receipts(&batch, key, now).await?;
    Ok(batch)
}

fn hand_out(batch: Batch, waiting: Vec<Waiting>) {
    let batch = Arc::new(batch);
    let mut first = 0;
    for Waiting { receipts, answer } in waiting {
        let places = first..first + receipts;
        first = places.end;
        // Who has gone meanwhile needs no answer.
        let _ = answer.send(Ok(Kept { batch: batch.clone(), places }));
    }
}

fn refuse(error: &Error, waiting: Vec<Waiting>) {
    let problem = service::error::causes(error);
    tracing::error!(%problem, "a batch of receipts could not be made: {problem}");
    for waiting in waiting {
        let _ = waiting.answer.send(Err(Error::ReceiptNotKept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(facts: usize) -> Asked {
        Asked { facts: vec![String::new(); facts], answer: oneshot::channel().0 }
    }

    /// How many requests are gathered, of which `waiting` have come and `coming` come later.
    async fn gathered(
        first: Asked,
        (waiting, coming): (usize, usize),
        expected: usize,
        until: Instant,
    ) -> usize {
        let (sender, mut queue) = mpsc::channel(QUEUE);
        for _ in 0..waiting {
            sender.send(asked(1)).await.unwrap();
        }
        let come = async {
            for _ in 0..coming {
                tokio::task::yield_now().await;
                sender.send(asked(1)).await.unwrap();
            }
        };
        let (gathered, ()) = tokio::join!(gather(first, &mut queue, expected, until), come);
        gathered.waiting.len()
    }

    #[tokio::test]
    async fn those_who_are_expected_are_waited_for_and_those_who_are_there_come_along() {
        let late = Instant::now() + Duration::from_secs(3_600);
        assert_eq!(gathered(asked(1), (0, 5), 6, late).await, 6);
        assert_eq!(gathered(asked(1), (2, 5), 6, late).await, 6);
        assert_eq!(gathered(asked(1), (9, 0), 6, late).await, 10, "nobody is left behind");
        assert_eq!(gathered(asked(1), (0, 5), 0, late).await, 1, "nobody is expected");
    }

    #[tokio::test]
    async fn nobody_is_waited_for_when_the_time_is_over_the_batch_is_full_or_nobody_can_come() {
        let late = Instant::now() + Duration::from_secs(3_600);
        assert_eq!(gathered(asked(1), (3, 0), 6, Instant::now()).await, 4);
        assert_eq!(gathered(asked(FULL), (3, 0), 6, late).await, 1);
        let (sender, mut queue) = mpsc::channel(QUEUE);
        drop(sender);
        assert_eq!(gather(asked(1), &mut queue, 6, late).await.waiting.len(), 1);
    }
}
