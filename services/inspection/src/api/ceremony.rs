//! The stream of a draw's steps: those that were made first, then each as it is made, until the task closes or is cancelled.

use std::sync::Arc;
use std::time::Duration;

use contract::inspection::v1 as pb;
use futures::stream::{self, BoxStream, StreamExt};
use service::Shutdown;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::domain::TaskName;
use crate::error::Error;
use crate::store::Store;

/// Most streams open at once.
const MOST_WATCHERS: usize = 256;
/// Pause before the database is asked again: a step shows after it at the latest, whichever process made it.
const POLL: Duration = Duration::from_millis(500);

/// What the handlers of streams need. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Screens {
    places: Arc<Semaphore>,
    shutdown: Shutdown,
}

impl Screens {
    /// Screens that go dark when `shutdown` begins.
    pub(super) fn new(shutdown: Shutdown) -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_WATCHERS)), shutdown }
    }

    /// The steps of a task.
    ///
    /// # Errors
    /// [`Error::TooManyWatchers`].
    pub(super) fn watch(
        &self,
        store: &Store,
        task: TaskName,
    ) -> Result<BoxStream<'static, Result<pb::CeremonyStep, Status>>, Error> {
        let place = self.places.clone().try_acquire_owned();
        let screen = Screen {
            store: store.clone(),
            task,
            shutdown: self.shutdown.clone(),
            shown: 0,
            waiting: Vec::new(),
            is_over: false,
            _place: place.map_err(|_| Error::TooManyWatchers(MOST_WATCHERS))?,
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
    _place: OwnedSemaphorePermit,
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
            // The state first: a task that is closed by now has all of its steps.
            let is_closed = self.store.task(&self.task).await?.state.is_over();
            self.waiting = self.store.steps(&self.task, self.shown).await?;
            if let Some(last) = self.waiting.last() {
                self.shown = last.position;
                self.waiting.reverse();
            } else if is_closed {
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
