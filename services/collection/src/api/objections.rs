//! `xinjian.collection.v1.Objections`.

use contract::collection::v1::objections_server::Objections;
use contract::collection::v1::{
    DecideObjectionAnswerRequest, ExtendObjectionRequest, GetObjectionRequest, ListObjectionsRequest,
    ListObjectionsResponse, LodgeObjectionRequest, Objection, ProposeObjectionAnswerRequest,
};
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::about_filter;
use crate::convert::{Judge, read_answer, read_objection, remark, request_id};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::objection::State;
use crate::store::{Act, AnswerDecision, Store, VerifyByOthers};

const LODGE: &str = "/xinjian.collection.v1.Objections/LodgeObjection";
const EXTEND: &str = "/xinjian.collection.v1.Objections/ExtendObjection";
const PROPOSE: &str = "/xinjian.collection.v1.Objections/ProposeObjectionAnswer";
const DECIDE: &str = "/xinjian.collection.v1.Objections/DecideObjectionAnswer";

/// Serves objections.
#[derive(Clone, Debug)]
pub(crate) struct ObjectionsService {
    store: Store,
    clock: Clock,
}

impl ObjectionsService {
    /// Serves the objections of `store`.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    fn judge(&self) -> Judge<'_> {
        Judge { book: self.store.book(), today: self.clock.today() }
    }

    fn act(&self, caller: &Caller, key: &Key<'_>) -> Act {
        Act::of(caller, key, "", self.clock.now(), self.store.book())
    }
}

#[tonic::async_trait]
impl Objections for ObjectionsService {
    #[tracing::instrument(skip_all)]
    async fn lodge_objection(
        &self,
        request: Request<LodgeObjectionRequest>,
    ) -> Result<Response<Objection>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, new) = read_objection(&self.judge(), &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: LODGE, request_id: &request_id };
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.lodge_objection(&act, &key, &caller, &request, &new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn extend_objection(
        &self,
        request: Request<ExtendObjectionRequest>,
    ) -> Result<Response<Objection>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "objections"));
        let reason = remark(&mut errors, "reason", request.reason.clone());
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let key = Key { caller: caller.subject(), method: EXTEND, request_id: &request_id };
        let (act, verify) = (self.act(&caller, &key), VerifyByOthers { id, reason });
        Ok(Response::new(self.store.extend_objection(&act, &key, &caller, &request, &verify).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn propose_objection_answer(
        &self,
        request: Request<ProposeObjectionAnswerRequest>,
    ) -> Result<Response<Objection>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, proposed) = read_answer(&self.judge(), &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: PROPOSE, request_id: &request_id };
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.propose_answer(&act, &key, &caller, &request, &proposed).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn decide_objection_answer(
        &self,
        request: Request<DecideObjectionAnswerRequest>,
    ) -> Result<Response<Objection>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "objections"));
        let remark = if request.granted && request.remark.is_empty() {
            String::new()
        } else {
            remark(&mut errors, "remark", request.remark.clone())
        };
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let decided = AnswerDecision { id, granted: request.granted, remark };
        let key = Key { caller: caller.subject(), method: DECIDE, request_id: &request_id };
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.decide_answer(&act, &key, &caller, &request, &decided).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_objection(
        &self,
        request: Request<GetObjectionRequest>,
    ) -> Result<Response<Objection>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.get_ref().name, "objections"));
        let id = id.ok_or(Error::from(errors))?;
        Ok(Response::new(self.store.objection(&id, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_objections(
        &self,
        request: Request<ListObjectionsRequest>,
    ) -> Result<Response<ListObjectionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let filter =
            about_filter::<State>(&sent.record, &sent.uscc, &sent.state, sent.page_size, &sent.page_token)
                .map_err(Error::from)?;
        Ok(Response::new(self.store.list_objections(&filter, &caller).await?))
    }
}
