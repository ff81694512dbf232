//! Closed draws as REST sends them. They change no more, hold proofs of up to many megabytes, and anybody may ask for them: whoever does is
//! sent the same bytes, so that many slow readers hold one copy, and few are fetched at a time.

use std::time::Duration;

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::Error;

/// How long a text is sent without asking again: a service may be restored to what it was before the draw.
const LIFE: Duration = Duration::from_secs(60);
/// Most bytes of all texts.
const MOST: u64 = 64 << 20;
/// About how many there are. So few stand in one table: in a table of several parts a large text would fit into none.
const USUAL: usize = 32;
/// What a text takes beside its bytes, about.
const OVERHEAD: u64 = 200;
/// Draws, and pages of whole lists, that are fetched at a time.
const PLACES: usize = 8;

/// The texts that are kept, by the names of their tasks, and the places of who fetches.
#[derive(Debug)]
pub(super) struct Closed {
    kept: Cache<String, Kept, Weight>,
    places: Semaphore,
}

#[derive(Clone, Debug)]
struct Kept {
    text: Bytes,
    until: Instant,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<String, Kept> for Weight {
    fn weight(&self, name: &String, kept: &Kept) -> u64 {
        (name.len() + kept.text.len()) as u64 + OVERHEAD
    }
}

impl Closed {
    /// Nothing kept yet.
    pub(super) fn new() -> Self {
        Self { kept: Cache::with_weighter(USUAL, MOST, Weight), places: Semaphore::new(PLACES) }
    }

    /// The draw of a task, if it is kept.
    pub(super) fn text(&self, task: &str) -> Option<Bytes> {
        let kept = self.kept.get(task).filter(|kept| Instant::now() < kept.until);
        kept.map(|kept| kept.text)
    }

    /// Keeps the draw of a closed task.
    pub(super) fn keep(&self, task: String, text: Bytes) {
        self.kept.insert(task, Kept { text, until: Instant::now() + LIFE });
    }

    /// A place for fetching a draw, or a page of a whole list.
    ///
    /// # Errors
    /// [`Error::PublicationsAway`] when none becomes free within `bound`.
    pub(super) async fn place(&self, bound: Duration) -> Result<SemaphorePermit<'_>, Error> {
        let place = timeout(bound, self.places.acquire()).await;
        place.ok().and_then(Result::ok).ok_or(Error::PublicationsAway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "tasks/2026-1";

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_again_within_a_minute_is_sent_the_same_bytes() {
        let closed = Closed::new();
        assert_eq!(closed.text(TASK), None);
        let text = Bytes::from(vec![b'x'; 32 << 20]);
        closed.keep(TASK.to_owned(), text.clone());
        assert_eq!(closed.text(TASK).map(|again| again.as_ptr()), Some(text.as_ptr()));
        assert_eq!(closed.text("tasks/2026-2"), None);
        tokio::time::advance(LIFE).await;
        assert_eq!(closed.text(TASK), None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_in_time_is_told_to_come_again() {
        let (closed, bound) = (Closed::new(), Duration::from_secs(2));
        let mut places = Vec::new();
        for _ in 0..PLACES {
            places.push(closed.place(bound).await.unwrap());
        }
        assert!(matches!(closed.place(bound).await, Err(Error::PublicationsAway)));
        places.pop();
        assert!(closed.place(bound).await.is_ok());
    }
}
