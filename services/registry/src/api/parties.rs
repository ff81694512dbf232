//! `xinjian.registry.v1.Parties`.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use contract::registry::v1::parties_server::Parties;
use domain::LegalName;
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use service::erasure::bare;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::page::{cut, divisions};
use super::{Api, key};
use crate::convert;
use crate::domain::{PartyContent, PartyId};
use crate::error::Error;
use crate::store::{PartyErasure, PartyFilter, PartyUpdate};

const CREATE: &str = "/xinjian.registry.v1.Parties/CreateParty";
const UPDATE: &str = "/xinjian.registry.v1.Parties/UpdateParty";
const GET: &str = "/xinjian.registry.v1.Parties/GetParty";
const FIND: &str = "/xinjian.registry.v1.Parties/FindParties";
const ERASE: &str = "/xinjian.registry.v1.Parties/EraseParty";
const SETTLE: &str = "/xinjian.registry.v1.Parties/SettleErasure";

#[tonic::async_trait]
impl Parties for Api {
    #[tracing::instrument(skip_all)]
    async fn create_party(
        &self,
        request: Request<pb::CreatePartyRequest>,
    ) -> Result<Response<pb::Party>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let party = self.sent_party(&mut errors, body.party.as_ref());
        let (Some(request_id), Some((content, since))) = (request_id, party) else {
            return Err(Error::from(errors).into());
        };
        caller.may_act_in_division(&content.division)?;
        let key = key(&caller, CREATE, &request_id);
        let act = self.act(&caller, &key, "");
        let party = (PartyId(Uuid::new_v4()), content, since);
        Ok(Response::new(self.store.create_party(&key, &body, &act, party).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn update_party(
        &self,
        request: Request<pb::UpdatePartyRequest>,
    ) -> Result<Response<pb::Party>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let patch = convert::parse_party_patch(&mut errors, &body, self.book(), self.clock.today());
        let reason = convert::remark(&mut errors, "reason", &body.reason);
        let (Some(request_id), Some(patch), Some(reason)) = (request_id, patch, reason) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, UPDATE, &request_id);
        let act = self.act(&caller, &key, "");
        let update = PartyUpdate { key: &key, body: &body, caller: &caller, patch: &patch, reason: &reason };
        Ok(Response::new(self.store.update_party(&update, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_party(&self, request: Request<pb::GetPartyRequest>) -> Result<Response<pb::Party>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = convert::parse_party_name(&mut errors, "name", &request.get_ref().name);
        let (today, now) = (self.clock.today(), self.clock.now());
        let at = convert::party_as_of(&mut errors, request.get_ref(), today, now);
        let (Some(id), Some(at)) = (id, at) else { return Err(Error::from(errors).into()) };
        let present = self.store.party(id).await?;
        caller.may_act_in_division(&present.content.division)?;
        let party = match at {
            None => present,
            Some(at) => self.store.party_as_of(present, at).await?,
        };
        let read = Read { subject: &id.name(), method: GET, purpose: "" };
        access_log::record(self.store.db(), &caller, &read, self.clock.now()).await.map_err(Error::from)?;
        Ok(Response::new(convert::party_to_pb(&party)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_parties(
        &self,
        request: Request<pb::ListPartiesRequest>,
    ) -> Result<Response<pb::ListPartiesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["parties", &body.division];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let division = convert::division_filter(&mut errors, &body.division, &caller);
        let (Some(cut), Some(division)) = (cut, division) else { return Err(Error::from(errors).into()) };
        let filter = PartyFilter { divisions: divisions(&caller, division.as_ref()), called: None };
        let page = self.store.parties(&filter, &cut).await?;
        let (parties, next_page_token) = page.shown(convert::party_without_person);
        Ok(Response::new(pb::ListPartiesResponse { parties, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn find_parties(
        &self,
        request: Request<pb::FindPartiesRequest>,
    ) -> Result<Response<pb::FindPartiesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let legal_name = errors.check("legal_name", LegalName::parse(&body.legal_name));
        let filters = ["parties", "called", &body.legal_name];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let (Some(legal_name), Some(cut)) = (legal_name, cut) else { return Err(Error::from(errors).into()) };
        let called = Some(bare(legal_name.as_str()));
        let filter = PartyFilter { divisions: divisions(&caller, None), called };
        let page = self.store.parties(&filter, &cut).await?;
        for party in &page.rows {
            let read = Read { subject: &party.id.name(), method: FIND, purpose: "" };
            let logged = access_log::record(self.store.db(), &caller, &read, self.clock.now()).await;
            logged.map_err(Error::from)?;
        }
        let (parties, next_page_token) = page.shown(convert::party_without_person);
        Ok(Response::new(pb::FindPartiesResponse { parties, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn erase_party(
        &self,
        request: Request<pb::ErasePartyRequest>,
    ) -> Result<Response<pb::Party>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let id = convert::parse_party_name(&mut errors, "name", &body.name);
        let reason = convert::remark(&mut errors, "reason", &body.reason);
        let (Some(request_id), Some(id), Some(reason)) = (request_id, id, reason) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, ERASE, &request_id);
        let act = self.act(&caller, &key, "");
        let erasure = PartyErasure { key: &key, body: &body, caller: &caller, id, reason: &reason };
        Ok(Response::new(self.store.erase_party(&erasure, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn settle_erasure(
        &self,
        request: Request<pb::SettleErasureRequest>,
    ) -> Result<Response<pb::SettleErasureResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let record = body.name.strip_prefix("records/").filter(is_id);
        errors.check("name", record.ok_or("is not of the form `records/{id}`"));
        let remark = convert::remark(&mut errors, "remark", &body.remark);
        let (Some(request_id), Some(remark), true) = (request_id, remark, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, SETTLE, &request_id);
        let act = self.act(&caller, &key, "");
        Ok(Response::new(self.store.settle_erasure(&act, &key, &caller, &body, remark).await?))
    }
}

impl Api {
    /// The party as sent, and from which day it is true, where that is said.
    fn sent_party(
        &self,
        errors: &mut FieldErrors,
        sent: Option<&pb::Party>,
    ) -> Option<(PartyContent, Option<NaiveDate>)> {
        let sent = errors.require("party", sent)?;
        let mut part = FieldErrors::default();
        let party = convert::parse_party(&mut part, sent, self.book(), self.clock.today());
        errors.extend("party", part);
        party
    }
}
