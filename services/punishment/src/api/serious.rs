//! The list of serious violators.

use std::sync::Arc;

use contract::punishment::v1::serious_list_server::SeriousList;
use contract::punishment::v1::{
    AdvanceSeriousCaseRequest, CreateSeriousCaseRequest, DecideCaseExtensionRequest, GetSeriousCaseRequest,
    ListSeriousCasesRequest, ListSeriousCasesResponse, PublishSeriousCasesRequest,
    PublishSeriousCasesResponse, RequestCaseExtensionRequest, SeriousCase,
};
use domain::Uscc;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::{self, SentPapers};
use crate::domain::list::{EntryName, List};
use crate::error::Error;
use crate::index::PartyIndex;
use crate::store::{Act, CaseFilter, DEFAULT_PAGE, MAX_PAGE, Store};

/// The service `SeriousList`.
#[derive(Clone, Debug)]
pub struct SeriousListApi {
    store: Store,
    index: Arc<PartyIndex>,
    clock: Clock,
}

impl SeriousListApi {
    /// Works on `store` and keeps `index` up to date with its own decisions.
    pub fn new(store: Store, index: Arc<PartyIndex>, clock: Clock) -> Self {
        Self { store, index, clock }
    }
}

fn name(text: &str) -> Result<EntryName, Error> {
    EntryName::parse(List::Serious, text).map_err(|problem| FieldErrors::one("name", problem).into())
}

#[tonic::async_trait]
impl SeriousList for SeriousListApi {
    #[tracing::instrument(skip_all)]
    async fn create_serious_case(
        &self,
        request: Request<CreateSeriousCaseRequest>,
    ) -> Result<Response<SeriousCase>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.SeriousList/CreateSeriousCase";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, new) = convert::new_case(&body, self.store.book(), self.clock.today())?;
        caller.may_act_on(&new.field, &new.division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.open_case(&act, &body, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn advance_serious_case(
        &self,
        request: Request<AdvanceSeriousCaseRequest>,
    ) -> Result<Response<SeriousCase>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.SeriousList/AdvanceSeriousCase";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let papers = SentPapers {
            assessment: body.assessment.as_ref(),
            hearing: body.hearing.as_ref(),
            decision: body.decision.as_ref(),
            ..SentPapers::default()
        };
        let sent = convert::sent_step!(body, papers);
        let (request_id, name, advance) = convert::advance(List::Serious, &sent)?;
        let case = self.store.case(&name).await?;
        caller.may_act_on(&case.content.field, &case.content.division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor().citing(&advance.legal_basis), key, now: self.clock.now() };
        let answer = self.store.advance_case(&act, &body, &name, &advance).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn request_case_extension(
        &self,
        request: Request<RequestCaseExtensionRequest>,
    ) -> Result<Response<SeriousCase>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.SeriousList/RequestCaseExtension";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, reason) = convert::extension::asked(&body)?;
        let case = self.store.case(&name).await?;
        caller.may_act_on(&case.content.field, &case.content.division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.request_case_extension(&act, &body, &name, &reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn decide_case_extension(
        &self,
        request: Request<DecideCaseExtensionRequest>,
    ) -> Result<Response<SeriousCase>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.SeriousList/DecideCaseExtension";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, decided) = convert::extension::decided(&body)?;
        let case = self.store.case(&name).await?;
        caller.may_act_on(&case.content.field, &case.content.division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.decide_case_extension(&act, &body, &name, &decided).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn publish_serious_cases(
        &self,
        request: Request<PublishSeriousCasesRequest>,
    ) -> Result<Response<PublishSeriousCasesResponse>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.SeriousList/PublishSeriousCases";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, batch) = convert::batch(&body)?;
        for name in &batch.names {
            let case = self.store.case(name).await?;
            let may = caller.may_act_on(&case.content.field, &case.content.division);
            may.map_err(|denied| Error::from(denied).of_batch(name))?;
        }
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        let answer = self.store.publish_cases(&act, &body, &batch).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn get_serious_case(
        &self,
        request: Request<GetSeriousCaseRequest>,
    ) -> Result<Response<SeriousCase>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let case = self.store.case(&name(&request.into_inner().name)?).await?;
        caller.may_act_on(&case.content.field, &case.content.division).map_err(Error::from)?;
        Ok(Response::new(convert::serious_case(&case)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_serious_cases(
        &self,
        request: Request<ListSeriousCasesRequest>,
    ) -> Result<Response<ListSeriousCasesResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let filter = CaseFilter {
            uscc: fields.check_optional("uscc", &request.uscc, Uscc::parse),
            state: fields.check_optional("state", &request.state, str::parse),
        };
        let size = fields.check("page_size", db::page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE));
        fields.into_result().map_err(Error::from)?;
        let size = size.unwrap_or_default();
        let page = self.store.cases(&filter, &caller.scope(), size, &request.page_token).await?;
        let (cases, next_page_token) = page.shown(convert::serious_case);
        Ok(Response::new(ListSeriousCasesResponse { cases, next_page_token }))
    }
}
