//! `xinjian.risk.v1.Runs`.

use contract::risk::v1 as pb;
use contract::risk::v1::runs_server::Runs;
use service::access_log::Read;
use service::auth::Caller;
use service::{FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::error::Error;
use crate::store::ChangeFilter;

const CREATE: &str = "/xinjian.risk.v1.Runs/CreateRun";
const CANCEL: &str = "/xinjian.risk.v1.Runs/CancelRun";
const CHANGES_OF: &str = "/xinjian.risk.v1.Runs/ListRunChanges";
const SAMPLE: &str = "/xinjian.risk.v1.Runs/GetRunSample";
const CHECK: &str = "/xinjian.risk.v1.Runs/RecordSampleCheck";
const APPROVE: &str = "/xinjian.risk.v1.Runs/ApproveRun";
/// Bound of a page of runs, and of changes.
const PAGE: u32 = 500;
const CHANGES: u32 = 1_000;

#[tonic::async_trait]
impl Runs for Api {
    #[tracing::instrument(skip_all)]
    async fn create_run(&self, request: Request<pb::CreateRunRequest>) -> Result<Response<pb::Run>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let as_of = convert::as_of(&mut errors, &body.as_of, self.clock.today());
        let (Some(request_id), Some(as_of)) = (request_id, as_of) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, CREATE, &request_id);
        let act = self.act(&caller, &key);
        let id = uuid::Uuid::now_v7().to_string();
        let run = self.store.create_run(&key, &body, &caller, &act, &id, as_of).await?;
        self.runs_wait.notify_one();
        Ok(Response::new(run))
    }

    #[tracing::instrument(skip_all)]
    async fn get_run(&self, request: Request<pb::GetRunRequest>) -> Result<Response<pb::Run>, Status> {
        let mut errors = FieldErrors::default();
        let id = convert::parse_run_name(&mut errors, &request.get_ref().name);
        let Some(id) = id else { return Err(Error::from(errors).into()) };
        let run = self.store.run(&id).await?;
        let report = self.store.report(&run).await?;
        Ok(Response::new(convert::report_to_pb(&run, &report)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_runs(
        &self,
        request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let cut = cut(&mut errors, &caller, &["runs"], (body.page_size, PAGE), &body.page_token);
        let Some(cut) = cut else { return Err(Error::from(errors).into()) };
        let page = self.store.runs(&cut).await?;
        let (runs, next_page_token) = page.shown(convert::run_to_pb);
        Ok(Response::new(pb::ListRunsResponse { runs, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn cancel_run(&self, request: Request<pb::CancelRunRequest>) -> Result<Response<pb::Run>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let id = convert::parse_run_name(&mut errors, &body.name);
        let reason = convert::stated(&mut errors, "reason", &body.reason, "must be given");
        let (Some(request_id), Some(id), Some(reason)) = (request_id, id, reason) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, CANCEL, &request_id);
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.cancel_run(&key, &body, &caller, &act, (&id, &reason)).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_run_changes(
        &self,
        request: Request<pb::ListRunChangesRequest>,
    ) -> Result<Response<pb::ListRunChangesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["changes", &body.name, &body.field, &body.shadow_model];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, CHANGES), &body.page_token);
        let run = convert::parse_run_name(&mut errors, &body.name);
        let field = filter::field(&mut errors, &body.field, self.book());
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(run), Some(purpose), true) = (cut, run, purpose, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let filter = ChangeFilter {
            scope: caller.scope(),
            field: field.map(|field| field.to_string()).unwrap_or_default(),
            shadow_model: body.shadow_model,
            run,
        };
        let page = self.store.run_changes(&filter, &cut).await?;
        let subject = format!("{}/changes", body.name);
        self.note_read(&caller, &Read { subject: &subject, method: CHANGES_OF, purpose: &purpose }).await?;
        let (changes, next_page_token) = page.shown(convert::change_to_pb);
        Ok(Response::new(pb::ListRunChangesResponse { changes, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_run_sample(
        &self,
        request: Request<pb::GetRunSampleRequest>,
    ) -> Result<Response<pb::RunSample>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let named = convert::parse_sample_name(&mut errors, &body.name);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some((run, field)), Some(purpose)) = (named, purpose) else {
            return Err(Error::from(errors).into());
        };
        caller.may_act_in_field(&field)?;
        let sample = self.store.sample(&caller, &run, &field).await?;
        self.note_read(&caller, &Read { subject: &body.name, method: SAMPLE, purpose: &purpose }).await?;
        Ok(Response::new(convert::sample_to_pb(&sample)))
    }

    #[tracing::instrument(skip_all)]
    async fn record_sample_check(
        &self,
        request: Request<pb::RecordSampleCheckRequest>,
    ) -> Result<Response<pb::SampleCheck>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let named = convert::parse_sample_name(&mut errors, &body.name);
        let said = convert::said(&mut errors, &body.findings);
        let (Some(request_id), Some((run, field)), true) = (request_id, named, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        caller.may_act_in_field(&field)?;
        let key = key(&caller, CHECK, &request_id);
        let act = self.act(&caller, &key);
        let check = self.store.record_sample_check(&key, &body, &caller, &act, (&run, &field, said)).await?;
        Ok(Response::new(check))
    }

    #[tracing::instrument(skip_all)]
    async fn approve_run(
        &self,
        request: Request<pb::ApproveRunRequest>,
    ) -> Result<Response<pb::Run>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let id = convert::parse_run_name(&mut errors, &body.name);
        let reason = convert::optional(&mut errors, "reason", &body.reason);
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, APPROVE, &request_id);
        let act = self.act(&caller, &key);
        let approved = self.store.approve_run(&key, &body, &caller, &act, (&id, reason.as_deref())).await?;
        Ok(Response::new(approved))
    }
}
