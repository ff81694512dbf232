//! Wake-ups: they shorten the wait of a reader and are never needed. Polling is the floor under them, so a lost wake-up
//! costs time, never an event.

mod redis;

use std::future::Future;

use service::{Shutdown, redis::RedisServer};
use tokio::sync::watch;

/// Rings when a feed has grown. It holds the last position heard of, which may be behind the feed or, after a restore,
/// beyond it: a hint to look, not a fact. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wake(watch::Receiver<i64>);

impl Wake {
    /// Rings with the sealer of this process: pass it [`outbox::Sealer::sealed`]. The sealer also notices what other
    /// processes on its database sealed, a fifth of a second later at most.
    pub fn in_process(sealed: watch::Receiver<i64>) -> Self {
        Self(sealed)
    }

    /// Rings with the sealers of all processes that share a Redis server, at once. `service` names the feed. The future
    /// must be run beside the server; it ends when `shutdown` begins. Without Redis it still passes on what this
    /// process seals, tries again with growing pauses, and nothing but time is lost.
    pub fn shared(
        server: RedisServer,
        service: &str,
        sealed: watch::Receiver<i64>,
        shutdown: Shutdown,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let bridge = redis::Bridge::new(server, service);
        let (hints, heard) = watch::channel(*sealed.borrow());
        (Self(heard), bridge.run(sealed, hints, shutdown))
    }

    /// A receiver of its own for one reader.
    pub(crate) fn listen(&self) -> watch::Receiver<i64> {
        self.0.clone()
    }
}
