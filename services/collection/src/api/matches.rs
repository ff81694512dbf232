//! `xinjian.collection.v1.Matches`.

use contract::collection::v1::matches_server::Matches;
use contract::collection::v1::{
    Candidate, DecideMatchRequest, FindCandidatesRequest, FindCandidatesResponse, GetMatchRequest,
    ListMatchesRequest, ListMatchesResponse, Match, ProposeMatchRequest, RequestMatchUndoRequest,
};
use db::page_size;
use domain::Uscc;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::PAGE;
use crate::convert::{remark, request_id};
use crate::domain::{NaturalId, matching};
use crate::error::Error;
use crate::machines::matching::STATES;
use crate::store::{Act, Decision, MatchFilter, Proposal, Store, Subject, UndoRequest, reasons_to_pb};

const PROPOSE: &str = "/xinjian.collection.v1.Matches/ProposeMatch";
const REQUEST_UNDO: &str = "/xinjian.collection.v1.Matches/RequestMatchUndo";
const DECIDE: &str = "/xinjian.collection.v1.Matches/DecideMatch";
/// Default and bound of the number of candidates.
const CANDIDATES: (u32, u32) = (10, 50);

/// Serves matches.
#[derive(Clone, Debug)]
pub(crate) struct MatchesService {
    store: Store,
    clock: Clock,
}

impl MatchesService {
    /// Serves the matches of `store`.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

#[tonic::async_trait]
impl Matches for MatchesService {
    #[tracing::instrument(skip_all)]
    async fn find_candidates(
        &self,
        request: Request<FindCandidatesRequest>,
    ) -> Result<Response<FindCandidatesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let mut errors = FieldErrors::default();
        let subject = errors.check("subject", Subject::parse(&sent.subject));
        let most = errors.check("max_results", page_size(sent.max_results, CANDIDATES.0, CANDIDATES.1));
        let (Some(subject), Some(most)) = (subject, most) else { return Err(Error::from(errors).into()) };
        let most = usize::try_from(most).unwrap_or_default();
        let found = self.store.candidates_of(&subject, &caller, self.clock.today(), most).await?;
        Ok(Response::new(FindCandidatesResponse { candidates: found.into_iter().map(candidate).collect() }))
    }

    #[tracing::instrument(skip_all)]
    async fn propose_match(&self, request: Request<ProposeMatchRequest>) -> Result<Response<Match>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let subject = errors.check("subject", Subject::parse(&request.subject));
        let uscc = errors.check("uscc", Uscc::parse(&request.uscc));
        let reason = remark(&mut errors, "reason", request.reason.clone());
        let (Some(request_id), Some(subject), Some(uscc), true) =
            (request_id, subject, uscc, errors.is_empty())
        else {
            return Err(Error::from(errors).into());
        };
        let proposal = Proposal { subject, uscc, reason };
        let key = Key { caller: caller.subject(), method: PROPOSE, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), self.store.book());
        Ok(Response::new(self.store.propose_match(&act, &key, &caller, &request, &proposal).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn request_match_undo(
        &self,
        request: Request<RequestMatchUndoRequest>,
    ) -> Result<Response<Match>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "matches"));
        let reason = remark(&mut errors, "reason", request.reason.clone());
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let key = Key { caller: caller.subject(), method: REQUEST_UNDO, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), self.store.book());
        let undo = UndoRequest { id, reason };
        Ok(Response::new(self.store.request_match_undo(&act, &key, &caller, &request, &undo).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn decide_match(&self, request: Request<DecideMatchRequest>) -> Result<Response<Match>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "matches"));
        let remark = if request.granted && request.remark.is_empty() {
            String::new()
        } else {
            remark(&mut errors, "remark", request.remark.clone())
        };
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let decision = Decision { id, granted: request.granted, remark };
        let key = Key { caller: caller.subject(), method: DECIDE, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), self.store.book());
        Ok(Response::new(self.store.decide_match(&act, &key, &caller, &request, &decision).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_match(&self, request: Request<GetMatchRequest>) -> Result<Response<Match>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.get_ref().name, "matches"));
        let id = id.ok_or(Error::from(errors))?;
        Ok(Response::new(self.store.party_match(&id, &caller, self.clock.today()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_matches(
        &self,
        request: Request<ListMatchesRequest>,
    ) -> Result<Response<ListMatchesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let filter = read_filter(request.get_ref()).map_err(Error::from)?;
        Ok(Response::new(self.store.list_matches(&filter, &caller, self.clock.today()).await?))
    }
}

fn candidate(found: matching::Candidate) -> Candidate {
    let matching::Candidate { party, judgement } = found;
    Candidate {
        uscc: party.uscc,
        legal_name: party.legal_name,
        address: party.address,
        division: party.division.to_string(),
        score: judgement.score,
        reasons: reasons_to_pb(&judgement),
    }
}

fn read_filter(sent: &ListMatchesRequest) -> Result<MatchFilter, FieldErrors> {
    let mut errors = FieldErrors::default();
    let subject = errors.check_optional("subject", &sent.subject, Subject::parse);
    let names = STATES.map(|state| state.as_str());
    if !sent.state.is_empty() && !names.contains(&sent.state.as_str()) {
        errors.push("state", format!("is not one of: {}", names.join(", ")));
    }
    let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
    match size {
        Some(size) if errors.is_empty() => {
            Ok(MatchFilter { subject, state: sent.state.clone(), size, token: sent.page_token.clone() })
        }
        _ => Err(errors),
    }
}
