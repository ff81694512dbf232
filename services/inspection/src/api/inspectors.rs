//! `xinjian.inspection.v1.Inspectors`.

use contract::inspection::v1 as pb;
use contract::inspection::v1::inspectors_server::Inspectors;
use service::auth::Caller;
use service::{FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::{Api, cut, whole};
use crate::convert::{self, inspector as form};
use crate::error::Error;

const REGISTER: &str = "/xinjian.inspection.v1.Inspectors/RegisterInspector";
const DECLARE: &str = "/xinjian.inspection.v1.Inspectors/DeclareRecusal";
/// Most inspectors of one page.
const MOST_INSPECTORS: u32 = 1_000;

#[tonic::async_trait]
impl Inspectors for Api {
    #[tracing::instrument(skip_all)]
    async fn register_inspector(
        &self,
        request: Request<pb::RegisterInspectorRequest>,
    ) -> Result<Response<pb::Inspector>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let inspector = form::parse_inspector(&mut errors, body.inspector.clone(), self.book());
        let (request_id, inspector) = whole(errors, request_id.zip(inspector))?;
        let act = self.act(&caller, REGISTER, &request_id);
        Ok(Response::new(self.store.register_inspector(&act, &body, &inspector).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_inspectors(
        &self,
        request: Request<pb::ListInspectorsRequest>,
    ) -> Result<Response<pb::ListInspectorsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let office = filter::office(&mut errors, ("office", &body.office), self.book());
        errors.into_result().map_err(Error::from)?;
        let list = ["inspectors", &body.office];
        let cut = cut(&list, &caller, (body.page_size, MOST_INSPECTORS), &body.page_token)?;
        let page = self.store.inspectors(office.as_ref(), &cut).await?;
        let (inspectors, next_page_token) = page.shown(form::inspector_to_pb);
        Ok(Response::new(pb::ListInspectorsResponse { inspectors, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn declare_recusal(
        &self,
        request: Request<pb::DeclareRecusalRequest>,
    ) -> Result<Response<pb::Recusal>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let recusal = form::parse_recusal(&mut errors, body.recusal.clone(), self.book(), self.clock.today());
        let (request_id, recusal) = whole(errors, request_id.zip(recusal))?;
        let act = self.act(&caller, DECLARE, &request_id);
        Ok(Response::new(self.store.declare_recusal(&act, &body, &recusal).await?))
    }
}
