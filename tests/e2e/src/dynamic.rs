//! Calls of any RPC of the contract by its path, with messages known only by their descriptors: a test over the descriptor needs
//! no generated client.

use std::collections::BTreeMap;
use std::sync::Mutex;

use contract::client::{Timeouts, channel};
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::Value;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};

/// One connection to each server that is asked: whoever tries every RPC asks thousands of times.
#[derive(Debug, Default)]
pub struct Lines(Mutex<BTreeMap<String, Channel>>);

impl Lines {
    /// The same as [`call`], over the connection that there is.
    ///
    /// # Errors
    /// Those of [`call`].
    pub async fn call(
        &self,
        address: &str,
        method: &MethodDescriptor,
        body: Value,
        token: Option<&str>,
    ) -> Result<Value, Status> {
        call_over(self.line_to(address), method, body, token).await
    }

    fn line_to(&self, address: &str) -> Channel {
        let mut lines = self.0.lock().expect("no call fails while it holds the lines");
        lines.entry(address.to_owned()).or_insert_with(|| new_line_to(address)).clone()
    }
}

fn new_line_to(address: &str) -> Channel {
    channel(address, Timeouts::default()).expect("a running service has an address")
}

/// Sends one message to the RPC at `address` and returns its first answer. Streams are served alike: the first of their answers
/// says whether the caller may.
///
/// # Errors
/// What the service says; also when the stream ends without an answer.
pub async fn call(
    address: &str,
    method: &MethodDescriptor,
    body: Value,
    token: Option<&str>,
) -> Result<Value, Status> {
    call_over(new_line_to(address), method, body, token).await
}

async fn call_over(
    line: Channel,
    method: &MethodDescriptor,
    body: Value,
    token: Option<&str>,
) -> Result<Value, Status> {
    let message = DynamicMessage::deserialize(method.input(), body).unwrap_or_else(|problem| {
        panic!("{}: the request has not the shape of its message: {problem}", method.full_name())
    });
    let mut client = tonic::client::Grpc::new(line);
    client.ready().await.map_err(|problem| Status::unavailable(problem.to_string()))?;
    // The stream of requests stays open while the first answer is awaited, as that of a feed's reader does.
    let mut request = Request::new(tokio_stream::once(message));
    if let Some(token) = token {
        let header = format!("Bearer {token}").parse().expect("a token fits into a header");
        request.metadata_mut().insert("authorization", header);
    }
    let path = contract::access::path_of(method).parse().expect("the path of an RPC is a path");
    let answers = client.streaming(request, path, Dynamic(method.output())).await?;
    let first = answers.into_inner().message().await?;
    let first = first.ok_or_else(|| Status::unknown("the stream ended without an answer"))?;
    Ok(serde_json::to_value(&first).expect("a message of the contract has a JSON form"))
}

/// Encodes any message, decodes messages of one descriptor.
struct Dynamic(MessageDescriptor);

impl Codec for Dynamic {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Dynamic;
    type Decoder = Dynamic;

    fn encoder(&mut self) -> Dynamic {
        Dynamic(self.0.clone())
    }

    fn decoder(&mut self) -> Dynamic {
        Dynamic(self.0.clone())
    }
}

impl Encoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|problem| Status::internal(problem.to_string()))
    }
}

impl Decoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), buffer);
        message.map(Some).map_err(|problem| Status::internal(problem.to_string()))
    }
}
