//! Waiting until a service has read what another has told: nobody guesses a time.

use std::time::Duration;

use contract::feed::v1::{GetCheckpointRequest, GetReadersRequest, GetReadersResponse};

use crate::clients::Clients;

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(25);
/// Longest wait for anything.
const WITHIN: Duration = Duration::from_secs(120);

/// Asks until the answer is there.
pub async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(WITHIN, asking).await {
        Ok(answer) => answer,
        Err(_) => anyhow::bail!("{what}: nothing came within {} s", WITHIN.as_secs()),
    }
}

/// Waits until every reader of `service` has handled what `feed` had accepted by now. What is accepted meanwhile is not waited for: a
/// service that tells receivers of thousands of records adds to its feed for minutes. A parked event is an error: the demo's
/// data give no cause for one.
pub async fn caught_up(clients: &Clients, service: &str, feed: &str) -> anyhow::Result<()> {
    // On PostgreSQL the chain takes in what was accepted after its commit.
    let accepted = readers(clients, feed).await?.last_unsealed;
    until(&format!("{feed} has sealed its events"), || has_sealed(clients, feed, accepted)).await?;
    let head = head(clients, feed).await?;
    until(&format!("{service} has read {feed}"), || has_read(clients, service, feed, head)).await
}

/// Waits until collection has attached its records to the enterprises that were registered by now, and until `service` has read of
/// both.
pub async fn knows_records(clients: &Clients, service: &str) -> anyhow::Result<()> {
    caught_up(clients, "collection", "registry").await?;
    if service != "registry" {
        caught_up(clients, service, "registry").await?;
    }
    caught_up(clients, service, "collection").await
}

async fn head(clients: &Clients, feed: &str) -> anyhow::Result<i64> {
    Ok(clients.feed(feed)?.get_checkpoint(GetCheckpointRequest {}).await.map_err(said)?.into_inner().seq)
}

async fn readers(clients: &Clients, service: &str) -> anyhow::Result<GetReadersResponse> {
    Ok(clients.feed(service)?.get_readers(GetReadersRequest {}).await.map_err(said)?.into_inner())
}

/// Whether everything up to the event of this number is sealed.
async fn has_sealed(clients: &Clients, feed: &str, accepted: i64) -> anyhow::Result<Option<()>> {
    let first = readers(clients, feed).await?.first_unsealed;
    Ok((first == 0 || first > accepted).then_some(()))
}

async fn has_read(clients: &Clients, service: &str, feed: &str, head: i64) -> anyhow::Result<Option<()>> {
    let readers = readers(clients, service).await?;
    let of_feed: Vec<_> = readers.readers.into_iter().filter(|reader| reader.feed == feed).collect();
    if let Some(parked) = of_feed.iter().find(|reader| reader.parked > 0) {
        anyhow::bail!("{service}: `{}` has set events aside: {}", parked.name, parked.first_problem);
    }
    Ok((!of_feed.is_empty() && of_feed.iter().all(|reader| reader.seq >= head)).then_some(()))
}

fn said(status: tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}
