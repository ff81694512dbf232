//! `WorkLists`: the work of an office over all services, asked in the caller's own name.

use std::sync::Arc;

use contract::{
    common::v1::CountWorkResponse,
    gateway::v1::{
        CountDutiesRequest, CountDutiesResponse, ListDutiesRequest, ListDutiesResponse, ServiceWork,
        work_lists_server::WorkLists,
    },
};
use rulebook::Rulebook;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::convert_work;
use crate::{peers::Peers, work};

/// Answers for officers.
#[derive(Clone, Debug)]
pub(crate) struct WorkListsApi {
    peers: Peers,
    book: Arc<Rulebook>,
}

impl WorkListsApi {
    pub(crate) fn new(peers: Peers, book: Arc<Rulebook>) -> Self {
        Self { peers, book }
    }
}

#[tonic::async_trait]
impl WorkLists for WorkListsApi {
    #[tracing::instrument(skip_all)]
    async fn list_duties(
        &self,
        request: Request<ListDutiesRequest>,
    ) -> Result<Response<ListDutiesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let question = convert_work::list_duties(request.into_inner(), &caller, &self.book)?;
        let (page, missing) = work::list(&self.peers.for_caller(&caller), &question).await?;
        let next_page_token = page.next.map(|places| places.encode(question.fingerprint));
        let next_page_token = next_page_token.unwrap_or_default();
        Ok(Response::new(ListDutiesResponse { duties: page.duties, next_page_token, missing }))
    }

    #[tracing::instrument(skip_all)]
    async fn count_duties(
        &self,
        request: Request<CountDutiesRequest>,
    ) -> Result<Response<CountDutiesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let office = convert_work::count_duties(&request.into_inner(), &self.book)?;
        let each = work::count(&self.peers.for_caller(&caller), &office).await?;
        let total =
            each.answers.iter().fold(CountWorkResponse::default(), |sum, (_, work)| sum_of(sum, *work));
        let services = each
            .answers
            .into_iter()
            .map(|(home, work)| ServiceWork { service: home.name().to_owned(), work: Some(work) });
        let services = services.collect();
        Ok(Response::new(CountDutiesResponse { services, total: Some(total), missing: each.missing }))
    }
}

fn sum_of(one: CountWorkResponse, other: CountWorkResponse) -> CountWorkResponse {
    CountWorkResponse {
        open: one.open + other.open,
        overdue: one.overdue + other.overdue,
        awaiting_calendar: one.awaiting_calendar + other.awaiting_calendar,
        passed_up: one.passed_up + other.passed_up,
    }
}
