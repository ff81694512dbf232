//! `xinjian.registry.v1.Commitments`.

use contract::registry::v1 as pb;
use contract::registry::v1::commitments_server::Commitments;
use domain::RequestId;
use files::FileId;
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::page::{cut, divisions};
use super::{Api, key};
use crate::convert;
use crate::domain::CommitmentKey;
use crate::error::{CommitmentError, Error};
use crate::machines::commitment::{Event, State};
use crate::seal::Seal;
use crate::store::Act;
use crate::store::commitment::{
    CommitmentFilter, CoverageFilter, Covered, Extension, Issue, LetterRequest, Returned,
};

const ISSUE: &str = "/xinjian.registry.v1.Commitments/IssueCommitments";
const RECALL: &str = "/xinjian.registry.v1.Commitments/RecallCommitment";
const SIGN: &str = "/xinjian.registry.v1.Commitments/SignCommitment";
const PUBLISH: &str = "/xinjian.registry.v1.Commitments/PublishCommitment";
const EXTEND: &str = "/xinjian.registry.v1.Commitments/ExtendRetention";
const GET_COPY: &str = "/xinjian.registry.v1.Commitments/GetSignedCopy";

/// Serves letters, with the archive of their signed copies.
#[derive(Clone)]
pub(crate) struct CommitmentsApi {
    api: Api,
    seal: Seal,
}

impl CommitmentsApi {
    /// Serves what `api` holds, with copies in `seal`.
    pub(crate) fn new(api: Api, seal: Seal) -> Self {
        Self { api, seal }
    }
}

impl Api {
    /// What `ListCommitments` answers; a dossier asks it, too.
    pub(super) async fn letters(
        &self,
        request: Request<pb::ListCommitmentsRequest>,
    ) -> Result<Response<pb::ListCommitmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let public = if body.only_public { "public" } else { "" };
        let filters = ["commitments", &body.uscc, &body.field, &body.state, public];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let uscc = convert::uscc_filter(&mut errors, &body.uscc);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let state = convert::commitment_state_filter(&mut errors, &body.state);
        let (Some(cut), Some(uscc), Some(field), Some(state)) = (cut, uscc, field, state) else {
            return Err(Error::from(errors).into());
        };
        let public_on = body.only_public.then(|| self.clock.today());
        let filter = CommitmentFilter { scope: caller.scope(), uscc, field, state, public_on };
        let page = self.store.commitments(&filter, &cut).await?;
        let (commitments, next_page_token) = page.shown(convert::commitment_to_pb);
        Ok(Response::new(pb::ListCommitmentsResponse { commitments, next_page_token }))
    }

    /// What `caller` asks `method` about a letter, and the act that it is, citing `legal_basis` (may be empty).
    pub(super) fn about_letter<'a, B>(
        &self,
        method: &'a str,
        caller: &'a Caller,
        body: &'a B,
        (request_id, letter): (&'a RequestId, &'a CommitmentKey),
        legal_basis: &str,
    ) -> (LetterRequest<'a, B>, Act) {
        let key = key(caller, method, request_id);
        let act = self.act(caller, &key, legal_basis);
        (LetterRequest { key, body, caller, letter }, act)
    }
}

#[tonic::async_trait]
impl Commitments for CommitmentsApi {
    #[tracing::instrument(skip_all)]
    async fn issue_commitments(
        &self,
        request: Request<pb::IssueCommitmentsRequest>,
    ) -> Result<Response<pb::IssueCommitmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let codes = convert::parse_addressees(&mut errors, "enterprises", &body.enterprises);
        let template = convert::parse_template_name(&mut errors, "template_version", &body.template_version);
        let today = self.api.clock.today();
        let valid_to = convert::parse_term(&mut errors, "valid_to", &body.valid_to, today);
        let (Some(request_id), Some(codes), Some(template), Some(valid_to)) =
            (request_id, codes, template, valid_to)
        else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, ISSUE, &request_id);
        let act = self.api.act(&caller, &key, "");
        let letters: Vec<_> = codes.into_iter().map(|code| (code, Uuid::new_v4())).collect();
        let (letters, template) = (letters.as_slice(), &template);
        let issue = Issue { key: &key, body: &body, caller: &caller, letters, template, valid_to };
        Ok(Response::new(self.api.store.issue_commitments(&issue, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn recall_commitment(
        &self,
        request: Request<pb::RecallCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let letter = convert::parse_commitment_name(&mut errors, "name", &body.name);
        let reason = convert::remark(&mut errors, "reason", &body.reason);
        let (Some(request_id), Some(letter), Some(reason)) = (request_id, letter, reason) else {
            return Err(Error::from(errors).into());
        };
        let (request, act) = self.api.about_letter(RECALL, &caller, &body, (&request_id, &letter), "");
        Ok(Response::new(self.api.store.recall_commitment(&request, &reason, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn sign_commitment(
        &self,
        request: Request<pb::SignCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let letter = convert::parse_commitment_name(&mut errors, "name", &body.name);
        let copy = convert::check_copy(&mut errors, &body.media_type, &body.content);
        let today = self.api.clock.today();
        let signed_on = convert::parse_past_day(&mut errors, "signed_on", &body.signed_on, today);
        let (Some(request_id), Some(letter), Some(()), Some(signed_on)) =
            (request_id, letter, copy, signed_on)
        else {
            return Err(Error::from(errors).into());
        };
        // Nobody fills the archive with what is not theirs, nor with what no letter waits for: whatever lies there without one has no term
        // of retention, and nobody looks at it.
        let view = self.api.store.commitment(&letter).await?;
        caller.may_act_on(&view.commitment.field, &view.division)?;
        let awaited = State::before(Event::Sign).any(|state| state == view.commitment.state);
        let file = if awaited { self.seal.put(&body.content).await? } else { FileId::of(&body.content) };
        let returned = Returned {
            file,
            bytes: i64::try_from(body.content.len()).unwrap_or(i64::MAX),
            media_type: body.media_type.clone(),
            signed_on,
        };
        let (request, act) = self.api.about_letter(SIGN, &caller, &body, (&request_id, &letter), "");
        let attest = |statement: &str| self.seal.attest(statement);
        Ok(Response::new(self.api.store.sign_commitment(&request, &returned, &act, attest).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn publish_commitment(
        &self,
        request: Request<pb::PublishCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let letter = convert::parse_commitment_name(&mut errors, "name", &body.name);
        let (Some(request_id), Some(letter)) = (request_id, letter) else {
            return Err(Error::from(errors).into());
        };
        let (request, act) = self.api.about_letter(PUBLISH, &caller, &body, (&request_id, &letter), "");
        Ok(Response::new(self.api.store.publish_commitment(&request, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn extend_retention(
        &self,
        request: Request<pb::ExtendRetentionRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let letter = convert::parse_commitment_name(&mut errors, "name", &body.name);
        let last =
            convert::parse_last_day(&mut errors, "retain_until", &body.retain_until, self.api.clock.today());
        let reason = convert::remark(&mut errors, "reason", &body.reason);
        let legal_basis = convert::remark(&mut errors, "legal_basis", &body.legal_basis);
        let (Some(request_id), Some(letter), Some(retain_until), Some(reason), Some(legal_basis)) =
            (request_id, letter, last, reason, legal_basis)
        else {
            return Err(Error::from(errors).into());
        };
        let (request, act) =
            self.api.about_letter(EXTEND, &caller, &body, (&request_id, &letter), &legal_basis);
        let extension = Extension { request, retain_until, reason: &reason };
        Ok(Response::new(self.api.store.extend_retention(&extension, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_commitment(
        &self,
        request: Request<pb::GetCommitmentRequest>,
    ) -> Result<Response<pb::Commitment>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let letter = convert::parse_commitment_name(&mut errors, "name", &request.get_ref().name);
        let Some(letter) = letter else { return Err(Error::from(errors).into()) };
        let view = self.api.store.commitment(&letter).await?;
        caller.may_act_on(&view.commitment.field, &view.division)?;
        Ok(Response::new(convert::commitment_to_pb(&view)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_commitments(
        &self,
        request: Request<pb::ListCommitmentsRequest>,
    ) -> Result<Response<pb::ListCommitmentsResponse>, Status> {
        self.api.letters(request).await
    }

    #[tracing::instrument(skip_all)]
    async fn get_signed_copy(
        &self,
        request: Request<pb::GetSignedCopyRequest>,
    ) -> Result<Response<pb::SignedCopy>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let letter = convert::parse_commitment_name(&mut errors, "name", &request.get_ref().name);
        let Some(letter) = letter else { return Err(Error::from(errors).into()) };
        let view = self.api.store.commitment(&letter).await?;
        caller.may_act_on(&view.commitment.field, &view.division)?;
        let not_signed = || Error::from(CommitmentError::NotSigned(letter.clone()));
        let copy = view.commitment.copy.ok_or_else(not_signed)?;
        let content = self.seal.get(&copy.file).await?;
        let commitment = letter.name();
        let read = Read { subject: &commitment, method: GET_COPY, purpose: "" };
        let now = self.api.clock.now();
        access_log::record(self.api.store.db(), &caller, &read, now).await.map_err(Error::from)?;
        let (file, media_type) = (copy.file.to_string(), copy.media_type);
        Ok(Response::new(pb::SignedCopy { commitment, file, media_type, content }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_signing_keys(
        &self,
        request: Request<pb::ListSigningKeysRequest>,
    ) -> Result<Response<pb::ListSigningKeysResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let cut = cut(&mut errors, &caller, &["signing-keys"], body.page_size, &body.page_token);
        let Some(cut) = cut else { return Err(Error::from(errors).into()) };
        let page = self.api.store.signing_keys(&cut).await?;
        Ok(Response::new(pb::ListSigningKeysResponse {
            keys: page.rows.into_iter().map(convert::signing_key_to_pb).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_commitment_coverage(
        &self,
        request: Request<pb::GetCommitmentCoverageRequest>,
    ) -> Result<Response<pb::CommitmentCoverage>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let asked = (body.field.as_str(), body.division.as_str(), body.as_of.as_str());
        let filter = self.coverage_filter(&mut errors, &caller, asked);
        let Some(filter) = filter else { return Err(Error::from(errors).into()) };
        caller.may_act_in_field(&filter.field)?;
        let counted = self.api.store.coverage(&filter).await?;
        let shown = |Covered { division, due, signed }: &Covered| pb::DivisionCoverage {
            division: division.clone(),
            due: *due,
            signed: *signed,
        };
        Ok(Response::new(pb::CommitmentCoverage {
            field: filter.field.to_string(),
            as_of: filter.as_of.to_string(),
            due: counted.iter().map(|row| row.due).sum(),
            signed: counted.iter().map(|row| row.signed).sum(),
            divisions: counted.iter().map(shown).collect(),
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_missing_commitments(
        &self,
        request: Request<pb::ListMissingCommitmentsRequest>,
    ) -> Result<Response<pb::ListMissingCommitmentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["missing-commitments", &body.field, &body.division, &body.as_of];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let asked = (body.field.as_str(), body.division.as_str(), body.as_of.as_str());
        let filter = self.coverage_filter(&mut errors, &caller, asked);
        let (Some(cut), Some(filter)) = (cut, filter) else { return Err(Error::from(errors).into()) };
        caller.may_act_in_field(&filter.field)?;
        let page = self.api.store.missing(&filter, &cut).await?;
        Ok(Response::new(pb::ListMissingCommitmentsResponse {
            enterprises: page.rows.into_iter().map(convert::missing_to_pb).collect(),
            next_page_token: page.next_page_token,
        }))
    }
}

impl CommitmentsApi {
    fn coverage_filter(
        &self,
        errors: &mut FieldErrors,
        caller: &Caller,
        (field, division, as_of): (&str, &str, &str),
    ) -> Option<CoverageFilter> {
        let today = self.api.clock.today();
        let field = convert::parse_key_field(errors, "field", field, self.api.book(), today);
        let division = convert::division_filter(errors, division, caller);
        let as_of = if as_of.is_empty() {
            Some(today)
        } else {
            convert::parse_past_day(errors, "as_of", as_of, today)
        };
        let divisions = divisions(caller, division?.as_ref());
        Some(CoverageFilter { divisions, field: field?, as_of: as_of? })
    }
}
