//! A line to a server that can become slow or dead, while those at both ends go on believing in it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

/// How a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Carries bytes as they come.
    Good,
    /// Carries them later.
    Slow,
    /// Keeps them until it is another.
    Dead,
}

/// By how much a slow line is late: more than whoever waits for an answer gives it.
const LATE: Duration = Duration::from_secs(2);
/// Bytes carried at once.
const AT_ONCE: usize = 64 * 1024;

/// A line to one server. A connection that the server does not take is closed.
#[derive(Debug)]
pub(crate) struct Line {
    address: String,
    state: watch::Sender<State>,
    carrying: JoinHandle<()>,
}

impl Line {
    /// A good line to the server at `host:port`.
    pub(crate) async fn to(server: String) -> Self {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let state = watch::Sender::new(State::Good);
        let carrying = tokio::spawn(carry(listener, server, state.clone()));
        Self { address, state, carrying }
    }

    /// Host and port of the near end.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Makes it good, slow or dead, with the connections that it carries.
    pub(crate) fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry(listener: TcpListener, server: String, state: watch::Sender<State>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (server, state) = (server.clone(), state.clone());
        connections.spawn(async move {
            let Ok(far) = TcpStream::connect(&server).await else { return };
            let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
            let there = pass(from_near, to_far, state.subscribe());
            let back = pass(from_far, to_near, state.subscribe());
            // The end of one direction ends the connection: its server or its client is gone.
            tokio::select! {
                _ = there => {}
                _ = back => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut bytes = vec![0; AT_ONCE];
    loop {
        let read = from.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        // Held back while the line is slow, at most so long; an error says that the time is over, or the test.
        let _ = timeout(LATE, state.wait_for(|state| *state != State::Slow)).await;
        // The line itself holds the other end: it cannot be gone.
        let _ = state.wait_for(|state| *state != State::Dead).await;
        to.write_all(&bytes[..read]).await?;
    }
}
