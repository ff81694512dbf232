//! Wake-ups across processes, by Redis publish and subscribe.

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::StreamExt;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncCommands, RedisError};
use service::{Shutdown, redis::RedisServer};
use tokio::sync::watch;

/// Pause after the first failure; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a connection or a publication may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// One process's end of the channel of one feed.
pub(super) struct Bridge {
    server: RedisServer,
    channel: String,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the shutdown began")]
    Shutdown,
    #[error("the sealer of this process ended")]
    SealerEnded,
    #[error("Redis did not answer in time")]
    Late(#[from] tokio::time::error::Elapsed),
    #[error("Redis closed the subscription")]
    Closed,
    #[error(transparent)]
    Redis(#[from] RedisError),
}

impl Bridge {
    pub(super) fn new(server: RedisServer, service: &str) -> Self {
        Self { server, channel: format!("xinjian:feed:{service}") }
    }

    /// Passes positions from `sealed` and from Redis on to `hints`, and those from `sealed` to Redis.
    pub(super) async fn run(
        self,
        sealed: watch::Receiver<i64>,
        hints: watch::Sender<i64>,
        shutdown: Shutdown,
    ) {
        let mut pause = FIRST_PAUSE;
        loop {
            let lost = match self.connect().await {
                Ok((publisher, subscription)) => {
                    pause = FIRST_PAUSE;
                    tracing::info!(channel = self.channel, "wake-ups are shared through Redis");
                    self.pass_on(publisher, subscription, sealed.clone(), &hints, &shutdown).await
                }
                Err(lost) => lost,
            };
            if matches!(lost, Lost::Shutdown | Lost::SealerEnded) {
                return;
            }
            tracing::warn!(channel = self.channel, error = %lost, "no wake-ups through Redis: {lost}; readers poll meanwhile");
            tokio::select! {
                () = shutdown.begun() => return,
                () = pass_on_local(sealed.clone(), &hints) => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    async fn connect(&self) -> Result<(MultiplexedConnection, PubSub), Lost> {
        let client = self.server.client()?;
        let connected = async {
            let publisher = client.get_multiplexed_async_connection().await?;
            let mut subscription = client.get_async_pubsub().await?;
            subscription.subscribe(&self.channel).await?;
            Ok::<_, RedisError>((publisher, subscription))
        };
        Ok(tokio::time::timeout(PATIENCE, connected).await??)
    }

    /// Returns when the connection is lost or there is no more to do.
    async fn pass_on(
        &self,
        mut publisher: MultiplexedConnection,
        mut subscription: PubSub,
        mut sealed: watch::Receiver<i64>,
        hints: &watch::Sender<i64>,
        shutdown: &Shutdown,
    ) -> Lost {
        let mut messages = subscription.on_message();
        // What others told us is not told again, or two processes would echo each other. What was sealed before the
        // connection is told now.
        let mut told = 0;
        sealed.mark_changed();
        loop {
            tokio::select! {
                () = shutdown.begun() => return Lost::Shutdown,
                changed = sealed.changed() => {
                    if changed.is_err() {
                        return Lost::SealerEnded;
                    }
                    let seq = *sealed.borrow_and_update();
                    raise(hints, seq);
                    if seq > told {
                        told = seq;
                        if let Err(lost) = self.publish(&mut publisher, seq).await {
                            return lost;
                        }
                    }
                }
                message = messages.next() => {
                    let Some(message) = message else { return Lost::Closed };
                    // Anything else on our channel is not ours; a hint may be missed.
                    if let Ok(seq) = message.get_payload::<i64>() {
                        told = told.max(seq);
                        raise(hints, seq);
                    }
                }
            }
        }
    }

    async fn publish(&self, publisher: &mut MultiplexedConnection, seq: i64) -> Result<(), Lost> {
        let published = publisher.publish::<_, _, i64>(&self.channel, seq);
        let _readers: i64 = tokio::time::timeout(PATIENCE, published).await??;
        Ok(())
    }
}

/// Passes on what this process seals while Redis is away; returns when the sealer has ended.
async fn pass_on_local(mut sealed: watch::Receiver<i64>, hints: &watch::Sender<i64>) {
    loop {
        let seq = *sealed.borrow_and_update();
        raise(hints, seq);
        if sealed.changed().await.is_err() {
            return;
        }
    }
}

/// Rings only when the position is news.
fn raise(hints: &watch::Sender<i64>, seq: i64) {
    hints.send_if_modified(|known| {
        let further = seq > *known;
        *known = seq.max(*known);
        further
    });
}
