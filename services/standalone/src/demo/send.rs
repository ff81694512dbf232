//! Sending generated rows through the import streams.

use indicatif::ProgressBar;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status, Streaming};

/// Rows of one message.
pub(super) const BATCH_ROWS: usize = 2_000;
/// Messages under way.
const UNDER_WAY: usize = 4;

/// Opens a stream, feeds it `batches` and gives each answer to `book`; `sizes` says how many rows a message held.
pub(super) async fn send<Req, Res, F>(
    batches: Vec<Req>,
    rows_of: impl Fn(&Req) -> u64,
    bar: &ProgressBar,
    open: impl FnOnce(ReceiverStream<Req>) -> F,
    mut book: impl FnMut(Res) -> anyhow::Result<()>,
) -> anyhow::Result<()>
where
    Req: Send + 'static,
    F: Future<Output = Result<Response<Streaming<Res>>, Status>>,
{
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    let sizes: Vec<u64> = batches.iter().map(&rows_of).collect();
    let feeding = tokio::spawn(async move {
        for batch in batches {
            if sender.send(batch).await.is_err() {
                return;
            }
        }
    });
    let mut answers = open(ReceiverStream::new(receiver)).await.map_err(said)?.into_inner();
    let mut sizes = sizes.into_iter();
    while let Some(answer) = answers.next().await {
        book(answer.map_err(said)?)?;
        bar.inc(sizes.next().unwrap_or_default());
    }
    feeding.await?;
    anyhow::ensure!(sizes.next().is_none(), "the stream ended before every message was answered");
    Ok(())
}

fn said(status: Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}
