//! Servers of this process, as whoever asks them from within it finds them.
//!
//! Where all services run in one process, a question that is answered at once need not go through a socket, and through HTTP/2 on both of
//! its sides. It passes the same layers as one that does (observation and deadline, bound, authority), in a task of its own, and is given
//! up with whoever asks: in the task that asks, every answer of the others would have it looked at again, and work of one request would
//! keep a thread from all others for longer. No more are asked at once than over one connection: the rest waits, and is not refused.
//! Nothing goes with a question that a connection would not carry: whose certificate was shown at another door counts for nothing here.
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
    /// Copied for each question, and not for each look at where it goes.
    grpc: Arc<Grpc>,
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
    pub(crate) async fn ask(
        self,
        mut request: http::Request<Body>,
    ) -> Result<http::Response<Body>, BoxError> {
        // Layers believe what stands here: who came by which certificate, and what was decided about it.
        request.extensions_mut().clear();
        // Whoever waits for a place is waited for, too.
        let _token = self.asked.token();
        let _place = self.places.acquire().await?;
        // What is asked and what is answered are boxed: a task that holds neither is small, and nothing is copied as it begins.
        let answer = Box::pin(Grpc::clone(&self.grpc).oneshot(request));
        let answering = self.asked.spawn(async move { Box::new(answer.await) });
        match *AbortOnDropHandle::new(answering).await? {
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
        let (grpc, places) = (Arc::new(grpc), Arc::new(Semaphore::new(most as usize)));
        let inside = Inside { grpc, asked: asked.clone(), places };
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

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use tonic::{Code, Status};
    use tower::{Layer, service_fn};

    use super::*;
    use crate::{
        auth::Came,
        server::{observe::ObserveLayer, observed_body::ObservedBody, places::Places},
    };

    #[tokio::test]
    async fn what_was_known_at_another_door_does_not_come_with_a_question() {
        let door = service_fn(|request: http::Request<Body>| async move {
            let known = request.extensions().get::<Came>().is_some();
            let answer = if known { Status::internal("somebody came") } else { Status::ok("") };
            Ok::<http::Response<Body>, Infallible>(answer.into_http())
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let _offered = Offered::at(address, Grpc::new(door), 1);
        let mut request = http::Request::new(Body::empty());
        request.extensions_mut().insert(Came::default());
        let answer = Inside::at(&address).unwrap().ask(request).await.unwrap();
        assert_eq!(Status::from_header_map(answer.headers()).unwrap().code(), Code::Ok);
    }

    #[tokio::test]
    async fn a_panic_of_an_answer_is_a_refusal() {
        let door = service_fn(|request: http::Request<Body>| async move {
            let _never_known: &Came = request.extensions().get().unwrap();
            Ok::<http::Response<Body>, Infallible>(Status::ok("").into_http())
        });
        let observed = ObserveLayer::new(Duration::from_secs(1), Places::new("test", 1)).layer(door);
        let observed = observed.map_response(|answer: http::Response<ObservedBody>| answer.map(Body::new));
        let address = SocketAddr::from(([127, 0, 0, 1], 2));
        let _offered = Offered::at(address, Grpc::new(observed), 1);
        let answer = Inside::at(&address).unwrap().ask(http::Request::new(Body::empty())).await.unwrap();
        assert_eq!(Status::from_header_map(answer.headers()).unwrap().code(), Code::Internal);
    }
}
