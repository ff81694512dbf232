//! `xinjian.inspection.v1.Replacements`.

use contract::inspection::v1 as pb;
use contract::inspection::v1::replacements_server::Replacements;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::{Api, cut, whole};
use crate::convert::{self, replacement as form};

const PROPOSE: &str = "/xinjian.inspection.v1.Replacements/ProposeReplacement";
const DECIDE: &str = "/xinjian.inspection.v1.Replacements/DecideReplacement";
/// Most replacements of one page.
const MOST_ROWS: u32 = 500;

#[tonic::async_trait]
impl Replacements for Api {
    #[tracing::instrument(skip_all)]
    async fn propose_replacement(
        &self,
        request: Request<pb::ProposeReplacementRequest>,
    ) -> Result<Response<pb::Replacement>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let new = form::parse_proposal(&mut errors, &body, self.book(), self.clock.today());
        let (request_id, new) = whole(errors, request_id.zip(new))?;
        self.task_in_field(&caller, &new.visit.task).await?;
        let act = self.act(&caller, PROPOSE, &request_id);
        Ok(Response::new(self.store.propose_replacement(&act, &body, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn decide_replacement(
        &self,
        request: Request<pb::DecideReplacementRequest>,
    ) -> Result<Response<pb::Replacement>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = form::name(&mut errors, &body.name);
        let reason = form::parse_reason(&mut errors, &body);
        let ((request_id, name), reason) = whole(errors, request_id.zip(name).zip(reason))?;
        self.task_in_field(&caller, &name.task).await?;
        let act = self.act(&caller, DECIDE, &request_id);
        Ok(Response::new(self.store.decide_replacement(&act, &body, &name, reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_replacements(
        &self,
        request: Request<pb::ListReplacementsRequest>,
    ) -> Result<Response<pb::ListReplacementsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let task = convert::task_name(&mut errors, "task", &body.task);
        let task = self.task_in_field(&caller, &whole(errors, task)?).await?.name;
        let cut = cut(&["replacements", &body.task], &caller, (body.page_size, MOST_ROWS), &body.page_token)?;
        let page = self.store.replacements(&task, &cut).await?;
        let (replacements, next_page_token) = page.shown(form::to_pb);
        Ok(Response::new(pb::ListReplacementsResponse { replacements, next_page_token }))
    }
}
