//! `xinjian.registry.v1.Licences`.

use contract::registry::v1 as pb;
use contract::registry::v1::licences_server::Licences;
use service::FieldErrors;
use service::auth::{Caller, Denied};
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::error::Error;
use crate::store::{LicenceFilter, LicenceView, NewLicence, RefusedPermitFilter, TakeBack};

const RECORD: &str = "/xinjian.registry.v1.Licences/RecordLicence";
const TAKE_BACK: &str = "/xinjian.registry.v1.Licences/TakeBackLicence";

#[tonic::async_trait]
impl Licences for Api {
    #[tracing::instrument(skip_all)]
    async fn record_licence(
        &self,
        request: Request<pb::RecordLicenceRequest>,
    ) -> Result<Response<pb::Licence>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let licence = self.sent_licence(&mut errors, body.licence.as_ref());
        let today = self.clock.today();
        let decided_on = convert::day_not_ahead(&mut errors, "decided_on", &body.decided_on, today);
        let (Some(request_id), Some((licence_no, content)), Some(decided_on)) =
            (request_id, licence, decided_on)
        else {
            return Err(Error::from(errors).into());
        };
        let field = content.field.clone();
        caller.may_act_in_field(&field)?;
        let key = key(&caller, RECORD, &request_id);
        let act = self.act(&caller, &key, "");
        let authorise = |holder: &crate::domain::Enterprise| {
            caller.may_act_on(&field, &holder.profile.division).map_err(Error::from)
        };
        let new = NewLicence { licence_no, content, decided_on: decided_on.unwrap_or(act.today) };
        Ok(Response::new(self.store.record_licence(&key, &body, &act, new, authorise).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn take_back_licence(
        &self,
        request: Request<pb::TakeBackLicenceRequest>,
    ) -> Result<Response<pb::Licence>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let number = convert::parse_licence_name(&mut errors, "name", &body.name);
        let reason = convert::remark(&mut errors, "reason", &body.reason);
        let (Some(request_id), Some(licence_no), Some(reason)) = (request_id, number, reason) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, TAKE_BACK, &request_id);
        let act = self.act(&caller, &key, "");
        let authorise = |view: &LicenceView| may_see(&caller, view).map_err(Error::from);
        let request = TakeBack { key: &key, body: &body, licence_no: &licence_no, reason: &reason };
        Ok(Response::new(self.store.take_back_licence(&request, &act, authorise).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_licence(
        &self,
        request: Request<pb::GetLicenceRequest>,
    ) -> Result<Response<pb::Licence>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let number = convert::parse_licence_name(&mut errors, "name", &request.get_ref().name);
        let Some(number) = number else { return Err(Error::from(errors).into()) };
        let view = self.store.licence(&number).await?;
        may_see(&caller, &view)?;
        Ok(Response::new(self.shown(&view)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_licences(
        &self,
        request: Request<pb::ListLicencesRequest>,
    ) -> Result<Response<pb::ListLicencesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["licences", &body.uscc, &body.field];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let uscc = convert::uscc_filter(&mut errors, &body.uscc);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let (Some(cut), Some(uscc), Some(field)) = (cut, uscc, field) else {
            return Err(Error::from(errors).into());
        };
        let page = self.store.licences(&LicenceFilter { scope: caller.scope(), uscc, field }, &cut).await?;
        let (licences, next_page_token) = page.shown(|view| self.shown(view));
        Ok(Response::new(pb::ListLicencesResponse { licences, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_refused_permits(
        &self,
        request: Request<pb::ListRefusedPermitsRequest>,
    ) -> Result<Response<pb::ListRefusedPermitsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let cut =
            cut(&mut errors, &caller, &["refused_permits", &body.field], body.page_size, &body.page_token);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let (Some(cut), Some(field)) = (cut, field) else { return Err(Error::from(errors).into()) };
        let page =
            self.store.refused_permits(&RefusedPermitFilter { scope: caller.scope(), field }, &cut).await?;
        let (permits, next_page_token) = page.shown(convert::refused_permit_to_pb);
        Ok(Response::new(pb::ListRefusedPermitsResponse { permits, next_page_token }))
    }
}

impl Api {
    fn sent_licence(
        &self,
        errors: &mut FieldErrors,
        sent: Option<&pb::Licence>,
    ) -> Option<(String, crate::domain::LicenceContent)> {
        let sent = errors.require("licence", sent)?;
        let mut part = FieldErrors::default();
        let licence = convert::parse_licence(&mut part, sent.into(), self.book(), self.clock.today());
        errors.extend("licence", part);
        licence
    }

    /// The licence as it reads today.
    fn shown(&self, view: &LicenceView) -> pb::Licence {
        convert::licence_to_pb(&view.licence, view.licence.state_on(self.clock.today()))
    }
}

/// A licence whose division is not known yet is not hidden by that, as in lists.
fn may_see(caller: &Caller, view: &LicenceView) -> Result<(), Denied> {
    let field = &view.licence.content.field;
    match &view.division {
        Some(division) => caller.may_act_on(field, division),
        None => caller.may_act_in_field(field),
    }
}
