//! Remedies against listings, and against refusals.

use std::sync::Arc;

use contract::punishment::v1::entry_remedies_server::EntryRemedies;
use contract::punishment::v1::{
    EntryRemedy, GetEntryRemedyRequest, ListEntryRemediesRequest, ListEntryRemediesResponse,
    RecordEntryRemedyOutcomeRequest, RegisterEntryRemedyRequest, ResumeEntryRequest, SuspendEntryRequest,
};
use domain::{DivisionCode, FieldCode, Uscc};
use prost::Message;
use service::auth::{Caller, Denied};
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::{self, SentOrder};
use crate::domain::remedy::{Against, RemedyName};
use crate::error::Error;
use crate::index::PartyIndex;
use crate::machines::remedy::Event;
use crate::store::{Act, DEFAULT_PAGE, MAX_PAGE, RemedyFilter, Store};

/// The service `EntryRemedies`.
#[derive(Clone, Debug)]
pub struct EntryRemediesApi {
    store: Store,
    index: Arc<PartyIndex>,
    clock: Clock,
}

impl EntryRemediesApi {
    /// Works on `store` and keeps `index` up to date with what it enters.
    pub fn new(store: Store, index: Arc<PartyIndex>, clock: Clock) -> Self {
        Self { store, index, clock }
    }

    /// Enters an order of either kind.
    async fn order(
        &self,
        caller: &Caller,
        (method, body): (&'static str, &impl Message),
        event: Event,
        sent: &SentOrder<'_>,
    ) -> Result<Response<EntryRemedy>, Status> {
        let (request_id, name, order) = convert::order(sent)?;
        let remedy = self.store.remedy(&name).await?;
        may_act(caller, remedy.field.as_ref(), &remedy.division).map_err(Error::from)?;
        let basis = order.document_no.to_string();
        let key = Key { caller: caller.subject(), method, request_id: &request_id };
        let act = Act { actor: caller.actor().citing(&basis), key, now: self.clock.now() };
        let answer = self.store.order_remedy(&act, body, &name, (event, &order)).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }
}

/// Whether the caller may act on a matter: cases and some applications have a field, entries of the directory have none.
fn may_act(caller: &Caller, field: Option<&FieldCode>, division: &DivisionCode) -> Result<(), Denied> {
    match field {
        Some(field) => caller.may_act_on(field, division),
        None => caller.may_act_in_division(division),
    }
}

#[tonic::async_trait]
impl EntryRemedies for EntryRemediesApi {
    #[tracing::instrument(skip_all)]
    async fn register_entry_remedy(
        &self,
        request: Request<RegisterEntryRemedyRequest>,
    ) -> Result<Response<EntryRemedy>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.EntryRemedies/RegisterEntryRemedy";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, new) = convert::new_remedy(&body, self.store.book(), self.clock.today())?;
        let (field, division) = self.store.contested(&new.against).await?;
        may_act(&caller, field.as_ref(), &division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.register_remedy(&act, &body, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn suspend_entry(
        &self,
        request: Request<SuspendEntryRequest>,
    ) -> Result<Response<EntryRemedy>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.EntryRemedies/SuspendEntry";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let sent = convert::sent_order!(body);
        self.order(&caller, (METHOD, &body), Event::Suspend, &sent).await
    }

    #[tracing::instrument(skip_all)]
    async fn resume_entry(
        &self,
        request: Request<ResumeEntryRequest>,
    ) -> Result<Response<EntryRemedy>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.EntryRemedies/ResumeEntry";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let sent = convert::sent_order!(body);
        self.order(&caller, (METHOD, &body), Event::Resume, &sent).await
    }

    #[tracing::instrument(skip_all)]
    async fn record_entry_remedy_outcome(
        &self,
        request: Request<RecordEntryRemedyOutcomeRequest>,
    ) -> Result<Response<EntryRemedy>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.EntryRemedies/RecordEntryRemedyOutcome";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, outcome) = convert::outcome(&body, self.store.book(), self.clock.today())?;
        let remedy = self.store.remedy(&name).await?;
        may_act(&caller, remedy.field.as_ref(), &remedy.division).map_err(Error::from)?;
        let basis = outcome.document_no.to_string();
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor().citing(&basis), key, now: self.clock.now() };
        let answer = self.store.end_remedy(&act, &body, &name, &outcome).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn get_entry_remedy(
        &self,
        request: Request<GetEntryRemedyRequest>,
    ) -> Result<Response<EntryRemedy>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let name = RemedyName::parse(&request.into_inner().name)
            .map_err(|problem| Error::from(FieldErrors::one("name", problem)))?;
        let remedy = self.store.remedy(&name).await?;
        may_act(&caller, remedy.field.as_ref(), &remedy.division).map_err(Error::from)?;
        Ok(Response::new(convert::entry_remedy(&remedy)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_entry_remedies(
        &self,
        request: Request<ListEntryRemediesRequest>,
    ) -> Result<Response<ListEntryRemediesResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let filter = RemedyFilter {
            entry: fields.check_optional("entry", &request.entry, |name| Against::parse(name, false)),
            state: fields.check_optional("state", &request.state, str::parse),
            uscc: fields.check_optional("uscc", &request.uscc, Uscc::parse),
        };
        let size = fields.check("page_size", db::page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE));
        fields.into_result().map_err(Error::from)?;
        let size = size.unwrap_or_default();
        let page = self.store.remedies(&filter, &caller.scope(), size, &request.page_token).await?;
        let (remedies, next_page_token) = page.shown(convert::entry_remedy);
        Ok(Response::new(ListEntryRemediesResponse { remedies, next_page_token }))
    }
}
