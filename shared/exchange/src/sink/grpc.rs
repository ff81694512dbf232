//! Other systems, by gRPC.

use contract::exchange::v1::{DeliverRequest, DeliverResponse, receiver_client::ReceiverClient};
use service::peer::Peer;

use super::SinkError;
use crate::Delivery;

/// A system that serves `exchange.v1.Receiver`.
#[derive(Clone, Debug)]
pub struct GrpcSink {
    client: Box<ReceiverClient<Peer>>,
}

impl GrpcSink {
    /// The receiver that `peer` reaches. Its token is one that the receiver has given us, never our own services': what it is
    /// shown, it could use.
    pub fn new(peer: Peer) -> Self {
        Self { client: Box::new(ReceiverClient::new(peer)) }
    }

    pub(super) async fn deliver(&self, delivery: &Delivery) -> Result<String, SinkError> {
        let request = DeliverRequest {
            delivery_id: delivery.delivery_id.to_string(),
            subject: delivery.subject.clone(),
            revision: delivery.revision,
            kind: delivery.kind.clone(),
            content: delivery.content.clone(),
        };
        let answer = self.client.clone().deliver(request).await;
        let taken = answer.map_err(|status| SinkError::Refused {
            code: status.code(),
            message: status.message().to_owned(),
        })?;
        acknowledged(delivery, taken.into_inner())
    }
}

/// The receipt of an answer that is about this delivery and its content. A receiver that mixes up its answers, or took
/// something else, has not taken the delivery.
fn acknowledged(delivery: &Delivery, answer: DeliverResponse) -> Result<String, SinkError> {
    let problem = if answer.delivery_id != delivery.delivery_id.to_string() {
        "names another delivery"
    } else if answer.content_digest != crypto::sm3::digest(&delivery.content).to_hex() {
        "names other content"
    } else if answer.receipt.trim().is_empty() {
        "has no receipt"
    } else {
        return Ok(answer.receipt);
    };
    Err(SinkError::Unfounded(problem))
}

#[cfg(test)]
mod tests {
    use domain::MicrosUtc;
    use uuid::Uuid;

    use super::*;
    use crate::DeliveryState;

    fn delivery() -> Delivery {
        Delivery {
            delivery_id: Uuid::from_u128(1),
            receiver: "publicity".into(),
            subject: "marks/a".into(),
            revision: 1,
            kind: "mark.published".into(),
            content: b"abc".to_vec(),
            state: DeliveryState::Sent,
            attempts: 1,
            next_attempt: MicrosUtc(0),
            enqueued: MicrosUtc(0),
            settled: None,
            receipt: None,
            last_error: None,
        }
    }

    fn answer() -> DeliverResponse {
        DeliverResponse {
            receipt: "R-1".into(),
            delivery_id: Uuid::from_u128(1).to_string(),
            content_digest: "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0".into(),
        }
    }

    #[test]
    fn only_an_answer_about_this_delivery_and_its_content_acknowledges_it() {
        assert_eq!(acknowledged(&delivery(), answer()).unwrap(), "R-1");
        let others = [
            DeliverResponse { delivery_id: Uuid::from_u128(2).to_string(), ..answer() },
            DeliverResponse { content_digest: String::new(), ..answer() },
            DeliverResponse { receipt: " ".into(), ..answer() },
        ];
        for other in others {
            assert!(matches!(acknowledged(&delivery(), other), Err(SinkError::Unfounded(_))));
        }
    }
}
