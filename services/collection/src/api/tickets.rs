//! `xinjian.collection.v1.Tickets`.

use std::sync::Arc;

use contract::collection::v1::tickets_server::Tickets;
use contract::collection::v1::{
    ImportTicketsRequest, ImportTicketsResponse, ListTicketsRequest, ListTicketsResponse,
};
use db::page_size;
use domain::Uscc;
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status, Streaming};

use super::import::{self, Answers};
use super::{PAGE, state_filter};
use crate::convert::{Batch, Judge, read_ticket};
use crate::domain::NewTicket;
use crate::error::Error;
use crate::machines::record::State;
use crate::store::{Act, Store, TicketFilter};

const IMPORT: &str = "/xinjian.collection.v1.Tickets/ImportTickets";

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
        let (book, clock) = (self.book.clone(), self.clock);
        let check = move |message| Ok(read_batch(message, &book, clock).map_err(Error::from)?);
        let (store, clock) = (self.store.clone(), self.clock);
        let take = move |batch: Batch<NewTicket>| {
            let (store, caller) = (store.clone(), caller.clone());
            async move {
                let key = Key { caller: caller.subject(), method: IMPORT, request_id: &batch.request_id };
                let act = Act::of(&caller, &key, "", clock.now(), store.book());
                Ok(store.import_tickets(&act, &key, &batch).await?)
            }
        };
        Ok(Response::new(import::run(request.into_inner(), check, take)))
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

fn read_batch(
    message: ImportTicketsRequest,
    book: &Rulebook,
    clock: Clock,
) -> Result<Batch<NewTicket>, FieldErrors> {
    let judge = Judge { book, today: clock.today() };
    Batch::read(
        message,
        |message| &message.request_id,
        |message| ("tickets", std::mem::take(&mut message.tickets)),
        |row| read_ticket(&judge, row),
    )
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
