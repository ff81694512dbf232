//! How long a connection waits for its other side.
//!
//! Whoever connects and says nothing, or asks and does not take the answer, costs a connection and what waits to be sent. The head of a
//! request has a bound in the transport (30 s over HTTP/1), the body in what reads it; the operating system asks a silent connection for
//! a sign of life. Here are the two waits that nothing else ends.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};
use tonic::transport::server::Connected;

/// Longest time until a connection has said in which version of HTTP it speaks.
const OPENING: Duration = Duration::from_secs(30);
/// Bytes by which it has: those of the preface of HTTP/2.
const PREFACE: usize = 24;
/// Longest time in which the other side takes nothing of what it is sent, as long as it has for a sign of life.
const TAKING: Duration = Duration::from_secs(60);

/// A connection that ends when its other side says nothing, or takes nothing, for too long.
#[derive(Debug)]
pub(super) struct Patient<C> {
    connection: C,
    /// Bytes of the preface that have not come.
    unsaid: usize,
    /// Until it is known which version is spoken.
    opening: Option<Pin<Box<Sleep>>>,
    /// While nothing is taken.
    taking: Option<Pin<Box<Sleep>>>,
}

impl<C> Patient<C> {
    pub(super) fn new(connection: C) -> Self {
        Self { connection, unsaid: PREFACE, opening: Some(Box::pin(sleep(OPENING))), taking: None }
    }

    /// The connection itself.
    #[cfg(test)]
    pub(super) fn connection(&self) -> &C {
        &self.connection
    }

    /// A write, a flush or a farewell that nothing came of ends the connection when the time is over.
    fn within<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.taking = None;
            return written;
        }
        let taking = self.taking.get_or_insert_with(|| Box::pin(sleep(TAKING)));
        ready!(taking.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other side takes nothing")))
    }
}

impl<C: Connected> Connected for Patient<C> {
    type ConnectInfo = C::ConnectInfo;

    fn connect_info(&self) -> C::ConnectInfo {
        self.connection.connect_info()
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Patient<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.connection).poll_read(cx, buffer);
        let Some(opening) = &mut self.opening else { return read };
        if read.is_pending() {
            ready!(opening.as_mut().poll(cx));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other side says nothing")));
        }
        self.unsaid = self.unsaid.saturating_sub(buffer.filled().len() - before);
        if self.unsaid == 0 {
            self.opening = None;
        }
        read
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Patient<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.connection).poll_write(cx, bytes);
        self.within(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.connection).poll_write_vectored(cx, slices);
        self.within(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.connection).poll_flush(cx);
        self.within(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.connection).poll_shutdown(cx);
        self.within(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_or_less_than_it_takes_is_sent_away() {
        for said in [&b""[..], b"PRI * HTTP/2.0\r\n"] {
            let (mut near, far) = duplex(64);
            let mut far = Patient::new(far);
            near.write_all(said).await.unwrap();
            let ended = far.read_exact(&mut [0; PREFACE]).await.unwrap_err();
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut, "{said:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_said_enough_may_be_silent_and_whoever_was_only_written_to_may_not() {
        let (mut near, far) = duplex(64);
        let mut far = Patient::new(far);
        near.write_all(&[b'x'; PREFACE]).await.unwrap();
        far.read_exact(&mut [0; PREFACE]).await.unwrap();
        assert!(tokio::time::timeout(OPENING * 10, far.read_u8()).await.is_err());

        // A server of HTTP/2 writes its settings before it has read anything.
        let (_near, far) = duplex(64);
        let mut far = Patient::new(far);
        far.write_all(b"x").await.unwrap();
        assert_eq!(far.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// A connection that takes what is written, as TLS does, and brings none of it to the other side.
    struct Stuck;

    impl AsyncWrite for Stuck {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_and_never_flushed_or_a_farewell_that_nobody_hears_ends_the_connection() {
        let ended = Patient::new(Stuck).flush().await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
        let ended = Patient::new(Stuck).shutdown().await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_is_left_and_whoever_takes_a_little_is_not() {
        let (mut near, far) = duplex(64);
        let mut far = Patient::new(far);
        let slow = async {
            for _ in 0..6 {
                tokio::time::sleep(TAKING / 2).await;
                near.read_exact(&mut [0; 32]).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(far.write_all(&[7; 256]), slow);
        written.unwrap();
        let ended = far.write_all(&[7; 256]).await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }
}
