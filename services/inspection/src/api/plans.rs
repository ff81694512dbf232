//! `xinjian.inspection.v1.Plans`.

use contract::inspection::v1 as pb;
use contract::inspection::v1::plans_server::Plans;
use prost::Message;
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::{Api, cut, whole};
use crate::convert::{self, plan as form};
use crate::machines::plan::Event;
use crate::store::Moving;

const DRAFT: &str = "/xinjian.inspection.v1.Plans/DraftPlan";
const REVIEW: &str = "/xinjian.inspection.v1.Plans/ReviewPlan";
const APPROVE: &str = "/xinjian.inspection.v1.Plans/ApprovePlan";
const FILE: &str = "/xinjian.inspection.v1.Plans/FilePlan";
const PUBLISH: &str = "/xinjian.inspection.v1.Plans/PublishPlan";
const CARRY_OUT: &str = "/xinjian.inspection.v1.Plans/CreatePlannedTasks";
const AMEND: &str = "/xinjian.inspection.v1.Plans/AmendPlan";
const CANCEL: &str = "/xinjian.inspection.v1.Plans/CancelPlan";
const LIST_VISITS: &str = "/xinjian.inspection.v1.Plans/ListPlannedVisits";
/// Most plans of one page.
const MOST_PLANS: u32 = 500;
/// Most visits or conflicts of one page.
const MOST_ROWS: u32 = 1_000;

#[tonic::async_trait]
impl Plans for Api {
    #[tracing::instrument(skip_all)]
    async fn draft_plan(&self, request: Request<pb::DraftPlanRequest>) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let year = form::parse_year(&mut errors, body.year, self.clock.today());
        let drafting = form::parse_drafting(&mut errors, body.plan.clone(), self.book());
        let ((request_id, year), drafting) = whole(errors, request_id.zip(year).zip(drafting))?;
        let act = self.act(&caller, DRAFT, &request_id);
        Ok(Response::new(self.store.draft_plan(&act, &body, year, drafting).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn review_plan(
        &self,
        request: Request<pb::ReviewPlanRequest>,
    ) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let moving = |_: &mut FieldErrors| Some(Moving::of(Event::Review));
        self.move_plan(&caller, REVIEW, (&body.request_id, &body.name, &body), moving).await
    }

    #[tracing::instrument(skip_all)]
    async fn approve_plan(
        &self,
        request: Request<pb::ApprovePlanRequest>,
    ) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let moving = |_: &mut FieldErrors| Some(Moving::of(Event::Approve));
        self.move_plan(&caller, APPROVE, (&body.request_id, &body.name, &body), moving).await
    }

    #[tracing::instrument(skip_all)]
    async fn file_plan(&self, request: Request<pb::FilePlanRequest>) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let moving = |errors: &mut FieldErrors| {
            let document_no = form::parse_document_no(errors, &body.document_no)?;
            Some(Moving { document_no: Some(document_no), ..Moving::of(Event::File) })
        };
        self.move_plan(&caller, FILE, (&body.request_id, &body.name, &body), moving).await
    }

    #[tracing::instrument(skip_all)]
    async fn publish_plan(
        &self,
        request: Request<pb::PublishPlanRequest>,
    ) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let moving = |_: &mut FieldErrors| Some(Moving::of(Event::Publish));
        self.move_plan(&caller, PUBLISH, (&body.request_id, &body.name, &body), moving).await
    }

    #[tracing::instrument(skip_all)]
    async fn amend_plan(&self, request: Request<pb::AmendPlanRequest>) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = form::plan_name(&mut errors, "name", &body.name);
        let reason = form::parse_reason(&mut errors, &body.reason);
        let ((request_id, name), reason) = whole(errors, request_id.zip(name).zip(reason))?;
        let act = self.act(&caller, AMEND, &request_id);
        Ok(Response::new(self.store.amend_plan(&act, &body, &name, reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn cancel_plan(
        &self,
        request: Request<pb::CancelPlanRequest>,
    ) -> Result<Response<pb::Plan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let moving = |errors: &mut FieldErrors| {
            let reason = form::parse_reason(errors, &body.reason)?;
            Some(Moving { cancelled_for: Some(reason), ..Moving::of(Event::Cancel) })
        };
        self.move_plan(&caller, CANCEL, (&body.request_id, &body.name, &body), moving).await
    }

    #[tracing::instrument(skip_all)]
    async fn create_planned_tasks(
        &self,
        request: Request<pb::CreatePlannedTasksRequest>,
    ) -> Result<Response<pb::CreatePlannedTasksResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = form::plan_name(&mut errors, "plan", &body.plan);
        let month = form::parse_month(&mut errors, body.month);
        let ((request_id, name), month) = whole(errors, request_id.zip(name).zip(month))?;
        let act = self.act(&caller, CARRY_OUT, &request_id);
        Ok(Response::new(self.store.create_planned_tasks(&act, &body, &name, month).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_plan(&self, request: Request<pb::GetPlanRequest>) -> Result<Response<pb::Plan>, Status> {
        Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = form::plan_name(&mut errors, "name", &request.get_ref().name);
        let name = whole(errors, name)?;
        Ok(Response::new(self.store.plan(&name).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_plans(
        &self,
        request: Request<pb::ListPlansRequest>,
    ) -> Result<Response<pb::ListPlansResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let filter = ["plans", if body.only_public { "public" } else { "all" }];
        let cut = cut(&filter, &caller, (body.page_size, MOST_PLANS), &body.page_token)?;
        let page = self.store.plans(body.only_public, &cut).await?;
        let (plans, next_page_token) = page.fitted();
        Ok(Response::new(pb::ListPlansResponse { plans, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_planned_visits(
        &self,
        request: Request<pb::ListPlannedVisitsRequest>,
    ) -> Result<Response<pb::ListPlannedVisitsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let name = form::plan_name(&mut errors, "plan", &body.plan);
        let name = whole(errors, name)?;
        let list = ["planned-visits", &body.plan];
        let cut = cut(&list, &caller, (body.page_size, MOST_ROWS), &body.page_token)?;
        let page = self.store.planned_visits(&name, &cut).await?;
        // How often somebody is visited tells its class.
        let subject = format!("{}/visits", body.plan);
        let read = Read { subject: &subject, method: LIST_VISITS, purpose: "" };
        access_log::record(&self.store.db, &caller, &read, self.clock.now()).await?;
        let usccs: Vec<_> = page.rows.iter().map(|row| row.visit.uscc.as_str()).collect();
        let attention = self.attention_for(&caller, &usccs).await?.unwrap_or_default();
        let visits = page.rows.iter().map(|row| &row.visit);
        let visits =
            visits.map(|visit| form::visit_to_pb(visit, attention.get(visit.uscc.as_str()))).collect();
        Ok(Response::new(pb::ListPlannedVisitsResponse { visits, next_page_token: page.next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_plan_conflicts(
        &self,
        request: Request<pb::ListPlanConflictsRequest>,
    ) -> Result<Response<pb::ListPlanConflictsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let name = form::plan_name(&mut errors, "plan", &body.plan);
        let name = whole(errors, name)?;
        let list = ["plan-conflicts", &body.plan];
        let cut = cut(&list, &caller, (body.page_size, MOST_ROWS), &body.page_token)?;
        let page = self.store.plan_conflicts(&name, &cut).await?;
        let conflicts = page.rows.into_iter().map(|row| row.conflict).collect();
        Ok(Response::new(pb::ListPlanConflictsResponse { conflicts, next_page_token: page.next_page_token }))
    }
}

impl Api {
    /// Moves the named version by the request `body` of `method`; `moving` reads what the request says beside its name.
    async fn move_plan(
        &self,
        caller: &Caller,
        method: &'static str,
        (request_id, name, body): (&str, &str, &impl Message),
        moving: impl FnOnce(&mut FieldErrors) -> Option<Moving>,
    ) -> Result<Response<pb::Plan>, Status> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, request_id);
        let name = form::plan_name(&mut errors, "name", name);
        let moving = moving(&mut errors);
        let ((request_id, name), moving) = whole(errors, request_id.zip(name).zip(moving))?;
        let act = self.act(caller, method, &request_id);
        Ok(Response::new(self.store.move_plan(&act, body, &name, moving).await?))
    }
}
