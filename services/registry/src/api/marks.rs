//! `xinjian.registry.v1.Marks`.

use contract::registry::v1 as pb;
use contract::registry::v1::marks_server::Marks;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::error::Error;
use crate::store::{Decided, MarkDecision, MarkFilter};

const CONFIRM: &str = "/xinjian.registry.v1.Marks/ConfirmMarks";
const REJECT: &str = "/xinjian.registry.v1.Marks/RejectMark";

#[tonic::async_trait]
impl Marks for Api {
    #[tracing::instrument(skip_all)]
    async fn get_mark(&self, request: Request<pb::GetMarkRequest>) -> Result<Response<pb::Mark>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = convert::parse_mark_name(&mut errors, "name", &request.get_ref().name);
        let Some(name) = name else { return Err(Error::from(errors).into()) };
        let view = self.store.mark(&name).await?;
        caller.may_act_on(&name.field, &view.division)?;
        Ok(Response::new(convert::mark_to_pb(&view, self.book())))
    }

    #[tracing::instrument(skip_all)]
    async fn list_marks(
        &self,
        request: Request<pb::ListMarksRequest>,
    ) -> Result<Response<pb::ListMarksResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let public = if body.only_public { "public" } else { "" };
        let filters = ["marks", &body.uscc, &body.field, &body.state, public];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let uscc = convert::uscc_filter(&mut errors, &body.uscc);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let state = convert::state_filter(&mut errors, &body.state);
        let (Some(cut), Some(uscc), Some(field), Some(state)) = (cut, uscc, field, state) else {
            return Err(Error::from(errors).into());
        };
        let only_public = body.only_public;
        let filter = MarkFilter { scope: caller.scope(), uscc, field, state, only_public };
        let page = self.store.marks(&filter, &cut).await?;
        let (marks, next_page_token) = page.shown(|view| convert::mark_to_pb(view, self.book()));
        Ok(Response::new(pb::ListMarksResponse { marks, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn confirm_marks(
        &self,
        request: Request<pb::ConfirmMarksRequest>,
    ) -> Result<Response<pb::ConfirmMarksResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let marks = convert::parse_mark_names(&mut errors, "names", &body.names);
        let legal_basis = convert::optional_remark(&mut errors, "legal_basis", &body.legal_basis);
        let (Some(request_id), Some(marks), Some(legal_basis)) = (request_id, marks, legal_basis) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, CONFIRM, &request_id);
        let act = self.act(&caller, &key, &legal_basis);
        let decision = MarkDecision {
            key: &key,
            body: &body,
            caller: &caller,
            decided: Decided::Confirm,
            reason: "",
            marks: &marks,
        };
        Ok(Response::new(self.store.decide_marks(&decision, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn reject_mark(
        &self,
        request: Request<pb::RejectMarkRequest>,
    ) -> Result<Response<pb::Mark>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let mark = convert::parse_mark_name(&mut errors, "name", &body.name);
        let reason = convert::remark(&mut errors, "reason", &body.reason);
        let (Some(request_id), Some(mark), Some(reason)) = (request_id, mark, reason) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, REJECT, &request_id);
        let act = self.act(&caller, &key, "");
        let decision = MarkDecision {
            key: &key,
            body: &body,
            caller: &caller,
            decided: Decided::Reject,
            reason: &reason,
            marks: &[mark],
        };
        let decided = self.store.decide_marks(&decision, &act).await?;
        let mark = decided.marks.into_iter().next();
        Ok(Response::new(mark.ok_or_else(|| Status::internal("the mark was lost"))?))
    }
}
