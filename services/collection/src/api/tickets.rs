//! `xinjian.collection.v1.Tickets`.

use std::sync::Arc;

use contract::collection::v1::tickets_server::Tickets;
use contract::collection::v1::{
    DecideCheckExtensionRequest, EraseTicketCallerRequest, GetTicketCallerRequest, GetTicketRequest,
    GetTicketTextRequest, ImportTicketsRequest, ImportTicketsResponse, ListTicketsRequest,
    ListTicketsResponse, RequestCheckExtensionRequest, Ticket, TicketCaller, TicketText, UpdateTicketRequest,
};
use db::page_size;
use domain::Uscc;
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming};

use super::import::{self, Answers, Waiting};
use super::{PAGE, state_filter};
use crate::convert::{
    Batch, Judge, read_caller_erasure, read_extension_decision, read_extension_request, read_progress,
    read_tickets, remark, request_id,
};
use crate::domain::{NaturalId, NewTicket};
use crate::error::Error;
use crate::machines::record::State;
use crate::store::{Act, Handled, Store, TicketFilter};

const IMPORT: &str = "/xinjian.collection.v1.Tickets/ImportTickets";
const UPDATE: &str = "/xinjian.collection.v1.Tickets/UpdateTicket";
const REQUEST_EXTENSION: &str = "/xinjian.collection.v1.Tickets/RequestCheckExtension";
const ERASE_CALLER: &str = "/xinjian.collection.v1.Tickets/EraseTicketCaller";
const DECIDE_EXTENSION: &str = "/xinjian.collection.v1.Tickets/DecideCheckExtension";

/// Serves tickets.
#[derive(Clone, Debug)]
pub(crate) struct TicketsService {
    store: Store,
    book: Arc<Rulebook>,
    clock: Clock,
}

impl TicketsService {
    /// Serves the tickets of `store`, judged by `book`.
    pub(crate) fn new(store: Store, book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { store, book, clock }
    }
}

#[tonic::async_trait]
impl Tickets for TicketsService {
    type ImportTicketsStream = Answers<ImportTicketsResponse>;

    #[tracing::instrument(skip_all)]
    async fn import_tickets(
        &self,
        request: Request<Streaming<ImportTicketsRequest>>,
    ) -> Result<Response<Self::ImportTicketsStream>, Status> {
        let caller = Caller::of(&request)?;
        let (book, clock, seals) = (self.book.clone(), self.clock, self.store.seals_callers());
        let check = move |message| {
            let judge = Judge { book: &book, today: clock.today() };
            Ok(read_tickets(&judge, message, seals).map_err(Error::from)?)
        };
        let (store, clock) = (self.store.clone(), self.clock);
        let ready = |batch: Batch<NewTicket>| std::future::ready(Ok(batch));
        // Each message is a transaction of its own, so that none waits for the next before it is answered.
        let take = move |mut waiting: Waiting<Batch<NewTicket>>| {
            let (store, caller) = (store.clone(), caller.clone());
            async move {
                let Some(batch) = waiting.next().await else { return (Vec::new(), waiting) };
                let key = Key { caller: caller.subject(), method: IMPORT, request_id: &batch.request_id };
                let act = Act::of(&caller, &key, "", clock.now(), store.book());
                let answer = store.import_tickets(&act, &key, &batch).await.map_err(Status::from);
                (vec![answer], waiting)
            }
        };
        Ok(Response::new(import::run(request.into_inner(), check, ready, take)))
    }

    #[tracing::instrument(skip_all)]
    async fn get_ticket(&self, request: Request<GetTicketRequest>) -> Result<Response<Ticket>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.get_ref().name, "tickets"));
        let id = id.ok_or(Error::from(errors))?;
        Ok(Response::new(self.store.ticket(&id, &caller, self.clock.today()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn update_ticket(&self, request: Request<UpdateTicketRequest>) -> Result<Response<Ticket>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "tickets"));
        let judge = Judge { book: &self.book, today: self.clock.today() };
        let read = read_progress(&judge, &mut errors, request.progress.as_ref());
        let (Some(request_id), Some(id), Some((progress, days)), true) =
            (request_id, id, read, errors.is_empty())
        else {
            return Err(Error::from(errors).into());
        };
        let handled = Handled { id, progress, days, revision: request.revision };
        let key = Key { caller: caller.subject(), method: UPDATE, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        Ok(Response::new(self.store.update_ticket(&act, &key, &caller, &request, &handled).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn request_check_extension(
        &self,
        request: Request<RequestCheckExtensionRequest>,
    ) -> Result<Response<Ticket>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, asked) = read_extension_request(&request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: REQUEST_EXTENSION, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        Ok(Response::new(self.store.request_check_extension(&act, &key, &caller, &request, &asked).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn decide_check_extension(
        &self,
        request: Request<DecideCheckExtensionRequest>,
    ) -> Result<Response<Ticket>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, decided) = read_extension_decision(&request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: DECIDE_EXTENSION, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        Ok(Response::new(self.store.decide_check_extension(&act, &key, &caller, &request, &decided).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_ticket_caller(
        &self,
        request: Request<GetTicketCallerRequest>,
    ) -> Result<Response<TicketCaller>, Status> {
        let caller = Caller::of(&request)?;
        let GetTicketCallerRequest { name, purpose } = request.into_inner();
        let (id, purpose) = read_opening(&name, purpose).map_err(Error::from)?;
        Ok(Response::new(self.store.ticket_caller(&id, &purpose, &caller, self.clock.now()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_ticket_text(
        &self,
        request: Request<GetTicketTextRequest>,
    ) -> Result<Response<TicketText>, Status> {
        let caller = Caller::of(&request)?;
        let GetTicketTextRequest { name, purpose } = request.into_inner();
        let (id, purpose) = read_opening(&name, purpose).map_err(Error::from)?;
        Ok(Response::new(self.store.ticket_text(&id, &purpose, &caller, self.clock.now()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn erase_ticket_caller(
        &self,
        request: Request<EraseTicketCallerRequest>,
    ) -> Result<Response<Ticket>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, erasure) = read_caller_erasure(&request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: ERASE_CALLER, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        Ok(Response::new(self.store.erase_ticket_caller(&act, &key, &caller, &request, &erasure).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_tickets(
        &self,
        request: Request<ListTicketsRequest>,
    ) -> Result<Response<ListTicketsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let filter = read_filter(request.get_ref()).map_err(Error::from)?;
        let page = self.store.list_tickets(&filter, &caller.scope()).await?;
        Ok(Response::new(page))
    }
}

/// Of which ticket a seal is to be opened, and why.
fn read_opening(name: &str, purpose: String) -> Result<(NaturalId, String), FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = errors.check("name", NaturalId::from_name(name, "tickets"));
    let purpose = remark(&mut errors, "purpose", purpose);
    match id {
        Some(id) if errors.is_empty() => Ok((id, purpose)),
        _ => Err(errors),
    }
}

fn read_filter(sent: &ListTicketsRequest) -> Result<TicketFilter, FieldErrors> {
    let mut errors = FieldErrors::default();
    let uscc = errors.check_optional("uscc", &sent.uscc, Uscc::parse);
    let state = state_filter(&mut errors, &sent.state, &[State::Attached, State::Unmatched]);
    let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
    match (state, size) {
        (Some(state), Some(size)) if errors.is_empty() => {
            Ok(TicketFilter { uscc, state, size, token: sent.page_token.clone() })
        }
        _ => Err(errors),
    }
}
