//! `xinjian.registry.v1.CommitmentBreaches`.

use chrono::{Days, NaiveDate};
use contract::registry::v1 as pb;
use contract::registry::v1::commitment_breaches_server::CommitmentBreaches;
use prost::Message;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::domain::{BreachFact, Order};
use crate::error::Error;
use crate::machines::commitment::{CORRECT_LIMIT, CORRECT_LIMIT_MOST};
use crate::store::commitment::{BreachFilter, BreachRequest, Found};

const BEGIN: &str = "/xinjian.registry.v1.CommitmentBreaches/BeginCommitmentCheck";
const CONCLUDE: &str = "/xinjian.registry.v1.CommitmentBreaches/ConcludeCommitmentCheck";
const HEAR: &str = "/xinjian.registry.v1.CommitmentBreaches/HearParty";
const DISMISS: &str = "/xinjian.registry.v1.CommitmentBreaches/DismissBreach";
const CONFIRM: &str = "/xinjian.registry.v1.CommitmentBreaches/ConfirmBreach";
const ACCEPT: &str = "/xinjian.registry.v1.CommitmentBreaches/AcceptCorrection";
const REJECT: &str = "/xinjian.registry.v1.CommitmentBreaches/RejectCorrection";
const DRAFT: &str = "/xinjian.registry.v1.CommitmentBreaches/DraftRevocation";
const PROPOSE: &str = "/xinjian.registry.v1.CommitmentBreaches/ProposeRevocation";
const DECIDE: &str = "/xinjian.registry.v1.CommitmentBreaches/RecordRevocationDecision";

/// What every request about a breach has in common, as sent.
struct Sent<'a, B> {
    method: &'static str,
    caller: &'a Caller,
    body: &'a B,
    request_id: &'a str,
    name: &'a str,
}

/// What a request tells: a fact, with the basis and the reason given.
struct Tells {
    fact: BreachFact,
    legal_basis: String,
    reason: String,
}

impl Tells {
    fn because(fact: BreachFact, reason: String) -> Self {
        Self { fact, legal_basis: String::new(), reason }
    }

    fn citing(fact: BreachFact, legal_basis: String) -> Self {
        Self { fact, legal_basis, reason: String::new() }
    }
}

#[tonic::async_trait]
impl CommitmentBreaches for Api {
    #[tracing::instrument(skip_all)]
    async fn begin_commitment_check(
        &self,
        request: Request<pb::BeginCommitmentCheckRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let letter = convert::parse_commitment_name(&mut errors, "name", &body.name);
        let task = convert::reference(&mut errors, "task", &body.task);
        let (Some(request_id), Some(letter), Some(task)) = (request_id, letter, task) else {
            return Err(Error::from(errors).into());
        };
        let (request, act) = self.about_letter(BEGIN, &caller, &body, (&request_id, &letter), "");
        Ok(Response::new(self.store.begin_check(&request, &task, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn conclude_commitment_check(
        &self,
        request: Request<pb::ConcludeCommitmentCheckRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let letter = convert::parse_commitment_name(&mut errors, "name", &body.name);
        let finding = convert::remark(&mut errors, "finding", &body.finding);
        let (Some(request_id), Some(letter), Some(finding)) = (request_id, letter, finding) else {
            return Err(Error::from(errors).into());
        };
        let (request, act) = self.about_letter(CONCLUDE, &caller, &body, (&request_id, &letter), "");
        let found = Found { kept: body.kept, finding };
        Ok(Response::new(self.store.conclude_check(&request, &found, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn hear_party(
        &self,
        request: Request<pb::HearPartyRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(HEAR, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let today = self.clock.today();
            let on = convert::parse_past_day(errors, "heard_on", &body.heard_on, today);
            let statement = convert::remark(errors, "statement", &body.statement);
            Some(Tells::because(BreachFact::Heard { on: on?, statement: statement? }, String::new()))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn dismiss_breach(
        &self,
        request: Request<pb::DismissBreachRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(DISMISS, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let reason = convert::remark(errors, "reason", &body.reason);
            Some(Tells::because(BreachFact::Dismissed, reason?))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn confirm_breach(
        &self,
        request: Request<pb::ConfirmBreachRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(CONFIRM, &caller, &body, &body.request_id, &body.name);
        let (usual, most) = (self.limit(CORRECT_LIMIT)?, self.latest(CORRECT_LIMIT_MOST)?);
        self.tell(sent, |errors| {
            let ordered_on = self.clock.today();
            let document_no = convert::reference(errors, "document_no", &body.document_no);
            let legal_basis = convert::remark(errors, "legal_basis", &body.legal_basis);
            let correct_by =
                convert::parse_term(errors, "correct_by", &body.correct_by, ordered_on)?.or(usual);
            let correct_by = errors.require("correct_by", correct_by);
            if let (Some(day), Some(most)) = (correct_by, most)
                && day > most
            {
                errors.push("correct_by", format!("is later than {most}"));
                return None;
            }
            let order = Order {
                ordered_on,
                document_no: document_no?,
                legal_basis: legal_basis.clone()?,
                correct_by: correct_by?,
            };
            Some(Tells::citing(BreachFact::Ordered(order), legal_basis?))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn accept_correction(
        &self,
        request: Request<pb::AcceptCorrectionRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(ACCEPT, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let reason = convert::remark(errors, "reason", &body.reason);
            Some(Tells::because(BreachFact::Accepted, reason?))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn reject_correction(
        &self,
        request: Request<pb::RejectCorrectionRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(REJECT, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let reason = convert::remark(errors, "reason", &body.reason);
            let today = self.clock.today();
            let rechecked_on = match body.rechecked_on.as_str() {
                "" => None,
                text => Some(convert::parse_past_day(errors, "rechecked_on", text, today)?),
            };
            Some(Tells::because(BreachFact::Rejected(rechecked_on), reason?))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn draft_revocation(
        &self,
        request: Request<pb::DraftRevocationRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(DRAFT, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let reason = convert::remark(errors, "reason", &body.reason);
            let legal_basis = convert::remark(errors, "legal_basis", &body.legal_basis);
            let fact = BreachFact::Drafted(caller.subject().to_owned());
            Some(Tells { fact, legal_basis: legal_basis?, reason: reason? })
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn propose_revocation(
        &self,
        request: Request<pb::ProposeRevocationRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(PROPOSE, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let document_no = convert::reference(errors, "document_no", &body.document_no);
            let legal_basis = convert::remark(errors, "legal_basis", &body.legal_basis);
            Some(Tells::citing(BreachFact::Proposed(document_no?), legal_basis?))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn record_revocation_decision(
        &self,
        request: Request<pb::RecordRevocationDecisionRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let sent = sent(DECIDE, &caller, &body, &body.request_id, &body.name);
        self.tell(sent, |errors| {
            let authority = convert::reference(errors, "authority", &body.authority);
            let document_no = convert::reference(errors, "document_no", &body.document_no);
            let legal_basis = convert::remark(errors, "legal_basis", &body.legal_basis);
            let decided_on = match body.decided_on.as_str() {
                "" => Some(self.clock.today()),
                text => convert::parse_past_day(errors, "decided_on", text, self.clock.today()),
            };
            let (authority, document_no, decided_on) = (authority?, document_no?, decided_on?);
            let (revoked, licences) = (body.revoked, body.licence_nos.clone());
            let fact = BreachFact::Decided { revoked, authority, document_no, decided_on, licences };
            Some(Tells::citing(fact, legal_basis?))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn get_breach(
        &self,
        request: Request<pb::GetBreachRequest>,
    ) -> Result<Response<pb::Breach>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let breach = convert::parse_breach_name(&mut errors, "name", &request.get_ref().name);
        let Some(breach) = breach else { return Err(Error::from(errors).into()) };
        let (view, breach) = self.store.breach(&breach).await?;
        caller.may_act_on(&view.commitment.field, &view.division)?;
        Ok(Response::new(convert::breach_with_statement(&view, &breach)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_breaches(
        &self,
        request: Request<pb::ListBreachesRequest>,
    ) -> Result<Response<pb::ListBreachesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let open = if body.only_open { "open" } else { "" };
        let filters = ["breaches", &body.field, open];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let (Some(cut), Some(field)) = (cut, field) else { return Err(Error::from(errors).into()) };
        let filter = BreachFilter { scope: caller.scope(), field, only_open: body.only_open };
        let page = self.store.breaches(&filter, &cut).await?;
        let (breaches, next_page_token) = page.shown(|(view, breach)| convert::breach_to_pb(view, breach));
        Ok(Response::new(pb::ListBreachesResponse { breaches, next_page_token }))
    }
}

fn sent<'a, B>(
    method: &'static str,
    caller: &'a Caller,
    body: &'a B,
    request_id: &'a str,
    name: &'a str,
) -> Sent<'a, B> {
    Sent { method, caller, body, request_id, name }
}

impl Api {
    /// Takes the step that a request tells; `read` reads what is its own.
    async fn tell<B: Message>(
        &self,
        sent: Sent<'_, B>,
        read: impl FnOnce(&mut FieldErrors) -> Option<Tells>,
    ) -> Result<Response<pb::Breach>, Status> {
        let Sent { method, caller, body, request_id, name } = sent;
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, request_id);
        let breach = convert::parse_breach_name(&mut errors, "name", name);
        let tells = read(&mut errors);
        let (Some(request_id), Some(breach), Some(tells)) = (request_id, breach, tells) else {
            return Err(Error::from(errors).into());
        };
        let key = key(caller, method, &request_id);
        let Tells { fact, legal_basis, reason } = &tells;
        let act = self.act(caller, &key, legal_basis);
        let fact = fact.clone();
        let request = BreachRequest { key: &key, body, caller, breach: &breach, fact, legal_basis, reason };
        Ok(Response::new(self.store.step_breach(&request, &act).await?))
    }

    /// Last day of an order of today by a parameter; `None` past the loaded calendar.
    fn limit(&self, parameter: &str) -> Result<Option<NaiveDate>, Error> {
        let deadline = self.book().deadline(self.clock.today(), parameter);
        Ok(deadline.map_err(service::Error::from)?.due.date())
    }

    /// The latest day that may be set today. Past the loaded calendar an end is not moved off a holiday: a bound that waited for the
    /// calendar would be none.
    fn latest(&self, parameter: &str) -> Result<Option<NaiveDate>, Error> {
        let bound = self.book().deadline(self.clock.today(), parameter).map_err(service::Error::from)?;
        let as_counted = || bound.start.checked_add_days(Days::new(bound.length.into()));
        Ok(bound.due.date().or_else(as_counted))
    }
}
