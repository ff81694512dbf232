//! Deliveries as the contract writes them, and requests as this crate reads them.

use contract::exchange::v1 as pb;
use domain::{MicrosUtc, RequestId};
use service::FieldErrors;
use uuid::Uuid;

use crate::store::{Backlog, Filter, MAX_RESEND, Position};
use crate::{Delivery, DeliveryState};

/// Collection of the resource names.
const COLLECTION: &str = "deliveries/";
/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// The resource name of a delivery.
pub(super) fn name(delivery_id: Uuid) -> String {
    format!("{COLLECTION}{delivery_id}")
}

/// Reads the name of a delivery.
pub(super) fn parse_name(errors: &mut FieldErrors, path: impl Into<String>, text: &str) -> Option<Uuid> {
    let id = text.strip_prefix(COLLECTION).and_then(|id| id.parse::<Uuid>().ok());
    if id.is_none() {
        errors.push(path, "is not `deliveries/` and a UUID");
    }
    id
}

/// A request to send again.
pub(super) struct Wish {
    pub(super) delivery_ids: Vec<Uuid>,
    pub(super) reason: String,
    pub(super) request_id: RequestId,
}

/// Reads a request to send again.
pub(super) fn parse_wish(request: &pb::ResendDeliveriesRequest) -> Result<Wish, FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = errors.check("request_id", RequestId::parse(&request.request_id));
    let reason = request.reason.trim();
    match reason.chars().count() {
        0 => errors.push("reason", "must be given"),
        1..=LONGEST_REASON => {}
        _ => errors.push("reason", format!("has more than {LONGEST_REASON} characters")),
    }
    if request.names.is_empty() || request.names.len() > MAX_RESEND {
        errors.push("names", format!("must be 1 to {MAX_RESEND}, not {}", request.names.len()));
    }
    let mut delivery_ids = Vec::with_capacity(request.names.len().min(MAX_RESEND));
    for (index, text) in request.names.iter().take(MAX_RESEND).enumerate() {
        let path = format!("names[{index}]");
        match parse_name(&mut errors, path.as_str(), text) {
            Some(id) if delivery_ids.contains(&id) => errors.push(path, "stands twice"),
            Some(id) => delivery_ids.push(id),
            None => {}
        }
    }
    match request_id {
        Some(request_id) if errors.is_empty() => {
            Ok(Wish { delivery_ids, reason: reason.to_owned(), request_id })
        }
        _ => Err(errors),
    }
}

/// Reads what to list. A receiver or subject that nothing is about lists nothing.
pub(super) fn parse_filter(errors: &mut FieldErrors, request: &pb::ListDeliveriesRequest) -> Option<Filter> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let state = match request.state.as_str() {
        "" => None,
        word => {
            let unknown = |()| "is not `Pending`, `Sent`, `Acknowledged` or `Dead`";
            Some(errors.check("state", word.parse::<DeliveryState>().map_err(unknown))?)
        }
    };
    Some(Filter { receiver: given(&request.receiver), subject: given(&request.subject), state })
}

/// A place in a list, for a page token: none of its parts holds a blank.
pub(super) fn position_to_key(position: &Position) -> String {
    format!("{} {} {}", position.receiver, position.subject, position.revision)
}

/// The place that [`position_to_key`] wrote.
pub(super) fn position_of_key(key: &str) -> Option<Position> {
    let mut parts = key.split(' ');
    let (receiver, subject, revision) = (parts.next()?, parts.next()?, parts.next()?);
    let revision = revision.parse().ok()?;
    Some(Position { receiver: receiver.to_owned(), subject: subject.to_owned(), revision })
}

/// A delivery; its content only when it was read with it.
pub(super) fn delivery_to_pb(delivery: Delivery) -> pb::Delivery {
    let waits = matches!(delivery.state, DeliveryState::Pending | DeliveryState::Sent);
    pb::Delivery {
        name: name(delivery.delivery_id),
        state: delivery.state.as_str().to_owned(),
        receiver: delivery.receiver,
        subject: delivery.subject,
        revision: delivery.revision,
        kind: delivery.kind,
        attempts: delivery.attempts,
        enqueue_time: Some(timestamp(delivery.enqueued)),
        settle_time: delivery.settled.map(timestamp),
        next_attempt_time: waits.then(|| timestamp(delivery.next_attempt)),
        receipt: delivery.receipt.unwrap_or_default(),
        last_error: delivery.last_error.unwrap_or_default(),
        content: delivery.content,
    }
}

/// What one receiver has not acknowledged.
pub(super) fn backlog_to_pb(backlog: Backlog) -> pb::Backlog {
    let Backlog { receiver, waiting, dead, oldest } = backlog;
    pb::Backlog { receiver, waiting, dead, oldest_enqueue_time: Some(timestamp(oldest)) }
}

fn timestamp(instant: MicrosUtc) -> prost_types::Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(names: &[&str], reason: &str) -> Result<Wish, FieldErrors> {
        parse_wish(&pb::ResendDeliveriesRequest {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            reason: reason.to_owned(),
            request_id: Uuid::from_u128(1).to_string(),
        })
    }

    #[test]
    fn a_wish_names_each_delivery_once_and_says_why() {
        let one = name(Uuid::from_u128(7));
        assert_eq!(wish(&[&one], " 断网 ").unwrap().reason, "断网");
        let refused = wish(&[&one, "deliveries/7", &one], " ").err().unwrap();
        let paths: Vec<_> = refused.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["reason", "names[1]", "names[2]"]);
        assert_eq!(wish(&[], "x").err().unwrap().iter().next().unwrap().path, "names");
    }

    #[test]
    fn a_place_reads_back_from_its_key() {
        let position = Position {
            receiver: "publicity".into(),
            subject: "enterprises/X/marks/FOOD".into(),
            revision: 12,
        };
        assert_eq!(position_of_key(&position_to_key(&position)), Some(position));
        assert_eq!(position_of_key("publicity x"), None);
    }
}
