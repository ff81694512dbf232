//! `xinjian.risk.v1.Models`.

use contract::risk::v1 as pb;
use contract::risk::v1::models_server::Models;
use domain::parse_date;
use prost::Message;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::domain::model_version::ModelChange;
use crate::error::Error;

const TRY: &str = "/xinjian.risk.v1.Models/TrialModel";
const PROPOSE: &str = "/xinjian.risk.v1.Models/ProposeModel";
const APPROVE: &str = "/xinjian.risk.v1.Models/ApproveModel";
const REJECT: &str = "/xinjian.risk.v1.Models/RejectModel";
const RETIRE: &str = "/xinjian.risk.v1.Models/RetireModel";
/// Bound of a page.
const PAGE: u32 = 500;

#[tonic::async_trait]
impl Models for Api {
    #[tracing::instrument(skip_all)]
    async fn get_model(&self, request: Request<pb::GetModelRequest>) -> Result<Response<pb::Model>, Status> {
        let mut errors = FieldErrors::default();
        let name = convert::parse_model_name(&mut errors, &request.get_ref().name);
        let Some(name) = name else { return Err(Error::from(errors).into()) };
        let (version, text, steps) = self.store.model_version(&name).await?;
        let steps = steps.iter().map(convert::step_to_pb).collect();
        let known = self.store.models().version(&name);
        let shown = convert::version_to_pb(&version, known.as_ref(), self.clock.today());
        Ok(Response::new(pb::Model { text, steps, ..shown }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Result<Response<pb::ListModelsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["models", &body.as_of];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, PAGE), &body.page_token);
        let as_of = errors.check_optional("as_of", &body.as_of, parse_date);
        let (Some(cut), true) = (cut, errors.is_empty()) else { return Err(Error::from(errors).into()) };
        let page = self.store.model_versions(as_of, &cut).await?;
        let (models, today) = (self.store.models(), self.clock.today());
        let (models, next_page_token) = page
            .shown(|version| convert::version_to_pb(version, models.version(&version.key).as_ref(), today));
        Ok(Response::new(pb::ListModelsResponse { models, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn trial_model(
        &self,
        request: Request<pb::TrialModelRequest>,
    ) -> Result<Response<pb::Model>, Status> {
        let (caller, body) = (Caller::of(&request)?, request.into_inner());
        let mut errors = FieldErrors::default();
        let change = convert::model_reason(&mut errors, &body.reason).map(ModelChange::Try);
        self.change_model(&caller, TRY, &body, (&body.name, &body.request_id), (errors, change)).await
    }

    #[tracing::instrument(skip_all)]
    async fn propose_model(
        &self,
        request: Request<pb::ProposeModelRequest>,
    ) -> Result<Response<pb::Model>, Status> {
        let (caller, body) = (Caller::of(&request)?, request.into_inner());
        let mut errors = FieldErrors::default();
        let change = convert::wanted_beginning(&mut errors, &body).map(ModelChange::Propose);
        self.change_model(&caller, PROPOSE, &body, (&body.name, &body.request_id), (errors, change)).await
    }

    #[tracing::instrument(skip_all)]
    async fn approve_model(
        &self,
        request: Request<pb::ApproveModelRequest>,
    ) -> Result<Response<pb::Model>, Status> {
        let (caller, body) = (Caller::of(&request)?, request.into_inner());
        let given = (FieldErrors::default(), Some(ModelChange::Approve));
        self.change_model(&caller, APPROVE, &body, (&body.name, &body.request_id), given).await
    }

    #[tracing::instrument(skip_all)]
    async fn reject_model(
        &self,
        request: Request<pb::RejectModelRequest>,
    ) -> Result<Response<pb::Model>, Status> {
        let (caller, body) = (Caller::of(&request)?, request.into_inner());
        let mut errors = FieldErrors::default();
        let change = convert::model_reason(&mut errors, &body.reason).map(ModelChange::Reject);
        self.change_model(&caller, REJECT, &body, (&body.name, &body.request_id), (errors, change)).await
    }

    #[tracing::instrument(skip_all)]
    async fn retire_model(
        &self,
        request: Request<pb::RetireModelRequest>,
    ) -> Result<Response<pb::Model>, Status> {
        let (caller, body) = (Caller::of(&request)?, request.into_inner());
        let mut errors = FieldErrors::default();
        let change = convert::wanted_end(&mut errors, &body).map(ModelChange::Retire);
        self.change_model(&caller, RETIRE, &body, (&body.name, &body.request_id), (errors, change)).await
    }
}

impl Api {
    /// Does what a request says; `read` is what was read of it already, with what is wrong in it.
    async fn change_model<B: Message>(
        &self,
        caller: &Caller,
        method: &'static str,
        body: &B,
        (name, request_id): (&str, &str),
        read: (FieldErrors, Option<ModelChange>),
    ) -> Result<Response<pb::Model>, Status> {
        let (mut errors, change) = read;
        let request_id = convert::request_id(&mut errors, request_id);
        let name = convert::parse_model_name(&mut errors, name);
        let (Some(request_id), Some(name), Some(change), true) =
            (request_id, name, change, errors.is_empty())
        else {
            return Err(Error::from(errors).into());
        };
        let key = key(caller, method, &request_id);
        let act = self.act(caller, &key);
        Ok(Response::new(self.store.change_model((&key, body), caller, &act, (&name, &change)).await?))
    }
}
