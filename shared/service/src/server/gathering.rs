//! Answers of one connection that are ready at about the same time leave it together.
//!
//! Over HTTP/2 the task of a connection is woken by the first answer that is ready, and would write it at once: each answer then costs a
//! call of the operating system and a packet, also where the next seven are written a moment later. Here a flush first lets the other
//! tasks of the thread have their turn, once; what they answered meanwhile goes out in the same write. Where nothing else is to be done
//! the turn comes back at once, and after some sixty tasks where there is no end of them: that is a fraction of a millisecond while all
//! answers are short, and most is gathered then. Where turns take long, as others compute for long, answers go out as they come for a
//! while.

use std::{
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::yield_now,
};
use tonic::transport::server::Connected;

/// Bytes that are held at most; what is larger goes out behind them in the same write.
const ROOM: usize = 16 * 1024;
/// Room that an idle connection keeps.
const KEPT: usize = 2 * 1024;
/// A turn of the others that took longer than this gathers less than the wait costs: sixty tasks that answer something short, with its
/// way in and out, take half of it.
const LONG: Duration = Duration::from_millis(2);
/// So many long turns in a row are how others work here; a single one may be a pause of the operating system.
const IN_A_ROW: u32 = 3;
/// Flushes without a turn after these: three of a thousand answers wait, which the slowest of a hundred is not told by.
const STRAIGHT: u32 = 1_024;

/// A connection that writes when it is flushed, as the transport does after every answer.
#[derive(Debug)]
pub(super) struct Gathering<C> {
    connection: C,
    /// What was written and has not gone out.
    held: Vec<u8>,
    /// How much of it has.
    gone: usize,
    turn: Turn,
    /// Turns in a row that took long.
    long: u32,
    /// Flushes that go without a turn of the others.
    straight: u32,
}

/// The turn of the other tasks in a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The next flush may begin with it.
    Ahead,
    /// They have it since this instant.
    Given(Instant),
    /// This flush had it, or goes without.
    Over,
}

impl<C> Gathering<C> {
    pub(super) fn new(connection: C) -> Self {
        Self { connection, held: Vec::new(), gone: 0, turn: Turn::Ahead, long: 0, straight: 0 }
    }

    /// A turn of the others took so long.
    fn took(&mut self, turn: Duration) {
        self.long = if turn > LONG { self.long + 1 } else { 0 };
        if self.long == IN_A_ROW {
            self.long = 0;
            self.straight = STRAIGHT;
        }
    }

    /// So many bytes more of what is held are on their way.
    fn went(&mut self, bytes: usize) {
        self.gone += bytes;
        if self.gone == self.held.len() {
            self.gone = 0;
            self.held.clear();
            self.held.shrink_to(KEPT);
        }
    }
}

impl<C: AsyncWrite + Unpin> Gathering<C> {
    /// Writes all that is held.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.connection).poll_write(cx, &self.held[self.gone..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.went(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Lets the other tasks have their turn, once until the next flush is done.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.turn {
            Turn::Ahead if self.straight > 0 => {
                self.straight -= 1;
                self.turn = Turn::Over;
            }
            Turn::Ahead if !self.held.is_empty() => {
                self.turn = Turn::Given(Instant::now());
                return pin!(yield_now()).poll(cx);
            }
            Turn::Given(since) => {
                self.took(since.elapsed());
                self.turn = Turn::Over;
            }
            Turn::Ahead | Turn::Over => {}
        }
        Poll::Ready(())
    }
}

impl<C: Connected> Connected for Gathering<C> {
    type ConnectInfo = C::ConnectInfo;

    fn connect_info(&self) -> C::ConnectInfo {
        self.connection.connect_info()
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Gathering<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, buffer)
    }
}

/// Slices are not asked for: the transport then puts small answers behind each other by itself, and what is held is a slice already.
impl<C: AsyncWrite + Unpin> AsyncWrite for Gathering<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            if self.held.len() + bytes.len() <= ROOM {
                self.held.extend_from_slice(bytes);
                return Poll::Ready(Ok(bytes.len()));
            }
            let Self { connection, held, gone, .. } = &mut *self;
            let connection = Pin::new(connection);
            let before = held.len() - *gone;
            if before == 0 {
                return connection.poll_write(cx, bytes);
            }
            let slices = [IoSlice::new(&held[*gone..]), IoSlice::new(bytes)];
            let written = ready!(connection.poll_write_vectored(cx, &slices))?;
            if written == 0 {
                return Poll::Ready(Ok(0));
            }
            self.went(written.min(before));
            if written > before {
                return Poll::Ready(Ok(written - before));
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_turn(cx));
        ready!(self.poll_held(cx))?;
        ready!(Pin::new(&mut self.connection).poll_flush(cx))?;
        self.turn = Turn::Ahead;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(cx))?;
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// The sizes of the writes that reach the other side, which takes at most so many bytes at once.
    #[derive(Clone)]
    struct Writes(Arc<Mutex<Vec<usize>>>, Arc<Mutex<Vec<u8>>>, usize);

    impl Writes {
        fn of_at_most(most: usize) -> Self {
            Self(Arc::default(), Arc::default(), most)
        }

        fn sizes(&self) -> Vec<usize> {
            self.0.lock().unwrap().clone()
        }

        fn take(&self, slices: &[IoSlice<'_>]) -> usize {
            let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
            let taken: Vec<u8> = bytes.take(self.2).collect();
            self.0.lock().unwrap().push(taken.len());
            self.1.lock().unwrap().extend(&taken);
            taken.len()
        }
    }

    impl AsyncWrite for Writes {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(self.take(&[IoSlice::new(bytes)])))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(self.take(slices)))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_written_before_a_flush_goes_out_in_one_write_and_what_comes_after_it_in_the_next() {
        let writes = Writes::of_at_most(usize::MAX);
        let mut gathering = Gathering::new(writes.clone());
        for answer in [&b"first"[..], b"second", b"third"] {
            gathering.write_all(answer).await.unwrap();
        }
        assert!(writes.sizes().is_empty());
        gathering.flush().await.unwrap();
        gathering.write_all(b"fourth").await.unwrap();
        gathering.flush().await.unwrap();
        gathering.flush().await.unwrap();
        assert_eq!(writes.sizes(), [16, 6]);
    }

    /// How many turns another task has while an answer is written and flushed.
    async fn turns_of_another(gathering: &mut Gathering<Writes>) -> usize {
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = turns.clone();
        let other = tokio::spawn(async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
            }
        });
        gathering.write_all(b"an answer").await.unwrap();
        gathering.flush().await.unwrap();
        other.abort();
        turns.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_flush_lets_the_other_tasks_have_their_turn() {
        let mut gathering = Gathering::new(Writes::of_at_most(usize::MAX));
        assert!(turns_of_another(&mut gathering).await > 0);
        assert!(turns_of_another(&mut gathering).await > 0, "each of them");
    }

    #[tokio::test]
    async fn after_long_turns_in_a_row_answers_go_out_as_they_come_for_a_while() {
        let mut gathering = Gathering::new(Writes::of_at_most(usize::MAX));
        for turn in [LONG * 2, LONG * 2, LONG, LONG * 2, LONG * 2] {
            gathering.took(turn);
            assert_eq!(gathering.straight, 0, "one that is short begins the count anew");
        }
        gathering.turn = Turn::Given(Instant::now().checked_sub(2 * LONG).unwrap());
        gathering.write_all(b"an answer").await.unwrap();
        gathering.flush().await.unwrap();
        assert_eq!(gathering.straight, STRAIGHT);
        assert_eq!(turns_of_another(&mut gathering).await, 0);
        gathering.straight = 0;
        assert!(turns_of_another(&mut gathering).await > 0);
    }

    #[tokio::test]
    async fn a_flush_ends_however_little_the_other_side_takes_at_once() {
        let (mut client, connection) = duplex(32);
        let mut gathering = Gathering::new(connection);
        let mut taken = [0; 1_000];
        let flushed = async {
            gathering.write_all(&[7; 1_000]).await.unwrap();
            gathering.flush().await.unwrap();
        };
        let ((), read) = tokio::join!(flushed, client.read_exact(&mut taken));
        assert_eq!(read.unwrap(), 1_000);
        assert!(taken == [7; 1_000]);
    }

    #[tokio::test]
    async fn bytes_arrive_whole_and_in_order_whatever_the_other_side_takes_at_once() {
        for most in [1, 7, ROOM - 1, ROOM, usize::MAX] {
            let writes = Writes::of_at_most(most);
            let mut gathering = Gathering::new(writes.clone());
            let mut sent = Vec::new();
            for size in [0, 1, 300, ROOM - 1, ROOM, ROOM + 1, 5, 3 * ROOM, 2] {
                let bytes: Vec<u8> = (0..size).map(|at| (at * 31 + size) as u8).collect();
                gathering.write_all(&bytes).await.unwrap();
                sent.extend(bytes);
            }
            gathering.shutdown().await.unwrap();
            assert!(*writes.1.lock().unwrap() == sent, "{most} at once");
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_goes_out_in_one_write_with_what_is_held() {
        let writes = Writes::of_at_most(usize::MAX);
        let mut gathering = Gathering::new(writes.clone());
        gathering.write_all(&[0; 9]).await.unwrap();
        gathering.write_all(&[0; ROOM]).await.unwrap();
        gathering.flush().await.unwrap();
        assert_eq!(writes.sizes(), [ROOM + 9]);
    }

    #[tokio::test]
    async fn an_other_side_that_is_gone_is_an_error_and_no_endless_loop() {
        let mut gathering = Gathering::new(Writes::of_at_most(0));
        gathering.write_all(b"an answer").await.unwrap();
        assert_eq!(gathering.flush().await.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
