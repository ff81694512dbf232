//! Servers of this process, as whoever asks them from within it finds them.
//!
//! Where all services run in one process, a question that is answered at once need not go through a socket, and through HTTP/2 on both of
//! its sides. It passes the same layers as one that does (observation and deadline, bound, authority), in a task of its own, and is given
//! up with whoever asks. No more are asked at once than over one connection: the rest waits, and is not refused.
//!
//! What is found here is one way to a server, which listens all the same: streams come over connections, which bound them, and so does
//! everything to a server that speaks TLS, which asks for certificates there.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use tokio::sync::Semaphore;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tonic::body::Body;
use tower::ServiceExt;

use super::Grpc;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Those that take questions now, by where they listen.
static SERVERS: LazyLock<RwLock<HashMap<SocketAddr, Inside>>> = LazyLock::new(|| RwLock::new(HashMap::new()));

/// A server of this process.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    grpc: Grpc,
    asked: TaskTracker,
    places: Arc<Semaphore>,
}

impl Inside {
    /// The server that listens at an address, if it is one of this process and takes questions.
    pub(crate) fn at(address: &SocketAddr) -> Option<Self> {
        SERVERS.read().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// What it answers.
    ///
    /// # Errors
    /// The runtime has ended: every refusal is an answer.
    pub(crate) async fn ask(self, request: http::Request<Body>) -> Result<http::Response<Body>, BoxError> {
        // Whoever waits for a place is waited for, too.
        let _token = self.asked.token();
        let _place = self.places.acquire().await?;
        let answering = self.asked.spawn(self.grpc.oneshot(request));
        match AbortOnDropHandle::new(answering).await? {
            Ok(answer) => Ok(answer),
            Err(never) => match never {},
        }
    }
}

/// A server that is found here until it is withdrawn, or dropped.
#[derive(Debug)]
pub(super) struct Offered {
    address: SocketAddr,
    asked: TaskTracker,
}

impl Offered {
    /// The server that listens at `address` and answers by `grpc`, `most` requests at once.
    pub(super) fn at(address: SocketAddr, grpc: Grpc, most: u32) -> Self {
        let asked = TaskTracker::new();
        let inside = Inside { grpc, asked: asked.clone(), places: Arc::new(Semaphore::new(most as usize)) };
        SERVERS.write().unwrap_or_else(PoisonError::into_inner).insert(address, inside);
        Self { address, asked }
    }

    /// It takes no more questions.
    pub(super) fn withdraw(&self) {
        let mut servers = SERVERS.write().unwrap_or_else(PoisonError::into_inner);
        // Another one may listen there by now.
        let is_this = |inside: &Inside| TaskTracker::ptr_eq(&inside.asked, &self.asked);
        let gone = if servers.get(&self.address).is_some_and(is_this) {
            servers.remove(&self.address)
        } else {
            None
        };
        drop(servers);
        // What it owns is let go of when nobody else waits for the list.
        drop(gone);
        self.asked.close();
    }

    /// Waits until what was asked has been answered.
    pub(super) async fn ended(&self) {
        self.asked.wait().await;
    }
}

impl Drop for Offered {
    fn drop(&mut self) {
        self.withdraw();
    }
}
