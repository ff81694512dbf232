//! `xinjian.collection.v1.Dossiers`: what collection knows of one enterprise, each part as its own RPC answers.

use std::sync::Arc;

use contract::collection::v1::dossiers_server::Dossiers;
use contract::collection::v1::objections_server::Objections;
use contract::collection::v1::records_server::Records;
use contract::collection::v1::remedies_server::Remedies;
use contract::collection::v1::tickets_server::Tickets;
use contract::collection::v1::{
    Dossier, GetDossierRequest, ListObjectionsRequest, ListRecordsRequest, ListRemediesRequest,
    ListTicketsRequest,
};
use rulebook::Rulebook;
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::{ObjectionsService, RecordsService, RemediesService, TicketsService};
use crate::error::Error;
use crate::store::{Lists, Store};

const RECORDS: &str = "/xinjian.collection.v1.Records/ListRecords";
const TICKETS: &str = "/xinjian.collection.v1.Tickets/ListTickets";
const OBJECTIONS: &str = "/xinjian.collection.v1.Objections/ListObjections";
const REMEDIES: &str = "/xinjian.collection.v1.Remedies/ListRemedies";

/// Serves dossiers.
#[derive(Clone, Debug)]
pub(crate) struct DossiersService {
    /// Who serves the parts.
    pub(crate) records: RecordsService,
    pub(crate) tickets: TicketsService,
    pub(crate) objections: ObjectionsService,
    pub(crate) remedies: RemediesService,
    /// Which of them have anything to say.
    pub(crate) store: Store,
    /// Who may read which part.
    pub(crate) book: Arc<Rulebook>,
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl Dossiers for DossiersService {
    async fn get_dossier(&self, request: Request<GetDossierRequest>) -> Result<Response<Dossier>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let sent = request.get_ref();
        let Some(Asked { uscc, page_size }) = Asked::read(&mut errors, &sent.name, sent.latest) else {
            return Err(Error::from(errors).into());
        };
        // What fails here each list says for itself.
        let lists = self.store.lists_of(&uscc).await.unwrap_or(Lists::UNKNOWN);
        let uscc = || uscc.to_string();
        let records = ListRecordsRequest { uscc: uscc(), page_size, ..ListRecordsRequest::default() };
        let tickets = ListTicketsRequest { uscc: uscc(), page_size, ..ListTicketsRequest::default() };
        let objections =
            ListObjectionsRequest { uscc: uscc(), page_size, ..ListObjectionsRequest::default() };
        let remedies = ListRemediesRequest { uscc: uscc(), page_size, ..ListRemediesRequest::default() };

        let asker = Asker { caller: &caller, book: &self.book, today: self.clock.today() };
        let (records, tickets, objections, remedies) = tokio::join!(
            asker.ask_if(lists.records, RECORDS, records, |request| self.records.list_records(request)),
            asker.ask_if(lists.tickets, TICKETS, tickets, |request| self.tickets.list_tickets(request)),
            asker.ask_if(lists.objections, OBJECTIONS, objections, |request| {
                self.objections.list_objections(request)
            }),
            asker.ask_if(lists.remedies, REMEDIES, remedies, |request| self.remedies.list_remedies(request)),
        );
        let mut missing = Vec::new();
        let records = part("records", records, &mut missing).unwrap_or_default();
        let tickets = part("tickets", tickets, &mut missing).unwrap_or_default();
        let objections = part("objections", objections, &mut missing).unwrap_or_default();
        let remedies = part("remedies", remedies, &mut missing).unwrap_or_default();
        Ok(Response::new(Dossier {
            more_records: !records.next_page_token.is_empty(),
            records: records.records,
            more_tickets: !tickets.next_page_token.is_empty(),
            tickets: tickets.tickets,
            more_objections: !objections.next_page_token.is_empty(),
            objections: objections.objections,
            more_remedies: !remedies.next_page_token.is_empty(),
            remedies: remedies.remedies,
            missing,
        }))
    }
}
