//! Other systems, by gRPC.

use contract::exchange::v1::{DeliverRequest, receiver_client::ReceiverClient};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};

use super::SinkError;
use crate::Delivery;

/// A system that serves `exchange.v1.Receiver`.
#[derive(Clone, Debug)]
pub struct GrpcSink {
    client: ReceiverClient<Channel>,
    authorization: Option<MetadataValue<Ascii>>,
}

impl GrpcSink {
    /// The receiver at the other end of `channel`.
    pub fn new(channel: Channel) -> Self {
        Self { client: ReceiverClient::new(channel), authorization: None }
    }

    /// Sends `authorization` (`Bearer …`) with every delivery; it is kept out of logs.
    pub fn with_authorization(mut self, mut authorization: MetadataValue<Ascii>) -> Self {
        authorization.set_sensitive(true);
        self.authorization = Some(authorization);
        self
    }

    pub(super) async fn deliver(&self, delivery: &Delivery) -> Result<String, SinkError> {
        let mut request = Request::new(DeliverRequest {
            delivery_id: delivery.delivery_id.to_string(),
            subject: delivery.subject.clone(),
            revision: delivery.revision,
            kind: delivery.kind.clone(),
            content: delivery.content.clone(),
        });
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        let answer = self.client.clone().deliver(request).await;
        answer.map(|taken| taken.into_inner().receipt).map_err(|status| SinkError::Refused {
            code: status.code(),
            message: status.message().to_owned(),
        })
    }
}
