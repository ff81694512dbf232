//! Reads of what risk logs, noted with risk before what is kept is shown.
//!
//! Readings that come while a call is under way go together with the next one, and those who shared the call before are waited for
//! ([`Rounds`]): a single call is as good as a thousand, because each of them is one write to risk's disk. Whoever is not told that its reading is noted must not be shown what is kept, and asks risk itself,
//! which notes it; a reading that stands in the log twice then is none too few. A call notes all of its readings or none: one that risk
//! refuses sends the others of its call to risk as well, which costs them a moment and hides nothing.

use std::time::Duration;

use contract::risk::v1::{NoteReadsRequest, NotedRead, dossiers_client::DossiersClient};
use service::rounds::Rounds;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;

use crate::{
    parts::{Failure, answer},
    peers::Services,
};

/// Most readings of one call.
const MOST: usize = 1_000;
/// Readings that may wait for the next calls; one more asks risk itself.
const WAITING: usize = 4 * MOST;

/// The readings that wait to be noted.
#[derive(Debug)]
pub(super) struct Notes {
    waiting: mpsc::Sender<Waiting>,
    queue: Mutex<mpsc::Receiver<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    read: NotedRead,
    /// Dropped when it was not noted.
    noted: oneshot::Sender<()>,
}

impl Default for Notes {
    fn default() -> Self {
        let (waiting, queue) = mpsc::channel(WAITING);
        Self { waiting, queue: Mutex::new(queue) }
    }
}

impl Notes {
    /// Whether the reading stands in the log, which is waited for at most so long. `false`: it may or may not.
    pub(super) async fn note(&self, read: NotedRead, patience: Duration) -> bool {
        let (noted, told) = oneshot::channel();
        // A queue that is full says what a slow risk would say later.
        let waits = self.waiting.try_send(Waiting { read, noted }).is_ok();
        waits && matches!(tokio::time::timeout(patience, told).await, Ok(Ok(())))
    }

    /// Notes by `call` whatever waits, one call after the other, for ever.
    pub(super) async fn write<A>(&self, call: impl Fn(Vec<NotedRead>) -> A)
    where
        A: Future<Output = Result<(), Failure>>,
    {
        let mut queue = self.queue.lock().await;
        let (mut rounds, mut works) = (Rounds::default(), true);
        while let Some(first) = queue.recv().await {
            let mut count = 0;
            let is_full = |_: &Waiting| {
                count += 1;
                count >= MOST
            };
            let round = rounds.gather(first, &mut *queue, is_full).await.into_iter();
            // Whoever has gone, or asks risk itself by now, reads nothing that is kept.
            let (reads, noted): (Vec<_>, Vec<_>) =
                round.filter(|one| !one.noted.is_closed()).map(|one| (one.read, one.noted)).unzip();
            if reads.is_empty() {
                continue;
            }
            let begun = Instant::now();
            let outcome = call(reads).await;
            let took = begun.elapsed();
            if let Err(failure) = &outcome
                && works
            {
                tracing::warn!(error = %failure, "risk takes no notes of reads, and is asked itself: {failure}");
            }
            works = outcome.is_ok();
            let expected = if works { noted.len() + queue.len() } else { 0 };
            if works {
                for told in noted {
                    // Whoever went away meanwhile is not told; the note stays.
                    told.send(()).ok();
                }
            }
            rounds.expect(expected, took);
        }
    }
}

/// One call to risk, in the gateway's own name.
pub(super) async fn call(services: &Services, reads: Vec<NotedRead>) -> Result<(), Failure> {
    // One id is larger than those before it: the log has an index over them, which then grows at its end.
    let request = NoteReadsRequest { reads, request_id: uuid::Uuid::now_v7().to_string() };
    let mut client = DossiersClient::new(services.risk.clone());
    answer(services.bound, client.note_reads(request)).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use futures::future::join_all;
    use tonic::Status;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn read(reader: usize) -> NotedRead {
        NotedRead { reader: reader.to_string(), ..NotedRead::default() }
    }

    /// What came of readings that come at once, by a log that behaves like this.
    async fn noted<A>(readings: usize, call: impl Fn(Vec<NotedRead>) -> A) -> Vec<bool>
    where
        A: Future<Output = Result<(), Failure>>,
    {
        let notes = Notes::default();
        let all = join_all((0..readings).map(|reader| notes.note(read(reader), PATIENCE)));
        tokio::select! {
            // All of them come before the first call: without the pauses that keep a task from taking a thread for itself.
            noted = tokio::task::unconstrained(all) => noted,
            () = notes.write(call) => unreachable!("it writes for ever"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn readings_that_come_during_a_call_go_together_and_at_most_a_thousand() {
        let calls = RefCell::new(Vec::new());
        let took = noted(2_500, |reads: Vec<NotedRead>| {
            calls.borrow_mut().push(reads.len());
            async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok(())
            }
        });
        assert!(took.await.into_iter().all(|noted| noted));
        assert_eq!(calls.into_inner(), [1_000, 1_000, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_read_again_and_again_share_every_call() {
        let notes = Notes::default();
        let calls = RefCell::new(Vec::new());
        let reader = async |number: usize| {
            for _ in 0..3 {
                assert!(notes.note(read(number), PATIENCE).await);
                // The way to the reader and back: some come back when others have come already.
                tokio::time::sleep(Duration::from_millis(if number.is_multiple_of(2) { 0 } else { 1 })).await;
            }
        };
        let log = |reads: Vec<NotedRead>| {
            calls.borrow_mut().push(reads.len());
            async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok(())
            }
        };
        let all = join_all((0..10).map(reader));
        tokio::select! {
            _ = tokio::task::unconstrained(all) => {}
            () = notes.write(log) => unreachable!("it writes for ever"),
        }
        assert_eq!(calls.into_inner(), [10, 10, 10], "no two halves take turns");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_fails_notes_none_of_its_readings_and_the_next_one_does() {
        let calls = Cell::new(0);
        let took = noted(1_500, |_| {
            calls.set(calls.get() + 1);
            let first = calls.get() == 1;
            async move { if first { Err(Failure::from(Status::unavailable("gone"))) } else { Ok(()) } }
        });
        assert_eq!(took.await.into_iter().filter(|noted| *noted).count(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_that_never_answers_is_waited_for_no_longer_than_the_patience() {
        let took = noted(10, |_| std::future::pending()).await;
        assert_eq!(took, [false; 10]);
    }
}
