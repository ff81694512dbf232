//! The receiver's gRPC side. It is written by hand, because a generated server cannot answer twice: on the wire a unary call
//! and one with a stream of answers differ only in how many there are.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use contract::exchange::v1::{DeliverRequest, DeliverResponse};
use tokio_stream::Iter;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::Inbox;

/// Path of the one RPC.
const DELIVER: &str = "/xinjian.exchange.v1.Receiver/Deliver";

/// Serves `Receiver` from an inbox.
#[derive(Clone, Debug)]
pub(crate) struct Door(pub(crate) Arc<Inbox>);

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Answers = Iter<std::vec::IntoIter<Result<DeliverResponse, Status>>>;

impl NamedService for Door {
    const NAME: &'static str = "xinjian.exchange.v1.Receiver";
}

impl<B> tower::Service<http::Request<B>> for Door
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Boxed<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let deliver = Deliver(self.0.clone());
        Box::pin(async move {
            if request.uri().path() != DELIVER {
                return Ok(
                    Status::unimplemented("the receiver takes deliveries, and nothing else").into_http()
                );
            }
            let codec = ProstCodec::<DeliverResponse, DeliverRequest>::default();
            Ok(Grpc::new(codec).server_streaming(deliver, request).await)
        })
    }
}

struct Deliver(Arc<Inbox>);

impl ServerStreamingService<DeliverRequest> for Deliver {
    type Response = DeliverResponse;
    type ResponseStream = Answers;
    type Future = Boxed<Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<DeliverRequest>) -> Self::Future {
        let inbox = self.0.clone();
        Box::pin(async move {
            let answers: Vec<_> = inbox.call(request.into_inner()).await?.into_iter().map(Ok).collect();
            Ok(Response::new(tokio_stream::iter(answers)))
        })
    }
}
