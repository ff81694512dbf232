//! Connections as they come in: in plain text, or greeted by TLS.

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
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::{Connected, TcpIncoming};

use super::patience::Patient;
use crate::auth::{Came, Presented};

/// Longest time for a greeting: whoever connects and says nothing keeps a place no longer.
const GREETING: Duration = Duration::from_secs(3);
/// Most greetings under way; the next ones wait in the queue of the operating system.
const GREETINGS: usize = 8_192;

/// A connection, ready for requests.
#[derive(Debug)]
pub(crate) enum Connection {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>, Presented),
}

/// The connections of a listener; over TLS where there is a certificate. None waits for its other side for ever.
pub(super) fn connections(
    incoming: TcpIncoming,
    identity: Option<Identity>,
) -> impl Stream<Item = io::Result<Patient<Connection>>> {
    greeted(incoming, identity).map_ok(Patient::new)
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

impl Connected for Connection {
    type ConnectInfo = Came;

    fn connect_info(&self) -> Came {
        let (stream, presented) = match self {
            Self::Plain(stream) => (stream, Presented::default()),
            Self::Secure(stream, presented) => (stream.get_ref().0, presented.clone()),
        };
        Came { from: stream.peer_addr().ok().map(|address| address.ip()), presented }
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
