//! A file as the body of a request, for an RPC that takes it in parts.

use axum::body::Body;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use tokio_stream::{Stream, StreamExt};
use tonic::{
    Status,
    codec::{Codec, EncodeBuf, Encoder},
};

use super::codec::Dynamic;

/// The messages of the RPC: what the file is, then its bytes as they come. `None` stands for a body that broke off.
pub(super) fn parts(
    first: DynamicMessage,
    field: FieldDescriptor,
    body: Body,
) -> impl Stream<Item = Option<DynamicMessage>> + Send + 'static {
    let parts = body.into_data_stream().map(move |bytes| {
        let mut part = DynamicMessage::new(field.parent_message().clone());
        part.set_field(&field, Value::Bytes(bytes.ok()?));
        Some(part)
    });
    tokio_stream::once(Some(first)).chain(parts)
}

/// Encodes parts. One that broke off fails the call: to end it would make half a file a whole one.
#[derive(Clone, Debug)]
pub(super) struct Parts(pub(super) Dynamic);

impl Codec for Parts {
    type Encode = Option<DynamicMessage>;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Dynamic;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Dynamic {
        self.0.clone()
    }
}

impl Encoder for Parts {
    type Item = Option<DynamicMessage>;
    type Error = Status;

    fn encode(&mut self, item: Option<DynamicMessage>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        let part = item.ok_or_else(|| Status::cancelled("the body broke off"))?;
        part.encode(buffer).map_err(|problem| Status::internal(problem.to_string()))
    }
}
