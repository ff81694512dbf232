//! Receipts in the making: those that are asked for while a batch is being made durable become the next one, so that a signature and a
//! commit are shared by all who ask at the same time ([`Rounds`]). To sign one batch while the one before is kept would have two halves
//! take turns, for a signature, which takes a tenth of the time.
//!
//! All this runs on a thread of its own. Those of the runtime are busy with the very requests that wait for a receipt, and each step to the
//! database and back would wait behind them. Nobody gets a receipt that is not durable. Knows nothing of what is attested.

use std::ops::Range;
use std::sync::Arc;

use crypto::receipt::{Batch, Receipt};
use crypto::signer::Sm2Signer;
use domain::MicrosUtc;
use service::Clock;
use service::rounds::Rounds;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::error::Error;
use crate::store::Store;

/// Requests that may wait for their batch; one more waits before it is taken.
const QUEUE: usize = 1_024;
/// Statements after which no further request joins a batch.
const FULL: usize = 4_096;

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

/// Ends a batch with the request by which it has enough statements.
fn is_full() -> impl FnMut(&Asked) -> bool {
    let mut statements = 0;
    move |asked| {
        statements += asked.facts.len();
        statements >= FULL
    }
}

/// What a batch attests, and who waits for it.
fn batch_of(round: Vec<Asked>) -> (Vec<String>, Vec<Waiting>) {
    let (mut facts, mut waiting) = (Vec::new(), Vec::with_capacity(round.len()));
    for asked in round {
        waiting.push(Waiting { receipts: asked.facts.len(), answer: asked.answer });
        facts.extend(asked.facts);
    }
    (facts, waiting)
}

/// Makes receipts until nobody can ask any more.
async fn make(mut queue: mpsc::Receiver<Asked>, signer: Arc<Sm2Signer>, store: Store, clock: Clock) {
    // Kept with the first batch; it is the key of every other.
    let mut key = Some(signer.verifier().to_pem());
    let mut rounds = Rounds::default();
    while let Some(first) = queue.recv().await {
        let (facts, waiting) = batch_of(rounds.gather(first, &mut queue, is_full()).await);
        let begun = Instant::now();
        let made = sign_and_keep(&facts, &signer, &store, key, clock.now()).await;
        let took = begun.elapsed();
        let expected = if made.is_ok() { waiting.len() + queue.len() } else { 0 };
        match made {
            Ok(batch) => {
                key = None;
                hand_out(batch, waiting);
            }
            Err(error) => refuse(&error, waiting),
        }
        rounds.expect(expected, took);
    }
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

    #[test]
    fn a_batch_ends_with_the_request_by_which_it_has_enough_statements() {
        let mut is_full = is_full();
        assert_eq!([1, FULL - 2, 1, 1].map(|facts| is_full(&asked(facts))), [false, false, true, true]);
    }

    #[test]
    fn of_a_batch_each_request_waits_for_as_many_receipts_as_it_asked_for() {
        let (facts, waiting) = batch_of(vec![asked(2), asked(0), asked(3)]);
        let receipts: Vec<_> = waiting.iter().map(|waiting| waiting.receipts).collect();
        assert_eq!((facts.len(), receipts), (5, vec![2, 0, 3]));
    }
}
