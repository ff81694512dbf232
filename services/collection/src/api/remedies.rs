//! `xinjian.collection.v1.Remedies`.

use contract::collection::v1::remedies_server::Remedies;
use contract::collection::v1::{
    GetRemedyRequest, ListRemediesRequest, ListRemediesResponse, RecordRemedyOutcomeRequest,
    RegisterRemedyRequest, Remedy, ResumeEnforcementRequest, SuspendEnforcementRequest,
};
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::about_filter;
use crate::convert::{Judge, SentOrder, read_order, read_outcome, read_remedy};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::remedy::State;
use crate::store::{Act, Store};

const REGISTER: &str = "/xinjian.collection.v1.Remedies/RegisterRemedy";
const SUSPEND: &str = "/xinjian.collection.v1.Remedies/SuspendEnforcement";
const RESUME: &str = "/xinjian.collection.v1.Remedies/ResumeEnforcement";
const OUTCOME: &str = "/xinjian.collection.v1.Remedies/RecordRemedyOutcome";

/// Serves remedies.
#[derive(Clone, Debug)]
pub(crate) struct RemediesService {
    store: Store,
    clock: Clock,
}

impl RemediesService {
    /// Serves the remedies of `store`.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    fn judge(&self) -> Judge<'_> {
        Judge { book: self.store.book(), today: self.clock.today() }
    }

    fn act(&self, caller: &Caller, key: &Key<'_>, legal_basis: &str) -> Act {
        Act::of(caller, key, legal_basis, self.clock.now(), self.store.book())
    }
}

#[tonic::async_trait]
impl Remedies for RemediesService {
    #[tracing::instrument(skip_all)]
    async fn register_remedy(
        &self,
        request: Request<RegisterRemedyRequest>,
    ) -> Result<Response<Remedy>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, new) = read_remedy(&self.judge(), &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: REGISTER, request_id: &request_id };
        let act = self.act(&caller, &key, new.document_no.as_str());
        Ok(Response::new(self.store.register_remedy(&act, &key, &caller, &request, &new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn suspend_enforcement(
        &self,
        request: Request<SuspendEnforcementRequest>,
    ) -> Result<Response<Remedy>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let sent = SentOrder {
            name: &request.name,
            document_no: &request.document_no,
            ordered_on: &request.ordered_on,
            reason: &request.reason,
            request_id: &request.request_id,
            suspends: true,
        };
        let (request_id, order) = read_order(&self.judge(), &sent).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: SUSPEND, request_id: &request_id };
        let act = self.act(&caller, &key, order.document_no.as_str());
        Ok(Response::new(self.store.order_enforcement(&act, &key, &caller, &request, &order).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn resume_enforcement(
        &self,
        request: Request<ResumeEnforcementRequest>,
    ) -> Result<Response<Remedy>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let sent = SentOrder {
            name: &request.name,
            document_no: &request.document_no,
            ordered_on: &request.ordered_on,
            reason: &request.reason,
            request_id: &request.request_id,
            suspends: false,
        };
        let (request_id, order) = read_order(&self.judge(), &sent).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: RESUME, request_id: &request_id };
        let act = self.act(&caller, &key, order.document_no.as_str());
        Ok(Response::new(self.store.order_enforcement(&act, &key, &caller, &request, &order).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn record_remedy_outcome(
        &self,
        request: Request<RecordRemedyOutcomeRequest>,
    ) -> Result<Response<Remedy>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, outcome) = read_outcome(&self.judge(), &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: OUTCOME, request_id: &request_id };
        let act = self.act(&caller, &key, outcome.document_no.as_str());
        Ok(Response::new(self.store.enter_outcome(&act, &key, &caller, &request, &outcome).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_remedy(&self, request: Request<GetRemedyRequest>) -> Result<Response<Remedy>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.get_ref().name, "remedies"));
        let id = id.ok_or(Error::from(errors))?;
        Ok(Response::new(self.store.remedy(&id, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_remedies(
        &self,
        request: Request<ListRemediesRequest>,
    ) -> Result<Response<ListRemediesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let filter =
            about_filter::<State>(&sent.record, &sent.uscc, &sent.state, sent.page_size, &sent.page_token)
                .map_err(Error::from)?;
        Ok(Response::new(self.store.list_remedies(&filter, &caller).await?))
    }
}
