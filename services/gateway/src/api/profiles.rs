//! `Profiles`: profile, timeline and party check, asked in the caller's own name.

use std::sync::Arc;

use contract::{
    gateway::v1::{
        CheckPartyRequest, GetProfileRequest, GetTimelineRequest, Profile, Timeline,
        profiles_server::Profiles,
    },
    punishment::v1::{PartyCheck, parties_client::PartiesClient},
};
use rulebook::Rulebook;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::convert;
use crate::{
    Error,
    cache::Cache,
    labels::Labels,
    parts::{Parts, Question, answer, gather},
    peers::Peers,
    timeline,
};

/// Elements of each list of a profile.
const PROFILE_LATEST: i32 = 100;

/// Answers for officers and systems.
#[derive(Clone, Debug)]
pub(crate) struct ProfilesApi {
    peers: Peers,
    book: Arc<Rulebook>,
    cache: Option<Cache>,
}

impl ProfilesApi {
    pub(crate) fn new(peers: Peers, book: Arc<Rulebook>, cache: Option<Cache>) -> Self {
        Self { peers, book, cache }
    }

    async fn parts(&self, caller: &Caller, question: &Question) -> Result<Parts, Error> {
        gather(&self.peers.for_caller(caller), caller, question, self.cache.as_ref()).await
    }
}

#[tonic::async_trait]
impl Profiles for ProfilesApi {
    #[tracing::instrument(skip_all)]
    async fn get_profile(&self, request: Request<GetProfileRequest>) -> Result<Response<Profile>, Status> {
        let caller = Caller::of(&request)?;
        let uscc = convert::enterprise_of(&request.get_ref().name, "profile")?;
        let question = Question { uscc, purpose: "profile", latest: PROFILE_LATEST };
        let parts = self.parts(&caller, &question).await?;
        Ok(Response::new(convert::profile(&question.uscc, parts)))
    }

    #[tracing::instrument(skip_all)]
    async fn get_timeline(&self, request: Request<GetTimelineRequest>) -> Result<Response<Timeline>, Status> {
        let caller = Caller::of(&request)?;
        let uscc = convert::enterprise_of(&request.get_ref().name, "timeline")?;
        // The latest events of all are among the latest of each list.
        let question = Question { uscc, purpose: "profile", latest: timeline::LONGEST };
        let parts = self.parts(&caller, &question).await?;
        let events = timeline::events(&parts, Labels::of(&self.book));
        let name = format!("enterprises/{}/timeline", question.uscc);
        // What the party check says is no event, and not missed here.
        let missing = parts.missing.into_iter().filter(|missing| missing.part != "check").collect();
        Ok(Response::new(Timeline { name, events, missing }))
    }

    #[tracing::instrument(skip_all)]
    async fn check_party(&self, request: Request<CheckPartyRequest>) -> Result<Response<PartyCheck>, Status> {
        let caller = Caller::of(&request)?;
        let question = convert::check_party(request.into_inner())?;
        let services = self.peers.for_caller(&caller);
        let mut client = PartiesClient::new(services.punishment);
        let check = answer(services.bound, client.check_party(question))
            .await
            .map_err(|failure| Error::Part { service: "punishment", failure })?;
        Ok(Response::new(check))
    }
}
