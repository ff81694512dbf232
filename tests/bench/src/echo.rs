//! The baseline: a tonic server that does nothing but answer with as many bytes as it is asked for. No authentication, no
//! limits, no traces, no metrics; bytes are passed on and never copied.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use contract::client::{Timeouts, channel};
use futures::FutureExt;
use http::uri::PathAndQuery;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::server::{NamedService, UnaryService};
use tonic::transport::{Channel, Server, server::TcpIncoming};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::Service;

use crate::load::CONNECTIONS;

const PATH: &str = "/bench.Echo/Ask";
/// More than any answer.
const MOST_BYTES: usize = 64 * 1024;
/// A question begins with the size of the answer.
const SIZE_BYTES: usize = 4;

/// A message of any size.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Blob {
    #[prost(bytes = "bytes", tag = "1")]
    payload: Bytes,
}

impl Blob {
    /// What it carries.
    pub(crate) fn into_payload(self) -> Bytes {
        self.payload
    }
}

/// Encoded sizes of a question and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) request: usize,
    pub(crate) answer: usize,
}

/// Length of the payload whose message has `encoded` bytes, or one fewer where its length prefix grows.
fn payload_of(encoded: usize) -> usize {
    let message = |payload: usize| 1 + prost::length_delimiter_len(payload) + payload;
    (0..encoded).rev().find(|payload| message(*payload) <= encoded).unwrap_or_default()
}

/// The service.
#[derive(Clone)]
struct Echoing(Bytes);

impl UnaryService<Blob> for Echoing {
    type Response = Blob;
    type Future = Ready<Result<Response<Blob>, Status>>;

    fn call(&mut self, request: Request<Blob>) -> Self::Future {
        let asked = request.get_ref().payload.first_chunk::<SIZE_BYTES>();
        let size = asked.map_or(0, |size| u32::from_be_bytes(*size) as usize).min(MOST_BYTES);
        ready(Ok(Response::new(Blob { payload: self.0.slice(..size) })))
    }
}

impl NamedService for Echoing {
    const NAME: &'static str = "bench.Echo";
}

impl Service<http::Request<Body>> for Echoing {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = self.clone();
        async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::default());
            Ok(grpc.unary(method, request).await)
        }
        .boxed()
    }
}

/// A running echo; it ends with the program.
pub(crate) struct Echo {
    address: String,
    _serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Echo {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let echoing = Echoing(Bytes::from(vec![0; MOST_BYTES]));
        let serving = tokio::spawn(Server::builder().add_service(echoing).serve_with_incoming(incoming));
        Ok(Self { address, _serving: serving })
    }

    /// Clients that send and get these sizes.
    pub(crate) fn connect(&self, sizes: &[Sizes]) -> anyhow::Result<EchoClient> {
        let connection = |_| Ok(Grpc::new(channel(&self.address, Timeouts::streaming())?));
        let connections = (0..CONNECTIONS).map(connection).collect::<anyhow::Result<_>>()?;
        Ok(EchoClient { connections, questions: sizes.iter().map(asking).collect() })
    }
}

fn asking(sizes: &Sizes) -> Blob {
    let answer = u32::try_from(payload_of(sizes.answer)).expect("answers are small");
    let mut payload = answer.to_be_bytes().to_vec();
    payload.resize(payload_of(sizes.request).max(SIZE_BYTES), 0);
    Blob { payload: payload.into() }
}

/// A connection with tonic's own client on it.
pub(crate) type Connection = Grpc<Channel>;

/// Their side of the load.
pub(crate) struct EchoClient {
    pub(crate) connections: Vec<Connection>,
    pub(crate) questions: Vec<Blob>,
}

/// Asks as generated clients do.
pub(crate) async fn ask(connection: &mut Connection, question: Blob) -> Result<Blob, Status> {
    connection.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let path = PathAndQuery::from_static(PATH);
    let answer = connection.unary(Request::new(question), path, ProstCodec::default()).await?;
    Ok(answer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_asked_size_but_where_its_prefix_grows() {
        for encoded in 3..1_000 {
            let blob = Blob { payload: vec![0; payload_of(encoded)].into() };
            // With a payload of 128 bytes the length takes a second byte: no message has 130 bytes.
            let expected = if encoded == 130 { 129 } else { encoded };
            assert_eq!(blob.encoded_len(), expected, "{encoded}");
        }
    }

    #[tokio::test]
    async fn the_echo_answers_with_as_much_as_it_is_asked_for() {
        let echo = Echo::start().await.unwrap();
        let client = echo.connect(&[Sizes { request: 28, answer: 400 }]).unwrap();
        assert_eq!(client.questions[0].encoded_len(), 28);
        let answer = ask(&mut client.connections[0].clone(), client.questions[0].clone()).await.unwrap();
        assert_eq!(answer.encoded_len(), 400);
    }
}
