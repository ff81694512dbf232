//! A receiver as other departments run it: it takes each delivery once, and it can fail in every way they do.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use contract::exchange::v1::{
    DeliverRequest, DeliverResponse,
    receiver_server::{Receiver, ReceiverServer},
};
use tokio::{net::TcpListener, sync::Notify};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Channel};

/// What the receiver does with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Takes it and says so.
    Takes,
    /// Is down.
    Refuses,
    /// Takes it, but the answer is lost.
    TakesAndFails,
    /// Never answers.
    Hangs,
}

/// What has arrived; shared with the test.
#[derive(Default)]
pub(crate) struct Inbox {
    script: Mutex<VecDeque<Does>>,
    receipts: Mutex<HashMap<String, String>>,
    taken: Mutex<Vec<(String, i64)>>,
    calls: Mutex<u32>,
    /// Rings with every call.
    pub(crate) called: Notify,
}

impl Inbox {
    /// What the next calls meet, in order; afterwards everything is taken.
    pub(crate) fn will(&self, script: impl IntoIterator<Item = Does>) {
        self.script.lock().unwrap().extend(script);
    }

    /// What was taken, in the order in which it was.
    pub(crate) fn taken(&self) -> Vec<(String, i64)> {
        self.taken.lock().unwrap().clone()
    }

    /// Calls so far, whatever came of them.
    pub(crate) fn calls(&self) -> u32 {
        *self.calls.lock().unwrap()
    }

    fn take(&self, request: &DeliverRequest) -> String {
        let mut receipts = self.receipts.lock().unwrap();
        if let Some(receipt) = receipts.get(&request.delivery_id) {
            return receipt.clone();
        }
        self.taken.lock().unwrap().push((request.subject.clone(), request.revision));
        let receipt = format!("receipt-{}", receipts.len() + 1);
        receipts.insert(request.delivery_id.clone(), receipt.clone());
        receipt
    }
}

struct Service(Arc<Inbox>);

#[tonic::async_trait]
impl Receiver for Service {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        let request = request.into_inner();
        *self.0.calls.lock().unwrap() += 1;
        let does = self.0.script.lock().unwrap().pop_front().unwrap_or(Does::Takes);
        let answer = match does {
            Does::Takes => Ok(Response::new(answer(&request, self.0.take(&request)))),
            Does::Refuses | Does::Hangs => Err(Status::unavailable("closed for maintenance")),
            Does::TakesAndFails => {
                self.0.take(&request);
                Err(Status::unknown("the answer was lost"))
            }
        };
        // After the taking, so that a test that wakes up here sees what was taken.
        self.0.called.notify_one();
        if does == Does::Hangs { std::future::pending().await } else { answer }
    }
}

fn answer(request: &DeliverRequest, receipt: String) -> DeliverResponse {
    let content_digest = crypto::sm3::digest(&request.content).to_hex();
    DeliverResponse { receipt, delivery_id: request.delivery_id.clone(), content_digest }
}

/// A receiver on a port of its own, and a channel to it. It ends with the test's runtime.
pub(crate) async fn start() -> (Arc<Inbox>, Channel) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let inbox = Arc::new(Inbox::default());
    let server = tonic::transport::Server::builder().add_service(ReceiverServer::new(Service(inbox.clone())));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (inbox, contract::client::channel(&address, contract::client::Timeouts::default()).unwrap())
}
