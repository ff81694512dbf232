//! `xinjian.exchange.v1.Deliveries`: who operates a service sees what it has told others, and sends again what they lack.

mod convert;
mod error;

use std::sync::Arc;

use contract::exchange::v1 as pb;
use contract::exchange::v1::deliveries_server::{Deliveries, DeliveriesServer};
use db::{Db, Fingerprint, InvalidPageToken, PageToken, page_size};
use domain::{MicrosUtc, shanghai_date};
use outbox::{EventContext, NewEvent, Outbox};
use prost::Message;
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::{self, Claim, Key};
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use crate::store::{self, Position, Resent};
use convert::{Wish, backlog_to_pb, delivery_to_pb};
use error::Error;

/// Default and bound of a page, as the contract says.
const PAGE: (u32, u32) = (50, 500);
/// Path of the RPC that changes something.
const RESEND: &str = "/xinjian.exchange.v1.Deliveries/ResendDeliveries";
/// Kind of the event of a delivery that is on its way again.
const RESENT: &str = "exchange.delivery.resent";

/// Serves `Deliveries` from the deliveries of one service's database.
#[derive(Clone, Debug)]
pub struct DeliveryService {
    db: Db,
    outbox: Outbox,
    book: Arc<Rulebook>,
    clock: Clock,
}

impl DeliveryService {
    /// Serves the deliveries in `db`; what is sent again is told by `outbox`.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { db, outbox, book, clock }
    }

    /// As a service to add to a [`service::Server`].
    pub fn into_service(self) -> DeliveriesServer<Self> {
        DeliveriesServer::new(self)
    }

    async fn list(
        &self,
        caller: &Caller,
        request: &pb::ListDeliveriesRequest,
    ) -> Result<pb::ListDeliveriesResponse, Error> {
        let mut errors = FieldErrors::default();
        let parts = [caller.subject(), &request.receiver, &request.subject, &request.state];
        let fingerprint = Fingerprint::of(&parts);
        let size = errors.check("page_size", page_size(request.page_size, PAGE.0, PAGE.1));
        let after = errors.check("page_token", position(&request.page_token, fingerprint));
        let filter = convert::parse_filter(&mut errors, request);
        let (Some(size), Some(after), Some(filter)) = (size, after, filter) else {
            return Err(errors.into());
        };
        let mut rows = store::list(&self.db, &filter, after.as_ref(), size + 1).await?;
        let next_page_token = PageToken::next(&mut rows, size, fingerprint, |last| {
            convert::position_to_key(&Position::from(last))
        });
        let deliveries = rows.into_iter().map(delivery_to_pb).collect();
        Ok(pb::ListDeliveriesResponse { deliveries, next_page_token })
    }

    async fn find(&self, request: &pb::GetDeliveryRequest) -> Result<pb::Delivery, Error> {
        let mut errors = FieldErrors::default();
        let Some(id) = convert::parse_name(&mut errors, "name", &request.name) else {
            return Err(errors.into());
        };
        let found = store::find(&self.db, id).await?;
        found.map(delivery_to_pb).ok_or(Error::NotFound(id))
    }

    /// Puts deliveries on their way again and tells so, in one transaction.
    async fn resend(
        &self,
        caller: &Caller,
        request: &pb::ResendDeliveriesRequest,
    ) -> Result<pb::ResendDeliveriesResponse, Error> {
        let wish = convert::parse_wish(request)?;
        let key = Key { caller: caller.subject(), method: RESEND, request_id: &wish.request_id };
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &key, request, now).await? {
            return Ok(answer);
        }
        let resent = store::resend(&mut tx, &wish.delivery_ids, now).await?;
        let context = self.context(caller, &wish, now);
        let events: Vec<_> = resent.iter().map(|one| event(one, &wish, &context, now)).collect();
        self.outbox.append_all(&mut tx, &events).await?;
        let deliveries = resent.into_iter().map(|one| delivery_to_pb(one.delivery)).collect();
        let answer = pb::ResendDeliveriesResponse { deliveries };
        idempotency::store_answer(&mut tx, &key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    fn context(&self, caller: &Caller, wish: &Wish, now: MicrosUtc) -> EventContext {
        EventContext {
            actor: caller.subject().to_owned(),
            office: caller.office().to_string(),
            request_id: wish.request_id.to_string(),
            legal_basis: String::new(),
            rulebook_hash: self.book.hash().to_owned(),
            trace_context: service::telemetry::trace_context(),
            recorded_at_us: now.micros(),
        }
    }
}

fn position(token: &str, fingerprint: Fingerprint) -> Result<Option<Position>, InvalidPageToken> {
    match PageToken::decode(token, fingerprint)? {
        None => Ok(None),
        Some(key) => convert::position_of_key(&key).ok_or(InvalidPageToken).map(Some),
    }
}

fn event<'a>(resent: &Resent, wish: &Wish, context: &'a EventContext, now: MicrosUtc) -> NewEvent<'a> {
    let Resent { delivery, previous } = resent;
    let payload = pb::DeliveryResentEvent {
        name: convert::name(delivery.delivery_id),
        receiver: delivery.receiver.clone(),
        revision: delivery.revision,
        previous_state: previous.as_str().to_owned(),
        reason: wish.reason.clone(),
    };
    NewEvent {
        kind: RESENT,
        subject: delivery.subject.clone(),
        effective_on: shanghai_date(now),
        context,
        payload: payload.encode_to_vec(),
    }
}

#[tonic::async_trait]
impl Deliveries for DeliveryService {
    #[tracing::instrument(skip_all)]
    async fn list_deliveries(
        &self,
        request: Request<pb::ListDeliveriesRequest>,
    ) -> Result<Response<pb::ListDeliveriesResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.list(&caller, request.get_ref()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_delivery(
        &self,
        request: Request<pb::GetDeliveryRequest>,
    ) -> Result<Response<pb::Delivery>, Status> {
        Ok(Response::new(self.find(request.get_ref()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn count_deliveries(
        &self,
        _: Request<pb::CountDeliveriesRequest>,
    ) -> Result<Response<pb::CountDeliveriesResponse>, Status> {
        let backlogs = store::backlogs(&self.db).await.map_err(Error::from)?;
        let backlogs = backlogs.into_iter().map(backlog_to_pb).collect();
        Ok(Response::new(pb::CountDeliveriesResponse { backlogs }))
    }

    #[tracing::instrument(skip_all)]
    async fn resend_deliveries(
        &self,
        request: Request<pb::ResendDeliveriesRequest>,
    ) -> Result<Response<pb::ResendDeliveriesResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.resend(&caller, request.get_ref()).await?))
    }
}
