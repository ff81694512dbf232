//! The stream of a draw's steps: those that were made first, then each as it is made, until the task closes or is cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::inspection::v1 as pb;
use futures::stream::{self, BoxStream, StreamExt};
use service::Shutdown;
use service::auth::Caller;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::domain::TaskName;
use crate::error::Error;
use crate::store::Store;

/// Most streams open at once.
const MOST_WATCHERS: usize = 256;
/// Most streams of one caller open at once: one has no use for more, and the others need places, too.
const MOST_OF_ONE: usize = 8;
/// Pause before the database is asked again: a step shows after it at the latest, whichever process made it.
const POLL: Duration = Duration::from_millis(500);

/// What the handlers of streams need. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Screens {
    places: Arc<Semaphore>,
    watchers: Watchers,
    shutdown: Shutdown,
}

impl Screens {
    /// Screens that go dark when `shutdown` begins.
    pub(super) fn new(shutdown: Shutdown) -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_WATCHERS)), watchers: Watchers::default(), shutdown }
    }

    /// The steps of a task, for a caller.
    ///
    /// # Errors
    /// [`Error::TooManyWatchers`].
    pub(super) fn watch(
        &self,
        store: &Store,
        caller: &Caller,
        task: TaskName,
    ) -> Result<BoxStream<'static, Result<pb::CeremonyStep, Status>>, Error> {
        let all = self.places.clone().try_acquire_owned();
        let all = all.map_err(|_| Error::TooManyWatchers { most: MOST_WATCHERS, of: "all callers" })?;
        let own = self.watchers.enter(caller.subject());
        let own = own.ok_or(Error::TooManyWatchers { most: MOST_OF_ONE, of: "one caller" })?;
        let screen = Screen {
            store: store.clone(),
            task,
            shutdown: self.shutdown.clone(),
            shown: 0,
            waiting: Vec::new(),
            is_over: false,
            _places: (all, own),
        };
        let steps = stream::unfold(Some(screen), async |screen| {
            let mut screen = screen?;
            match screen.next().await {
                Ok(Some(step)) => Some((Ok(step), Some(screen))),
                Ok(None) => None,
                Err(_) if screen.shutdown.has_begun() => None,
                Err(error) => Some((Err(error.into()), None)),
            }
        });
        Ok(steps.boxed())
    }
}

/// How many streams each caller has open. Who has none is not in it.
#[derive(Clone, Debug, Default)]
struct Watchers(Arc<Mutex<HashMap<String, usize>>>);

impl Watchers {
    /// A place for one more stream of a caller; `None` when the caller has the most.
    fn enter(&self, caller: &str) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(caller.to_owned()).or_default();
        if *own >= MOST_OF_ONE {
            return None;
        }
        *own += 1;
        Some(Place { caller: caller.to_owned(), watchers: self.clone() })
    }
}

/// A place of one caller, given back when it is dropped.
struct Place {
    caller: String,
    watchers: Watchers,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.watchers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

/// The state of one stream.
struct Screen {
    store: Store,
    task: TaskName,
    shutdown: Shutdown,
    /// Position of the last step that was read.
    shown: i64,
    /// Steps that were read and not shown yet, the next one last.
    waiting: Vec<pb::CeremonyStep>,
    /// Whether nothing follows any more.
    is_over: bool,
    _places: (OwnedSemaphorePermit, Place),
}

impl Screen {
    /// The next step; `None` after the last one, and when the server goes down.
    async fn next(&mut self) -> Result<Option<pb::CeremonyStep>, Error> {
        loop {
            if let Some(step) = self.waiting.pop() {
                return Ok(Some(step));
            }
            if self.is_over || self.shutdown.has_begun() {
                return Ok(None);
            }
            // The state first: a task that is over by now has all of its steps.
            let is_finished = self.store.task(&self.task).await?.state.is_over();
            self.waiting = self.store.steps(&self.task, self.shown).await?;
            if let Some(last) = self.waiting.last() {
                self.shown = last.position;
                self.waiting.reverse();
            } else if is_finished {
                self.is_over = true;
            } else {
                self.wait().await;
            }
        }
    }

    /// Until there may be news.
    async fn wait(&self) {
        tokio::select! {
            () = self.shutdown.begun() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_with_the_most_streams_gets_no_other_before_one_ends_and_nobody_else_waits_for_it() {
        let watchers = Watchers::default();
        let mut own: Vec<_> = (0..MOST_OF_ONE).map(|_| watchers.enter("wang").unwrap()).collect();
        assert!(watchers.enter("wang").is_none());
        assert!(watchers.enter("li").is_some());
        own.pop();
        own.push(watchers.enter("wang").unwrap());
        assert!(watchers.enter("wang").is_none());
        own.clear();
        assert!(watchers.0.lock().unwrap().is_empty(), "who watches nothing is forgotten");
    }
}
