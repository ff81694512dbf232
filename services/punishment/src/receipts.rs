//! Receipts in the making: those that are asked for while a batch is being made durable become the next one, so that a signature and a
//! commit are shared by all who ask at the same time.
//!
//! Nobody gets a receipt that is not durable. Knows nothing of what is attested.

use std::sync::Arc;

use crypto::receipt::{Batch, Receipt};
use crypto::signer::Sm2Signer;
use domain::MicrosUtc;
use service::Clock;
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;
use crate::store::Store;

/// Requests that may wait for their batch; one more waits before it is taken.
const QUEUE: usize = 1_024;
/// Statements after which no further request joins a batch.
const FULL: usize = 4_096;

/// Where receipts are asked for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Receipts(Option<mpsc::Sender<Asked>>);

/// One request: the facts of its receipts, and where they go.
#[derive(Debug)]
struct Asked {
    facts: Vec<String>,
    answer: oneshot::Sender<Result<Vec<Receipt>, Error>>,
}

impl Receipts {
    /// Nobody signs here: whoever asks is refused.
    pub fn unsigned() -> Self {
        Self(None)
    }

    /// Receipts signed with `signer` and kept in `store`, and the loop that makes them. It ends when nobody can ask any more.
    pub fn signed_by(
        signer: Arc<Sm2Signer>,
        store: Store,
        clock: Clock,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, queue) = mpsc::channel(QUEUE);
        (Self(Some(sender)), make(queue, signer, store, clock))
    }

    /// A receipt for each of `facts`, in their order, once they are durable.
    ///
    /// # Errors
    /// [`Error::ReceiptsNotSigned`] without a key; [`Error::ReceiptNotKept`] when the batch could not be signed or stored.
    pub async fn issue(&self, facts: Vec<String>) -> Result<Vec<Receipt>, Error> {
        let queue = self.0.as_ref().ok_or(Error::ReceiptsNotSigned)?;
        let (answer, made) = oneshot::channel();
        queue.send(Asked { facts, answer }).await.map_err(|_| Error::ReceiptNotKept)?;
        made.await.unwrap_or(Err(Error::ReceiptNotKept))
    }
}

/// Who waits for receipts, and for how many.
struct Waiting {
    receipts: usize,
    answer: oneshot::Sender<Result<Vec<Receipt>, Error>>,
}

async fn make(mut queue: mpsc::Receiver<Asked>, signer: Arc<Sm2Signer>, store: Store, clock: Clock) {
    // Kept with the first batch; it is the key of every other.
    let mut key = Some(signer.verifier().to_pem());
    while let Some(first) = queue.recv().await {
        let (facts, waiting) = together(first, &mut queue);
        match sign_and_keep(facts, &signer, &store, key, clock.now()).await {
            Ok(batch) => {
                key = None;
                hand_out(&batch, waiting);
            }
            Err(error) => {
                let problem = service::error::causes(&error);
                tracing::error!(%problem, "a batch of receipts could not be made: {problem}");
                for waiting in waiting {
                    // Who has gone meanwhile needs no answer.
                    let _ = waiting.answer.send(Err(Error::ReceiptNotKept));
                }
            }
        }
    }
}

/// What was asked for until now, up to a full batch.
fn together(first: Asked, queue: &mut mpsc::Receiver<Asked>) -> (Vec<String>, Vec<Waiting>) {
    let (mut facts, mut waiting) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some(asked) = next {
        waiting.push(Waiting { receipts: asked.facts.len(), answer: asked.answer });
        facts.extend(asked.facts);
        next = if facts.len() < FULL { queue.try_recv().ok() } else { None };
    }
    (facts, waiting)
}

async fn sign_and_keep(
    facts: Vec<String>,
    signer: &Arc<Sm2Signer>,
    store: &Store,
    key: Option<&str>,
    now: MicrosUtc,
) -> Result<Batch, Error> {
    let id = uuid::Uuid::now_v7().to_string();
    let by = signer.clone();
    // A signature takes about a millisecond of arithmetic.
    let signed = tokio::task::spawn_blocking(move || Batch::sign(&id, &facts, &now.to_string(), &*by));
    let batch = signed.await.map_err(|_| Error::ReceiptNotKept)??;
    store.keep_receipts(&batch, key, now).await?;
    Ok(batch)
}

fn hand_out(batch: &Batch, waiting: Vec<Waiting>) {
    let mut first = 0;
    for Waiting { receipts, answer } in waiting {
        let places = first..first + receipts;
        first = places.end;
        let _ = answer.send(Ok(places.filter_map(|place| batch.receipt(place)).collect()));
    }
}
