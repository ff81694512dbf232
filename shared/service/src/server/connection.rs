//! Connections as they come in: in plain text, or greeted by TLS.
//!
//! Whether the other side is still there, the operating system finds out: it asks a connection that is silent for half a minute, and gives
//! one up on which nothing is acknowledged for a minute. Its questions pass whatever passes packets on, as address translation and
//! balancers of layer 4 do, and keep their entries alive on the way. A balancer that ends connections itself answers for its other side,
//! which it looks after as we look after it. Nobody notices so that a process hangs on a machine that lives: its requests have their
//! deadlines, its streams end when no message is taken, and what is idle costs a few kilobytes. Signs of life over HTTP/2 would tell, at
//! the price of a lock and a look at the clock for each frame of each request; where others' proxies stand between, and answers take
//! longer than that, they are given (`KEEPALIVE` of the server).

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, TryStreamExt, future::Either};
use tls::Identity;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::{Connected, TcpIncoming};

use super::patience::Patient;
use crate::auth::{Came, Presented};

/// Longest time for a greeting: whoever connects and says nothing keeps a place no longer.
const GREETING: Duration = Duration::from_secs(3);
/// Most greetings under way; the next ones wait in the queue of the operating system.
const GREETINGS: usize = 8_192;

/// Silence after which the other side is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(30);
/// Pause between two such questions.
const QUESTIONS: Duration = Duration::from_secs(10);
/// So many without an answer end the connection, where [`UNACKNOWLEDGED_MS`] does not end it as soon.
const UNANSWERED: u32 = 3;
/// Longest time in milliseconds for which something that was sent is not acknowledged: nobody asks while it is sent again and again, which
/// goes on for a quarter of an hour.
const UNACKNOWLEDGED_MS: u32 = 60_000;

/// A connection, ready for requests.
#[derive(Debug)]
pub(crate) enum Connection {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>, Presented),
}

/// The connections of a listener; over TLS where there is a certificate. None waits for its other side for ever.
pub(super) fn connections(
    listener: TcpListener,
    identity: Option<Identity>,
) -> impl Stream<Item = io::Result<Patient<Connection>>> {
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .with_keepalive(Some(SILENCE))
        .with_keepalive_interval(Some(QUESTIONS))
        .with_keepalive_retries(Some(UNANSWERED));
    greeted(incoming, identity).map_ok(|connection| {
        give_up_in_time(connection.socket());
        Patient::new(connection)
    })
}

/// Ends the connection where nothing of what was sent is acknowledged for too long. Where the system has no such bound, it has one of its own.
fn give_up_in_time(socket: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(problem) = rustix::net::sockopt::set_tcp_user_timeout(socket, UNACKNOWLEDGED_MS) {
        tracing::debug!(error = %problem, "a connection has no bound on what is not acknowledged: {problem}");
    }
    let _ = (socket, UNACKNOWLEDGED_MS);
}

/// The connections of a listener as they are, over TLS where there is a certificate. One that is slow to greet keeps no other waiting.
pub(crate) fn greeted(
    incoming: TcpIncoming,
    identity: Option<Identity>,
) -> impl Stream<Item = io::Result<Connection>> {
    let Some(identity) = identity else {
        return Either::Left(incoming.map(|accepted| accepted.map(Connection::Plain)));
    };
    let greeted = incoming.map(move |accepted| greet(identity.clone(), accepted));
    Either::Right(greeted.buffer_unordered(GREETINGS).filter_map(std::future::ready))
}

/// `None`: the other side does not speak TLS with us, and is gone.
async fn greet(identity: Identity, accepted: io::Result<TcpStream>) -> Option<io::Result<Connection>> {
    let stream = match accepted {
        Ok(stream) => stream,
        Err(problem) => return Some(Err(problem)),
    };
    match tokio::time::timeout(GREETING, identity.accept(stream)).await {
        Ok(Ok(accepted)) => {
            let presented = Presented(Arc::from(accepted.names));
            Some(Ok(Connection::Secure(Box::new(accepted.stream), presented)))
        }
        Ok(Err(problem)) => {
            tracing::debug!(error = %problem, "a connection did not speak TLS as it should: {problem}");
            None
        }
        Err(_) => None,
    }
}

impl Connection {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(stream, _) => stream.get_ref().0,
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Came;

    fn connect_info(&self) -> Came {
        let presented = match self {
            Self::Plain(_) => Presented::default(),
            Self::Secure(_, presented) => presented.clone(),
        };
        Came { from: self.socket().peer_addr().ok().map(|address| address.ip()), presented }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Secure(stream, _) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Secure(stream, _) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Secure(stream, _) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Secure(stream, _) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream, _) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream, _) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_system_looks_after_each_connection_and_gives_it_up_in_time() {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut accepted = std::pin::pin!(connections(listener, None));
        let _client = TcpStream::connect(address).await.unwrap();
        let connection = accepted.next().await.unwrap().unwrap();
        let socket = connection.connection().socket();
        use rustix::net::sockopt;
        assert!(sockopt::socket_keepalive(socket).unwrap());
        assert_eq!(sockopt::tcp_keepidle(socket).unwrap(), SILENCE);
        assert_eq!(sockopt::tcp_keepintvl(socket).unwrap(), QUESTIONS);
        assert_eq!(sockopt::tcp_user_timeout(socket).unwrap(), UNACKNOWLEDGED_MS);
    }
}
