//! A cable to a server: it carries every connection until it is cut. For those at its end, the server is gone then, as if it had
//! been killed, while other tests go on using it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A cable to one server.
#[derive(Debug)]
pub(crate) struct Cable {
    url: String,
    carried: Arc<AtomicUsize>,
    carrying: JoinHandle<()>,
}

impl Cable {
    /// A cable to the server at `url`, such as `redis://127.0.0.1:6379`.
    pub(crate) async fn to(url: &str) -> Self {
        let server = authority(url).to_owned();
        let listener =
            TcpListener::bind("127.0.0.1:0").await.expect("the loopback interface has a free port");
        let near = listener.local_addr().expect("a bound listener has an address").to_string();
        let carried = Arc::new(AtomicUsize::new(0));
        let url = url.replacen(&server, &near, 1);
        let carrying = tokio::spawn(carry(listener, server, Arc::clone(&carried)));
        Self { url, carried, carrying }
    }

    /// Address of the near end, with the user and the database of the server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Connections carried so far.
    pub(crate) fn carried(&self) -> usize {
        self.carried.load(Ordering::Relaxed)
    }

    /// Ends every connection and takes no new one.
    pub(crate) async fn cut(&mut self) {
        self.carrying.abort();
        // The task ends by being aborted; its listener and connections are closed when it has.
        let _ = (&mut self.carrying).await;
    }
}

/// Host and port of an address.
fn authority(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = after.split(['/', '?']).next().unwrap_or(after);
    place.rsplit_once('@').map_or(place, |(_, place)| place)
}

async fn carry(listener: TcpListener, server: String, carried: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let mut far = TcpStream::connect(&server).await.expect("the server at the far end listens");
        carried.fetch_add(1, Ordering::Relaxed);
        connections.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
    }
}
