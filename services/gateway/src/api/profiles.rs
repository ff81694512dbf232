//! `Profiles`: profile, timeline and party check, asked in the caller's own name.

use std::sync::Arc;

use bytes::Bytes;
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
    cache::{Cache, Made, Of},
    labels::Labels,
    parts::{Parts, Question, answer, gather},
    peers::Peers,
    rest::encoded,
    timeline,
};

const GET_PROFILE: &str = "/xinjian.gateway.v1.Profiles/GetProfile";
const GET_TIMELINE: &str = "/xinjian.gateway.v1.Profiles/GetTimeline";
/// What profiles and timelines are read for, in the log of reads.
const PURPOSE: &str = "profile";
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
        gather(self.peers.for_caller(caller), caller, question, self.cache.as_ref()).await
    }

    /// The profile as REST sends it, which is kept with what it is made of.
    async fn text(&self, caller: &Caller, question: &Question) -> Result<Bytes, Error> {
        // Boxed, as the dossiers are.
        let make = || {
            Box::pin(async move {
                let mut parts = self.parts(caller, question).await?;
                let (good_until, logged) = (parts.good_until, std::mem::take(&mut parts.logged));
                let text = encoded::text(&convert::profile(&question.uscc, parts))?;
                Ok::<_, Error>(Made { text, good_until, logged })
            })
        };
        let Some(cache) = &self.cache else { return Ok(make().await?.text) };
        let view = question.of(Of::View("profile"), question.latest, caller, self.peers.bound());
        cache.view(view, make).await
    }
}

#[tonic::async_trait]
impl Profiles for ProfilesApi {
    async fn get_profile(&self, request: Request<GetProfileRequest>) -> Result<Response<Profile>, Status> {
        let caller = Caller::of(&request)?;
        let uscc = convert::enterprise_of(&request.get_ref().name, "profile")?;
        let question = Question { uscc, method: GET_PROFILE, purpose: PURPOSE, latest: PROFILE_LATEST };
        if encoded::is_wanted(&request) {
            return Ok(encoded::answer(self.text(&caller, &question).await?));
        }
        let parts = self.parts(&caller, &question).await?;
        Ok(Response::new(convert::profile(&question.uscc, parts)))
    }

    #[tracing::instrument(skip_all)]
    async fn get_timeline(&self, request: Request<GetTimelineRequest>) -> Result<Response<Timeline>, Status> {
        let caller = Caller::of(&request)?;
        let uscc = convert::enterprise_of(&request.get_ref().name, "timeline")?;
        // The latest events of all are among the latest of each list.
        let question = Question { uscc, method: GET_TIMELINE, purpose: PURPOSE, latest: timeline::LONGEST };
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
