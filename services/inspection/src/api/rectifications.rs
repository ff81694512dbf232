//! `xinjian.inspection.v1.Rectifications`.

use contract::inspection::v1 as pb;
use contract::inspection::v1::rectifications_server::Rectifications;
use domain::RequestId;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::{Api, cut, whole};
use crate::convert::{self, rectification as form};
use crate::domain::rectification::{Rectification, RectificationName};
use crate::error::Error;

const REPORT: &str = "/xinjian.inspection.v1.Rectifications/ReportRectification";
const RECHECK: &str = "/xinjian.inspection.v1.Rectifications/RecheckRectification";
const CASE: &str = "/xinjian.inspection.v1.Rectifications/OpenCase";
const DECLINE: &str = "/xinjian.inspection.v1.Rectifications/DeclineCase";
/// Most rectifications of one page.
const MOST_ROWS: u32 = 1_000;

#[tonic::async_trait]
impl Rectifications for Api {
    #[tracing::instrument(skip_all)]
    async fn report_rectification(
        &self,
        request: Request<pb::ReportRectificationRequest>,
    ) -> Result<Response<pb::Rectification>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read = |errors: &mut FieldErrors| form::parse_report(errors, &body, self.clock.today());
        let (request_id, name, report) =
            self.change_of_rectification(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, REPORT, &request_id);
        Ok(Response::new(self.store.report_rectification(&act, &body, &name, report).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn recheck_rectification(
        &self,
        request: Request<pb::RecheckRectificationRequest>,
    ) -> Result<Response<pb::Rectification>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read = |errors: &mut FieldErrors| form::parse_recheck(errors, &body, self.clock.today());
        let (request_id, name, recheck) =
            self.change_of_rectification(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, RECHECK, &request_id);
        Ok(Response::new(self.store.recheck_rectification(&act, &body, &name, recheck).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn open_case(
        &self,
        request: Request<pb::OpenCaseRequest>,
    ) -> Result<Response<pb::Rectification>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read = |errors: &mut FieldErrors| form::parse_case_no(errors, &body.case_no);
        let (request_id, name, case_no) =
            self.change_of_rectification(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, CASE, &request_id);
        Ok(Response::new(self.store.open_case(&act, &body, &name, case_no).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn decline_case(
        &self,
        request: Request<pb::DeclineCaseRequest>,
    ) -> Result<Response<pb::Rectification>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read = |errors: &mut FieldErrors| form::parse_decline_reason(errors, &body.reason);
        let (request_id, name, reason) =
            self.change_of_rectification(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, DECLINE, &request_id);
        Ok(Response::new(self.store.decline_case(&act, &body, &name, reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_rectification(
        &self,
        request: Request<pb::GetRectificationRequest>,
    ) -> Result<Response<pb::Rectification>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = form::name(&mut errors, &request.get_ref().name);
        let name = whole(errors, name)?;
        let one = self.may_act_on_rectification(&caller, &name).await?;
        Ok(Response::new(form::to_pb(&one, self.clock.today())))
    }

    #[tracing::instrument(skip_all)]
    async fn list_rectifications(
        &self,
        request: Request<pb::ListRectificationsRequest>,
    ) -> Result<Response<pb::ListRectificationsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let today = self.clock.today();
        let filter = form::parse_filter(&mut errors, &body, today);
        errors.into_result().map_err(Error::from)?;
        let overdue = if body.only_overdue { "overdue" } else { "" };
        let list = ["rectifications", &body.task, &body.uscc, &body.state, overdue];
        let cut = cut(&list, &caller, (body.page_size, MOST_ROWS), &body.page_token)?;
        let page = self.store.rectifications(&filter, &caller.scope(), &cut).await?;
        let (rectifications, next_page_token) = page.shown(|one| form::to_pb(one, today));
        Ok(Response::new(pb::ListRectificationsResponse { rectifications, next_page_token }))
    }
}

impl Api {
    /// What every change of a rectification begins with: request and name, what `read` takes from the rest of the request, and whether
    /// the caller may act.
    async fn change_of_rectification<T>(
        &self,
        caller: &Caller,
        (request_id, name): (&str, &str),
        read: impl FnOnce(&mut FieldErrors) -> Option<T>,
    ) -> Result<(RequestId, RectificationName, T), Error> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, request_id);
        let name = form::name(&mut errors, name);
        let rest = read(&mut errors);
        let ((request_id, name), rest) = whole(errors, request_id.zip(name).zip(rest))?;
        self.may_act_on_rectification(caller, &name).await?;
        Ok((request_id, name, rest))
    }

    /// The rectification, if the caller may act on it.
    async fn may_act_on_rectification(
        &self,
        caller: &Caller,
        name: &RectificationName,
    ) -> Result<Rectification, Error> {
        let one = self.store.rectification(name).await?;
        caller.may_act_on(&one.field, &one.division)?;
        Ok(one)
    }
}
