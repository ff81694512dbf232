//! Applications for credit repair.

use std::sync::Arc;

use contract::punishment::v1::repairs_server::Repairs;
use contract::punishment::v1::{
    CreateRepairRequest, DecideRepairRequest, Eligibility, ExamineRepairRequest, GetEligibilityRequest,
    GetRepairRequest, ListRepairsRequest, ListRepairsResponse, RecordRepairOpinionRequest,
    RecordRepairPushRequest, RecordRepairVerificationRequest, ReferRepairRequest, Repair,
    RevokeRepairRequest, ShareRepairRequest, SubmitRepairRequest, WithdrawRepairRequest,
};
use domain::{DivisionCode, FieldCode, RequestId, Uscc};
use service::access_log::{self, Read};
use service::auth::Caller;
use service::fitting::Page;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::repair as convert;
use crate::domain::repair::{RepairName, Subject};
use crate::error::Error;
use crate::index::PartyIndex;
use crate::store::{Act, Application, DEFAULT_PAGE, MAX_PAGE, RepairFilter, Store, Verification};

const GET: &str = "/xinjian.punishment.v1.Repairs/GetRepair";
const LIST: &str = "/xinjian.punishment.v1.Repairs/ListRepairs";
/// The right to know who has key attention, as risk grants it.
const FLAGS: &str = "risk.flag.read";

/// The service `Repairs`.
#[derive(Clone, Debug)]
pub struct RepairsApi {
    store: Store,
    index: Arc<PartyIndex>,
    clock: Clock,
}

impl RepairsApi {
    /// Works on `store` and keeps `index` up to date with its own decisions.
    pub fn new(store: Store, index: Arc<PartyIndex>, clock: Clock) -> Self {
        Self { store, index, clock }
    }

    /// Refuses who does not act where the application lies.
    async fn admit(&self, caller: &Caller, name: &RepairName) -> Result<(), Error> {
        let repair = self.store.repair(name).await?;
        admit(caller, repair.field.as_ref(), &repair.division)
    }

    /// What `ListRepairs` answers, but without the key attention of the parties. It is for a dossier: what is told of one party is kept for
    /// a moment elsewhere, where nobody notes who reads it.
    pub(super) async fn list(
        &self,
        request: Request<ListRepairsRequest>,
    ) -> Result<Response<ListRepairsResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let (page, _) = self.page(&caller, request.into_inner()).await?;
        let (repairs, next_page_token) = page.shown(|repair| repair.said.clone());
        Ok(Response::new(ListRepairsResponse { repairs, next_page_token }))
    }

    /// The page of a list, as it is stored, and the party whose applications are asked for.
    async fn page(
        &self,
        caller: &Caller,
        request: ListRepairsRequest,
    ) -> Result<(Page<Application>, Option<Uscc>), Error> {
        let mut fields = FieldErrors::default();
        let filter = RepairFilter {
            uscc: fields.check_optional("uscc", &request.uscc, Uscc::parse),
            state: fields.check_optional("state", &request.state, str::parse),
            subject: fields.check_optional("subject", &request.subject, Subject::parse),
        };
        let size = fields.check("page_size", db::page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE));
        fields.into_result()?;
        let size = size.unwrap_or_default();
        let page = self.store.repairs(&filter, &caller.scope(), size, &request.page_token).await?;
        Ok((page, filter.uscc))
    }

    /// Adds the key attention that the parties have, if the caller may know, and notes the read. What is stored and told of an
    /// application never holds it.
    async fn show_attention(
        &self,
        caller: &Caller,
        read: &Read<'_>,
        repairs: &mut [Repair],
    ) -> Result<(), Error> {
        let today = self.clock.today();
        if repairs.is_empty() || !caller.may(FLAGS, self.store.book(), today) {
            return Ok(());
        }
        let usccs: Vec<_> = repairs.iter().map(|repair| repair.uscc.as_str()).collect();
        let flags = self.store.attention(&usccs, today).await?;
        access_log::record(self.store.db(), caller, read, self.clock.now()).await?;
        for repair in repairs {
            let own = flags.iter().filter(|flag| flag.uscc.as_str() == repair.uscc);
            let seen = own.filter(|flag| caller.fields().contain(&flag.field));
            repair.attention = seen.map(convert::attention).collect();
        }
        Ok(())
    }

    fn act<'a>(&self, caller: &'a Caller, method: &'static str, request_id: &'a RequestId) -> Act<'a> {
        let key = Key { caller: caller.subject(), method, request_id };
        Act { actor: caller.actor(), key, now: self.clock.now() }
    }

    async fn verify(
        &self,
        caller: &Caller,
        method: &'static str,
        body: &impl prost::Message,
        (request_id, name, verification): (RequestId, RepairName, Verification),
    ) -> Result<Response<Repair>, Status> {
        self.admit(caller, &name).await?;
        let act = self.act(caller, method, &request_id);
        Ok(Response::new(self.store.verify_repair(&act, body, &name, verification).await?))
    }
}

/// The flags of a party in the log of reads, named as risk names them: whoever asks who has read about a party finds these, too.
fn flags_of(uscc: &str) -> String {
    format!("enterprises/{}/flags/-", if uscc.is_empty() { "-" } else { uscc })
}

fn admit(caller: &Caller, field: Option<&FieldCode>, division: &DivisionCode) -> Result<(), Error> {
    match field {
        Some(field) => caller.may_act_on(field, division)?,
        None => caller.may_act_in_division(division)?,
    }
    Ok(())
}

#[tonic::async_trait]
impl Repairs for RepairsApi {
    #[tracing::instrument(skip_all)]
    async fn get_eligibility(
        &self,
        request: Request<GetEligibilityRequest>,
    ) -> Result<Response<Eligibility>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let (subject, as_of) = convert::question(&request.into_inner(), self.clock.today())?;
        let found = self.store.repair_subject(&subject).await?;
        admit(&caller, found.field.as_ref(), &found.division)?;
        let judged = self.store.eligibility(&found, as_of).await?;
        Ok(Response::new(convert::eligibility(self.store.book(), &found, &judged)))
    }

    #[tracing::instrument(skip_all)]
    async fn create_repair(&self, request: Request<CreateRepairRequest>) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/CreateRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, subject, new) = convert::new_repair(&body, self.store.book(), self.clock.today())?;
        let found = self.store.repair_subject(&subject).await?;
        admit(&caller, found.field.as_ref(), &found.division)?;
        let act = self.act(&caller, METHOD, &request_id);
        Ok(Response::new(self.store.begin_repair(&act, &body, &found, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn submit_repair(&self, request: Request<SubmitRepairRequest>) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/SubmitRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, papers) = convert::submission(&body, self.store.book(), self.clock.today())?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        Ok(Response::new(self.store.submit_repair(&act, &body, &name, papers).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn examine_repair(
        &self,
        request: Request<ExamineRepairRequest>,
    ) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/ExamineRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, examination) =
            convert::examination(&body, self.store.book(), self.clock.today())?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        Ok(Response::new(self.store.examine_repair(&act, &body, &name, examination).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn record_repair_verification(
        &self,
        request: Request<RecordRepairVerificationRequest>,
    ) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/RecordRepairVerification";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let said = convert::verification(&body, self.store.book(), self.clock.today())?;
        self.verify(&caller, METHOD, &body, said).await
    }

    #[tracing::instrument(skip_all)]
    async fn refer_repair(&self, request: Request<ReferRepairRequest>) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/ReferRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let said = convert::referral(&body)?;
        self.verify(&caller, METHOD, &body, said).await
    }

    #[tracing::instrument(skip_all)]
    async fn record_repair_opinion(
        &self,
        request: Request<RecordRepairOpinionRequest>,
    ) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/RecordRepairOpinion";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let said = convert::opinion(&body)?;
        self.verify(&caller, METHOD, &body, said).await
    }

    #[tracing::instrument(skip_all)]
    async fn decide_repair(&self, request: Request<DecideRepairRequest>) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/DecideRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, decision) = convert::decision(&body)?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        let answer = self.store.decide_repair(&act, &body, &name, decision).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn share_repair(&self, request: Request<ShareRepairRequest>) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/ShareRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, _) = convert::plain(&body.name, "", &body.request_id)?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        Ok(Response::new(self.store.share_repair(&act, &body, &name).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn record_repair_push(
        &self,
        request: Request<RecordRepairPushRequest>,
    ) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/RecordRepairPush";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, push) = convert::push(&body)?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        Ok(Response::new(self.store.push_repair(&act, &body, &name, &push).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn revoke_repair(&self, request: Request<RevokeRepairRequest>) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/RevokeRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, revocation) = convert::revocation(&body)?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        let answer = self.store.revoke_repair(&act, &body, &name, revocation).await?;
        self.index.refresh(&self.store, self.clock.now()).await?;
        Ok(Response::new(answer))
    }

    #[tracing::instrument(skip_all)]
    async fn withdraw_repair(
        &self,
        request: Request<WithdrawRepairRequest>,
    ) -> Result<Response<Repair>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.Repairs/WithdrawRepair";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, reason) = convert::plain(&body.name, &body.reason, &body.request_id)?;
        self.admit(&caller, &name).await?;
        let act = self.act(&caller, METHOD, &request_id);
        Ok(Response::new(self.store.withdraw_repair(&act, &body, &name, reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_repair(&self, request: Request<GetRepairRequest>) -> Result<Response<Repair>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let name = RepairName::parse(&request.into_inner().name);
        let name = name.map_err(|problem| Error::from(FieldErrors::one("name", problem)))?;
        let mut repair = self.store.repair(&name).await?;
        admit(&caller, repair.field.as_ref(), &repair.division)?;
        let (subject, purpose) = (flags_of(&repair.said.uscc), name.to_string());
        let read = Read { subject: &subject, method: GET, purpose: &purpose };
        self.show_attention(&caller, &read, std::slice::from_mut(&mut repair.said)).await?;
        Ok(Response::new(repair.said))
    }

    #[tracing::instrument(skip_all)]
    async fn list_repairs(
        &self,
        request: Request<ListRepairsRequest>,
    ) -> Result<Response<ListRepairsResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let (page, uscc) = self.page(&caller, request.into_inner()).await?;
        let of_one = uscc.map(|uscc| flags_of(uscc.as_str()));
        let read = Read { subject: of_one.as_deref().unwrap_or("repairs/-"), method: LIST, purpose: "" };
        let mut repairs: Vec<Repair> = page.rows.iter().map(|repair| repair.said.clone()).collect();
        self.show_attention(&caller, &read, &mut repairs).await?;
        // Only now: what is shown beside an application takes room as well.
        let (repairs, next_page_token) = page.cut(repairs);
        Ok(Response::new(ListRepairsResponse { repairs, next_page_token }))
    }
}
