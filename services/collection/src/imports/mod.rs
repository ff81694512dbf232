//! Working off the files that were received, one after the other.
//!
//! A file is read twice: once to see that it is a table of its kind from end to end, and once to take its lines, a batch a
//! transaction. So a file that cannot be read leaves nothing behind. Each batch has a request id that follows from the import
//! and its number: after a crash the batch that was taken last is answered as before, and the next one goes on behind it.

mod parse;
mod run;

pub use run::{BATCH, batch_request, run_next};

use std::sync::Arc;
use std::time::Duration;

use service::{Clock, Shutdown};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::store::Store;

/// How often a process looks for imports that another one left, and for those whose wake-up was lost.
const LOOK: Duration = Duration::from_secs(5);

/// Works until the shutdown begins. `received` wakes it.
///
/// # Errors
/// Failures of the database; whoever keeps this going calls it again.
pub(crate) async fn keep_working(
    store: Store,
    clock: Clock,
    received: Arc<Notify>,
    shutdown: Shutdown,
) -> Result<(), crate::Error> {
    let worker = Uuid::new_v4().to_string();
    loop {
        tokio::select! {
            // What is being taken is given up, and taken up again by whoever comes next, who need not wait for the lease to end.
            () = shutdown.begun() => return store.leave_import(&worker).await,
            worked = run_next(&store, clock, &worker) => if worked? { continue },
        }
        tokio::select! {
            () = shutdown.begun() => return Ok(()),
            () = received.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
