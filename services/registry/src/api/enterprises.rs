//! `xinjian.registry.v1.Enterprises`.

use std::collections::{HashMap, HashSet};

use contract::registry::v1 as pb;
use contract::registry::v1::enterprises_server::Enterprises;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use service::FieldErrors;
use service::auth::{Caller, Denied};
use tonic::{Request, Response, Status, Streaming};

use super::page::{cut, divisions};
use super::{Api, key};
use crate::convert;
use crate::domain::Enterprise;
use crate::error::Error;
use crate::store::{EnterpriseFilter, EnterpriseUpdate, ImportRows};

const CREATE: &str = "/xinjian.registry.v1.Enterprises/CreateEnterprise";
const UPDATE: &str = "/xinjian.registry.v1.Enterprises/UpdateEnterprise";
const IMPORT: &str = "/xinjian.registry.v1.Enterprises/ImportEnterprises";
/// Most rows of one message of an import.
const MOST_ROWS: usize = 5_000;

#[tonic::async_trait]
impl Enterprises for Api {
    #[tracing::instrument(skip_all)]
    async fn create_enterprise(
        &self,
        request: Request<pb::CreateEnterpriseRequest>,
    ) -> Result<Response<pb::Enterprise>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let enterprise = self.sent_enterprise(&mut errors, body.enterprise.as_ref());
        let (Some(request_id), Some(enterprise)) = (request_id, enterprise) else {
            return Err(Error::from(errors).into());
        };
        caller.may_act_in_division(&enterprise.profile.division)?;
        let key = key(&caller, CREATE, &request_id);
        let act = self.act(&caller, &key, "");
        Ok(Response::new(self.store.create_enterprise(&key, &body, &act, &enterprise).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn update_enterprise(
        &self,
        request: Request<pb::UpdateEnterpriseRequest>,
    ) -> Result<Response<pb::Enterprise>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let patch = convert::parse_patch(&mut errors, &body, self.book(), self.clock.today());
        let (Some(request_id), Some(patch)) = (request_id, patch) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, UPDATE, &request_id);
        let act = self.act(&caller, &key, "");
        let update = EnterpriseUpdate { key: &key, body: &body, caller: &caller, patch: &patch };
        Ok(Response::new(self.store.update_enterprise(&update, &act).await?))
    }

    type ImportEnterprisesStream = BoxStream<'static, Result<pb::ImportEnterprisesResponse, Status>>;

    #[tracing::instrument(skip_all)]
    async fn import_enterprises(
        &self,
        request: Request<Streaming<pb::ImportEnterprisesRequest>>,
    ) -> Result<Response<Self::ImportEnterprisesStream>, Status> {
        let caller = Caller::of(&request)?;
        let state = (self.clone(), caller, request.into_inner());
        // One message after the other, so that the answers come in order and an import holds one transaction at most.
        let answers = stream::try_unfold(state, |(api, caller, mut messages)| async move {
            let Some(message) = messages.message().await? else { return Ok(None) };
            let answer = api.import_message(&caller, message).await?;
            Ok(Some((answer, (api, caller, messages))))
        });
        Ok(Response::new(answers.boxed()))
    }

    #[tracing::instrument(skip_all)]
    async fn get_enterprise(
        &self,
        request: Request<pb::GetEnterpriseRequest>,
    ) -> Result<Response<pb::Enterprise>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let uscc = convert::parse_enterprise_name(&mut errors, "name", &body.name);
        let at = convert::as_of(&mut errors, &body, self.clock.today(), self.clock.now());
        let (Some(uscc), Some(at)) = (uscc, at) else { return Err(Error::from(errors).into()) };
        let present = self.store.enterprise(&uscc).await?;
        may_see(&caller, &present)?;
        let enterprise = match at {
            None => present,
            Some(at) => self.store.as_of(present, at).await?,
        };
        Ok(Response::new(convert::enterprise_to_pb(&enterprise)))
    }

    #[tracing::instrument(skip_all)]
    async fn batch_get_enterprises(
        &self,
        request: Request<pb::BatchGetEnterprisesRequest>,
    ) -> Result<Response<pb::BatchGetEnterprisesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let codes = convert::parse_enterprise_names(&mut errors, "names", &request.get_ref().names);
        let Some(codes) = codes else { return Err(Error::from(errors).into()) };
        let found = self.store.enterprises_by_code(&codes).await?;
        let visible = found.iter().filter(|one| caller.may_act_in_division(&one.profile.division).is_ok());
        let by_code: HashMap<_, _> = visible.map(|one| (&one.uscc, one)).collect();
        let mut answer = pb::BatchGetEnterprisesResponse::default();
        let mut answered = HashSet::new();
        for (index, uscc) in (0..).zip(&codes) {
            match by_code.get(uscc) {
                None => answer.missing.push(index),
                Some(found) if answered.insert(uscc) => {
                    answer.enterprises.push(convert::enterprise_to_pb(found));
                }
                Some(_) => {}
            }
        }
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn list_enterprise_versions(
        &self,
        request: Request<pb::ListEnterpriseVersionsRequest>,
    ) -> Result<Response<pb::ListEnterpriseVersionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["versions", &body.name];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let uscc = convert::parse_enterprise_name(&mut errors, "name", &body.name);
        let (Some(cut), Some(uscc)) = (cut, uscc) else { return Err(Error::from(errors).into()) };
        let present = self.store.enterprise(&uscc).await?;
        caller.may_act_in_division(&present.profile.division)?;
        let page = self.store.versions(present, &cut).await?;
        let (versions, next_page_token) = page.shown(convert::enterprise_to_pb);
        Ok(Response::new(pb::ListEnterpriseVersionsResponse { versions, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn search_enterprises(
        &self,
        request: Request<pb::SearchEnterprisesRequest>,
    ) -> Result<Response<pb::SearchEnterprisesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["search", &body.query, &body.division];
        let query = convert::parse_query(&mut errors, &body.query);
        let division = convert::division_filter(&mut errors, &body.division, &caller);
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let after = cut.as_ref().and_then(|cut| convert::parse_after(&mut errors, &cut.after));
        let (Some(cut), Some(after), Some(query), Some(division)) = (cut, after, query, division) else {
            return Err(Error::from(errors).into());
        };
        let divisions = divisions(&caller, division.as_ref());
        let page = self.store.search_enterprises(&query, &divisions, &cut, after.as_ref()).await?;
        let (matches, next_page_token) = page.shown(convert::match_to_pb);
        Ok(Response::new(pb::SearchEnterprisesResponse { matches, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_enterprises(
        &self,
        request: Request<pb::ListEnterprisesRequest>,
    ) -> Result<Response<pb::ListEnterprisesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["enterprises", &body.division, &body.field];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let division = convert::division_filter(&mut errors, &body.division, &caller);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let (Some(cut), Some(division), Some(field)) = (cut, division, field) else {
            return Err(Error::from(errors).into());
        };
        let filter = EnterpriseFilter { divisions: divisions(&caller, division.as_ref()), field };
        let page = self.store.enterprises(&filter, &cut).await?;
        let (enterprises, next_page_token) = page.shown(convert::enterprise_to_pb);
        Ok(Response::new(pb::ListEnterprisesResponse { enterprises, next_page_token }))
    }
}

/// Whether the caller may see an enterprise as it stands: then also what it was before.
pub(super) fn may_see(caller: &Caller, present: &Enterprise) -> Result<(), Denied> {
    caller.may_act_in_division(&present.profile.division)
}

impl Api {
    fn sent_enterprise(
        &self,
        errors: &mut FieldErrors,
        sent: Option<&pb::Enterprise>,
    ) -> Option<crate::domain::Handed> {
        let sent = errors.require("enterprise", sent)?;
        let mut part = FieldErrors::default();
        let enterprise = convert::parse_enterprise(&mut part, sent, self.book(), self.clock.today());
        errors.extend("enterprise", part);
        enterprise
    }

    /// One message of an import is one transaction, and durable when it is answered.
    async fn import_message(
        &self,
        caller: &Caller,
        message: pb::ImportEnterprisesRequest,
    ) -> Result<pb::ImportEnterprisesResponse, Error> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &message.request_id);
        if message.enterprises.len() > MOST_ROWS {
            errors.push("enterprises", format!("has more than {MOST_ROWS} rows"));
        }
        let Some(request_id) = request_id else { return Err(errors.into()) };
        errors.into_result()?;
        let today = self.clock.today();
        let mut rows = ImportRows::default();
        for (index, sent) in message.enterprises.iter().enumerate() {
            match convert::import_row(index, sent, self.book(), today) {
                Ok(row) => rows.rows.push(row),
                Err(rejected) => rows.rejected.extend(rejected),
            }
        }
        let key = key(caller, IMPORT, &request_id);
        let act = self.act(caller, &key, "");
        self.store.import_enterprises(&key, caller, &message, &act, rows).await
    }
}
