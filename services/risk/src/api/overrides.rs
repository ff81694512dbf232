//! `xinjian.risk.v1.Overrides`.

use contract::risk::v1 as pb;
use contract::risk::v1::overrides_server::Overrides;
use domain::{DivisionCode, FieldCode, RequestId, Uscc};
use prost::Message;
use service::access_log::Read;
use service::auth::Caller;
use service::{FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::error::Error;
use crate::store::{NewOverride, OverrideFilter};

const PROPOSE: &str = "/xinjian.risk.v1.Overrides/ProposeOverride";
const APPROVE: &str = "/xinjian.risk.v1.Overrides/ApproveOverride";
const REFUSE: &str = "/xinjian.risk.v1.Overrides/RefuseOverride";
const LIFT: &str = "/xinjian.risk.v1.Overrides/LiftOverride";
const LIST: &str = "/xinjian.risk.v1.Overrides/ListOverrides";
/// Bound of a page.
const PAGE: u32 = 500;
/// What the log of reads says of an approval, which states no purpose of its own.
const APPROVAL: &str = "审批人工调整";

#[tonic::async_trait]
impl Overrides for Api {
    #[tracing::instrument(skip_all)]
    async fn propose_override(
        &self,
        request: Request<pb::ProposeOverrideRequest>,
    ) -> Result<Response<pb::ClassOverride>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let (request_id, new) = self.new_override(&body)?;
        let field = FieldCode::parse(&new.field)
            .map_err(|problem| service::Error::corrupt(format!("field {}: {problem}", new.field)))?;
        caller.may_act_in_field(&field)?;
        let class = self.store.class(&new.uscc, &new.field).await?;
        Self::may_see(&caller, &class.class)?;
        // A refusal tells the class too: that it is the present one, or what its floor is.
        self.note_override(&caller, PROPOSE, (new.uscc.as_str(), new.field.as_str()), &new.reason).await?;
        let key = key(&caller, PROPOSE, &request_id);
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.propose_override(&key, &body, &caller, &act, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn approve_override(
        &self,
        request: Request<pb::ApproveOverrideRequest>,
    ) -> Result<Response<pb::ClassOverride>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let named = convert::parse_override_name(&mut errors, &body.name);
        let (Some(request_id), Some(named)) = (request_id, named) else {
            return Err(Error::from(errors).into());
        };
        let id = self.own_override(&caller, &named).await?;
        self.note_override(&caller, APPROVE, (named.0.as_str(), named.1.as_str()), APPROVAL).await?;
        let key = key(&caller, APPROVE, &request_id);
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.approve_override(&key, &body, &caller, &act, &id).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn refuse_override(
        &self,
        request: Request<pb::RefuseOverrideRequest>,
    ) -> Result<Response<pb::ClassOverride>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let asked = (body.name.as_str(), body.reason.as_str(), body.request_id.as_str());
        self.end(&caller, REFUSE, &body, asked).await
    }

    #[tracing::instrument(skip_all)]
    async fn lift_override(
        &self,
        request: Request<pb::LiftOverrideRequest>,
    ) -> Result<Response<pb::ClassOverride>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let asked = (body.name.as_str(), body.reason.as_str(), body.request_id.as_str());
        self.end(&caller, LIFT, &body, asked).await
    }

    #[tracing::instrument(skip_all)]
    async fn list_overrides(
        &self,
        request: Request<pb::ListOverridesRequest>,
    ) -> Result<Response<pb::ListOverridesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["overrides", &body.uscc, &body.field];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, PAGE), &body.page_token);
        let uscc = errors.check_optional("uscc", &body.uscc, Uscc::parse);
        let field = filter::field(&mut errors, &body.field, self.book());
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(purpose), true) = (cut, purpose, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let filter = OverrideFilter {
            scope: caller.scope(),
            uscc: uscc.map(|uscc| uscc.to_string()).unwrap_or_default(),
            field: field.map(|field| field.to_string()).unwrap_or_default(),
        };
        let page = self.store.overrides(&filter, &cut).await?;
        let any = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let subject = format!("enterprises/{}/classes/{}/overrides", any(&filter.uscc), any(&filter.field));
        self.note_read(&caller, &Read { subject: &subject, method: LIST, purpose: &purpose }).await?;
        let today = self.clock.today();
        let (overrides, next_page_token) = page.shown(|row| convert::override_to_pb(row, today));
        Ok(Response::new(pb::ListOverridesResponse { overrides, next_page_token }))
    }
}

impl Api {
    fn new_override(&self, body: &pb::ProposeOverrideRequest) -> Result<(RequestId, NewOverride), Error> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let new = convert::new_override(&mut errors, body, self.clock.today(), self.book());
        let (Some(request_id), Some(new)) = (request_id, new) else { return Err(errors.into()) };
        Ok((request_id, new))
    }

    /// Notes that whoever proposes or approves is told of a class, whatever the answer.
    async fn note_override(
        &self,
        caller: &Caller,
        method: &str,
        (uscc, field): (&str, &str),
        purpose: &str,
    ) -> Result<(), Error> {
        let subject = convert::class_name(uscc, field);
        self.note_read(caller, &Read { subject: &subject, method, purpose }).await
    }

    /// The override that a request names, if its field and division are the caller's.
    async fn own_override(
        &self,
        caller: &Caller,
        named: &(Uscc, FieldCode, String),
    ) -> Result<String, Error> {
        let (uscc, field, id) = named;
        caller.may_act_in_field(field)?;
        let found = self.store.class_override(id).await?;
        if (found.uscc.as_str(), found.field.as_str()) != (uscc.as_str(), field.as_str()) {
            return Err(Error::OverrideNotFound(id.clone()));
        }
        let division = DivisionCode::parse(&found.division)
            .map_err(|problem| service::Error::corrupt(format!("override {id}: {problem}")))?;
        caller.may_act_in_division(&division)?;
        Ok(found.id)
    }

    async fn end<B: Message>(
        &self,
        caller: &Caller,
        method: &'static str,
        body: &B,
        (name, reason, request_id): (&str, &str, &str),
    ) -> Result<Response<pb::ClassOverride>, Status> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, request_id);
        let named = convert::parse_override_name(&mut errors, name);
        let reason = convert::stated(&mut errors, "reason", reason, "must be given");
        let (Some(request_id), Some(named), Some(reason)) = (request_id, named, reason) else {
            return Err(Error::from(errors).into());
        };
        let id = self.own_override(caller, &named).await?;
        let key = key(caller, method, &request_id);
        let act = self.act(caller, &key);
        let what = (id.as_str(), method == REFUSE, reason.as_str());
        Ok(Response::new(self.store.end_override(&key, body, caller, &act, what).await?))
    }
}
