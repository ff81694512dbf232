//! The directory of abnormal operations.

use std::sync::Arc;

use contract::punishment::v1::abnormal_directory_server::AbnormalDirectory;
use contract::punishment::v1::{
    AbnormalEntry, AdvanceAbnormalEntryRequest, CreateAbnormalEntryRequest, GetAbnormalEntryRequest,
    ListAbnormalEntriesRequest, ListAbnormalEntriesResponse, RecordAnnualReportsRequest,
    RecordAnnualReportsResponse,
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
use crate::store::{Act, DEFAULT_PAGE, EntryFilter, MAX_PAGE, Store};

/// The service `AbnormalDirectory`.
#[derive(Clone, Debug)]
pub struct AbnormalDirectoryApi {
    store: Store,
    index: Arc<PartyIndex>,
    clock: Clock,
}

impl AbnormalDirectoryApi {
    /// Works on `store` and keeps `index` up to date with its own decisions.
    pub fn new(store: Store, index: Arc<PartyIndex>, clock: Clock) -> Self {
        Self { store, index, clock }
    }
}

fn name(text: &str) -> Result<EntryName, Error> {
    EntryName::parse(List::Abnormal, text).map_err(|problem| FieldErrors::one("name", problem).into())
}

#[tonic::async_trait]
impl AbnormalDirectory for AbnormalDirectoryApi {
    #[tracing::instrument(skip_all)]
    async fn create_abnormal_entry(
        &self,
        request: Request<CreateAbnormalEntryRequest>,
    ) -> Result<Response<AbnormalEntry>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.AbnormalDirectory/CreateAbnormalEntry";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, new) = convert::new_entry(&body, self.store.book(), self.clock.today())?;
        caller.may_act_in_division(&new.division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.open_entry(&act, &body, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn advance_abnormal_entry(
        &self,
        request: Request<AdvanceAbnormalEntryRequest>,
    ) -> Result<Response<AbnormalEntry>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.AbnormalDirectory/AdvanceAbnormalEntry";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let papers = SentPapers {
            letter: body.letter.as_ref(),
            removal_ground: &body.removal_ground,
            ..SentPapers::default()
        };
        let sent = convert::sent_step!(body, papers);
        let (request_id, name, advance) = convert::advance(List::Abnormal, &sent)?;
        let entry = self.store.entry(&name).await?;
        caller.may_act_in_division(&entry.content.division).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor().citing(&advance.legal_basis), key, now: self.clock.now() };
        let answer = self.store.advance_entry(&act, &body, &name, &advance).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn record_annual_reports(
        &self,
        request: Request<RecordAnnualReportsRequest>,
    ) -> Result<Response<RecordAnnualReportsResponse>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.AbnormalDirectory/RecordAnnualReports";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, reports) = convert::annual_reports(&body, self.clock.today())?;
        for report in &reports {
            caller.may_act_in_division(&report.division).map_err(Error::from)?;
        }
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.record_reports(&act, &body, &reports).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_abnormal_entry(
        &self,
        request: Request<GetAbnormalEntryRequest>,
    ) -> Result<Response<AbnormalEntry>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let entry = self.store.entry(&name(&request.into_inner().name)?).await?;
        caller.may_act_in_division(&entry.content.division).map_err(Error::from)?;
        Ok(Response::new(convert::abnormal_entry(&entry)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_abnormal_entries(
        &self,
        request: Request<ListAbnormalEntriesRequest>,
    ) -> Result<Response<ListAbnormalEntriesResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let filter = EntryFilter {
            uscc: fields.check_optional("uscc", &request.uscc, Uscc::parse),
            state: fields.check_optional("state", &request.state, str::parse),
        };
        let size = fields.check("page_size", db::page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE));
        fields.into_result().map_err(Error::from)?;
        let size = size.unwrap_or_default();
        let page = self.store.entries(&filter, &caller.scope(), size, &request.page_token).await?;
        let (entries, next_page_token) = page.shown(convert::abnormal_entry);
        Ok(Response::new(ListAbnormalEntriesResponse { entries, next_page_token }))
    }
}
