//! `Publications`: open to everyone.

use std::sync::Arc;

use contract::{
    collection::v1::{ListRecordsRequest, ListRecordsResponse, records_client::RecordsClient},
    inspection::v1::{ListVisitsRequest, visits_client::VisitsClient},
    public::v1::{
        GetCommitmentRequest, GetDatasetRequest, GetDecisionTextRequest, GetDrawRequest,
        ListCommitmentsRequest, ListCommitmentsResponse, ListDrawsRequest, ListDrawsResponse,
        ListEntriesRequest, ListEntriesResponse, ListInspectionPlansRequest, ListInspectionPlansResponse,
        ListInspectionResultsRequest, ListInspectionResultsResponse, ListMarksRequest, ListMarksResponse,
        ListParametersRequest, ListParametersResponse, ListPenaltiesRequest, ListPenaltiesResponse,
        ListSigningKeysRequest, ListSigningKeysResponse, PublicCommitment, PublicDecisionText, PublicDraw,
        PublicInspectionResult, publications_server::Publications,
    },
    punishment::v1::{
        ListAbnormalEntriesRequest, ListSeriousCasesRequest,
        abnormal_directory_client::AbnormalDirectoryClient, serious_list_client::SeriousListClient,
    },
    registry::v1::{self as registry, marks_client::MarksClient},
};
use domain::parse_date;
use rulebook::Rulebook;
use service::{Clock, FieldErrors, auth::TokenSource};
use tokio::sync::SemaphorePermit;
use tonic::{Code, Request, Response, Status};

use super::{
    closed::Closed,
    commitment, convert,
    dataset::{self, Dataset},
    decision, draw, parameter, plan,
    walk::Place,
};
use crate::{
    Error,
    labels::Labels,
    parts::{Failure, answer},
    peers::{Peers, Services},
    rest::encoded,
};

/// States of a case that is listed and shown: one whose early removal is asked for stands until it is decided, one that is restored is
/// published anew (state machine 8).
const CASE: &[&str] = &["Published", "EarlyRemovalRequested"];
/// States of an entry in the directory: one that is objected to, or whose removal is asked for, or both, stands until that is decided
/// (state machine 7).
const ENTRY: &[&str] = &["Listed", "Objected", "RemovalRequested", "ObjectedRemovalRequested"];
/// States of a published result: one that awaits a further step is published as such (state machine 6). After them come the
/// results that were collected from elsewhere.
const RESULT: &[&str] = &["Published", "FollowUp", COLLECTED];
/// Stands for the published inspection records of collection in a walk over results.
const COLLECTED: &str = "Collected";

/// Answers for everyone.
#[derive(Clone, Debug)]
pub(crate) struct PublicationsApi {
    peers: Peers,
    token: TokenSource,
    book: Arc<Rulebook>,
    clock: Clock,
    closed: Arc<Closed>,
}

impl PublicationsApi {
    pub(crate) fn new(peers: Peers, token: TokenSource, book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { peers, token, book, clock, closed: Arc::new(Closed::new()) }
    }

    fn services(&self) -> Services {
        self.peers.for_everyone(&self.token)
    }

    /// A place for fetching much.
    ///
    /// # Errors
    /// [`Error::PublicationsAway`] when none becomes free in the time for a part of an answer.
    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.closed.place(self.peers.bound()).await
    }

    fn labels(&self) -> Labels<'_> {
        Labels::of(&self.book)
    }

    /// A page of the directory of abnormal operations.
    async fn abnormal(&self, uscc: String, size: i32, token: &str) -> Result<ListEntriesResponse, Error> {
        let place = Place::parse(ENTRY, token)?;
        let services = self.services();
        let mut client = AbnormalDirectoryClient::new(services.punishment);
        let request = ListAbnormalEntriesRequest {
            uscc,
            state: place.state(),
            page_size: size,
            page_token: place.token.clone(),
        };
        let page = answer(services.bound, client.list_abnormal_entries(request)).await.map_err(outward)?;
        let counting = page.entries.into_iter().filter(|entry| entry.suspended_on.is_empty());
        let entries = counting.map(|entry| convert::abnormal(entry, self.labels())).collect();
        Ok(ListEntriesResponse { entries, next_page_token: place.after(&page.next_page_token) })
    }

    /// A page of what the publicity system shows of one kind of record.
    async fn records(
        &self,
        kind: &str,
        uscc: String,
        page_size: i32,
        page_token: String,
    ) -> Result<ListRecordsResponse, Error> {
        let services = self.services();
        let mut client = RecordsClient::new(services.collection);
        let kind = kind.to_owned();
        let request =
            ListRecordsRequest { uscc, kind, only_public: true, page_size, page_token, ..Default::default() };
        answer(services.bound, client.list_records(request)).await.map_err(outward)
    }

    /// A page of the results of drawn inspections.
    async fn visits(
        &self,
        uscc: String,
        page_size: i32,
        place: &Place,
    ) -> Result<(Vec<PublicInspectionResult>, String), Error> {
        let services = self.services();
        let request = ListVisitsRequest {
            uscc,
            state: place.state(),
            page_size,
            page_token: place.token.clone(),
            ..ListVisitsRequest::default()
        };
        let mut client = VisitsClient::new(services.inspection);
        let page = answer(services.bound, client.list_visits(request)).await.map_err(outward)?;
        let results = page.visits.into_iter().map(|visit| convert::result(visit, self.labels())).collect();
        Ok((results, page.next_page_token))
    }

    /// A page of the list of serious violators.
    async fn serious(&self, uscc: String, size: i32, token: &str) -> Result<ListEntriesResponse, Error> {
        let place = Place::parse(CASE, token)?;
        let services = self.services();
        let mut client = SeriousListClient::new(services.punishment);
        let request = ListSeriousCasesRequest {
            uscc,
            state: place.state(),
            page_size: size,
            page_token: place.token.clone(),
        };
        let page = answer(services.bound, client.list_serious_cases(request)).await.map_err(outward)?;
        let today = self.clock.today();
        let running = page.cases.into_iter().filter(|case| convert::runs(case, today));
        let entries = running.map(|case| convert::serious(case, self.labels())).collect();
        Ok(ListEntriesResponse { entries, next_page_token: place.after(&page.next_page_token) })
    }
}

#[tonic::async_trait]
impl Publications for PublicationsApi {
    type GetDatasetStream = dataset::Parts;

    #[tracing::instrument(skip_all)]
    async fn list_marks(
        &self,
        request: Request<ListMarksRequest>,
    ) -> Result<Response<ListMarksResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (uscc, page_size) = convert::filter(&mut errors, &sent.uscc, sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let services = self.services();
        let request = registry::ListMarksRequest {
            uscc,
            // Also while a change is under way: then as the publicity system still shows it (state machine 1).
            only_public: true,
            page_size,
            page_token: sent.page_token,
            ..registry::ListMarksRequest::default()
        };
        let mut client = MarksClient::new(services.registry);
        let page = answer(services.bound, client.list_marks(request)).await.map_err(outward)?;
        let marks = page.marks.into_iter().map(|mark| convert::mark(mark, self.labels())).collect();
        Ok(Response::new(ListMarksResponse { marks, next_page_token: page.next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (uscc, size) = convert::filter(&mut errors, &sent.uscc, sent.page_size);
        if !["ABNORMAL", "SERIOUS"].contains(&sent.list.as_str()) {
            errors.push("list", "must be `ABNORMAL` or `SERIOUS`");
        }
        errors.into_result().map_err(Error::from)?;
        let page = if sent.list == "ABNORMAL" {
            self.abnormal(uscc, size, &sent.page_token).await?
        } else {
            self.serious(uscc, size, &sent.page_token).await?
        };
        Ok(Response::new(page))
    }

    #[tracing::instrument(skip_all)]
    async fn list_inspection_results(
        &self,
        request: Request<ListInspectionResultsRequest>,
    ) -> Result<Response<ListInspectionResultsResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (uscc, page_size) = convert::filter(&mut errors, &sent.uscc, sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let place = Place::parse(RESULT, &sent.page_token).map_err(Error::from)?;
        let (results, next) = if place.state() == COLLECTED {
            let page = self.records("inspection", uscc, page_size, place.token.clone()).await?;
            let labels = self.labels();
            let results =
                page.records.into_iter().filter_map(|record| convert::collected_result(record, labels));
            (results.collect(), page.next_page_token)
        } else {
            self.visits(uscc, page_size, &place).await?
        };
        let next_page_token = place.after(&next);
        Ok(Response::new(ListInspectionResultsResponse { results, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_draws(
        &self,
        request: Request<ListDrawsRequest>,
    ) -> Result<Response<ListDrawsResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (_, page_size) = convert::filter(&mut errors, "", sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let asked = (page_size, sent.page_token);
        Ok(Response::new(draw::page(&self.services(), self.labels(), asked).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_draw(&self, request: Request<GetDrawRequest>) -> Result<Response<PublicDraw>, Status> {
        let in_text = encoded::is_wanted(&request);
        let (name, services) = (request.into_inner().name, self.services());
        let kept = || self.closed.text(&name).filter(|_| in_text);
        if let Some(text) = kept() {
            return Ok(encoded::answer(text));
        }
        let _place = self.place().await?;
        // Whoever had the place before may have fetched it.
        if let Some(text) = kept() {
            return Ok(encoded::answer(text));
        }
        let draw = draw::one(&services, self.labels(), &name).await?;
        if !in_text {
            return Ok(Response::new(draw));
        }
        let text = encoded::text(&draw).map_err(Error::from)?;
        if draw::is_closed(&draw) {
            self.closed.keep(name, text.clone());
        }
        Ok(encoded::answer(text))
    }

    #[tracing::instrument(skip_all)]
    async fn list_inspection_plans(
        &self,
        request: Request<ListInspectionPlansRequest>,
    ) -> Result<Response<ListInspectionPlansResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (_, page_size) = convert::filter(&mut errors, "", sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let asked = (page_size, sent.page_token);
        Ok(Response::new(plan::page(&self.services(), self.labels(), asked).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_commitments(
        &self,
        request: Request<ListCommitmentsRequest>,
    ) -> Result<Response<ListCommitmentsResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (uscc, page_size) = convert::filter(&mut errors, &sent.uscc, sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let asked = (uscc, page_size, sent.page_token);
        Ok(Response::new(commitment::page(&self.services(), self.labels(), asked).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_commitment(
        &self,
        request: Request<GetCommitmentRequest>,
    ) -> Result<Response<PublicCommitment>, Status> {
        let name = request.into_inner().name;
        Ok(Response::new(commitment::one(&self.services(), self.labels(), &name).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_signing_keys(
        &self,
        request: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (_, page_size) = convert::filter(&mut errors, "", sent.page_size);
        errors.into_result().map_err(Error::from)?;
        Ok(Response::new(commitment::keys(&self.services(), page_size, sent.page_token).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_penalties(
        &self,
        request: Request<ListPenaltiesRequest>,
    ) -> Result<Response<ListPenaltiesResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let (uscc, page_size) = convert::filter(&mut errors, &sent.uscc, sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let page = self.records("penalty", uscc, page_size, sent.page_token).await?;
        let labels = self.labels();
        let penalties =
            page.records.into_iter().filter_map(|record| convert::penalty(record, labels)).collect();
        Ok(Response::new(ListPenaltiesResponse { penalties, next_page_token: page.next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_decision_text(
        &self,
        request: Request<GetDecisionTextRequest>,
    ) -> Result<Response<PublicDecisionText>, Status> {
        let name = request.into_inner().name;
        Ok(Response::new(decision::one(&self.services(), name).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_parameters(
        &self,
        request: Request<ListParametersRequest>,
    ) -> Result<Response<ListParametersResponse>, Status> {
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let on = errors.check_optional("as_of", &sent.as_of, parse_date);
        let size = convert::page_size(&mut errors, sent.page_size);
        errors.into_result().map_err(Error::from)?;
        let on = on.unwrap_or_else(|| self.clock.today());
        let page =
            parameter::page(&self.book, on, &sent.as_of, size, &sent.page_token).map_err(Error::from)?;
        Ok(Response::new(page))
    }

    #[tracing::instrument(skip_all)]
    async fn get_dataset(
        &self,
        request: Request<GetDatasetRequest>,
    ) -> Result<Response<Self::GetDatasetStream>, Status> {
        let GetDatasetRequest { name, resume_token } = request.into_inner();
        let dataset = Dataset::parse(&name).map_err(Error::from)?;
        Ok(Response::new(dataset::parts(self.clone(), dataset, resume_token).await?))
    }
}

/// A failure as everyone may see it: what is wrong with the request is passed on, everything else is ours and stays inside.
pub(super) fn outward(failure: Failure) -> Error {
    if let Failure::Refused(status) = &failure
        && status.code() == Code::InvalidArgument
    {
        return Error::Part { service: "publications", failure };
    }
    tracing::warn!(error = ?failure, "published data could not be read: {failure}");
    Error::PublicationsAway
}

#[cfg(test)]
mod tests {
    use service::{auth::Denied, error::reason_of};
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_refusal_of_our_own_token_is_not_shown_to_everyone() {
        let refused = Status::from(Denied::TokenExpired { expired_at: 1 });
        let shown = Status::from(outward(Failure::from(refused)));
        assert_eq!(shown.code(), Code::Unavailable);
        assert_eq!(reason_of(&shown).as_deref(), Some("PUBLICATIONS_UNAVAILABLE"));
        assert_eq!(Status::from(outward(Failure::Late(Duration::ZERO))).code(), Code::Unavailable);
    }

    #[test]
    fn what_is_wrong_with_the_request_is_shown() {
        let refused = Status::from(Error::from(service::error::InvalidPageToken));
        let shown = Status::from(outward(Failure::from(refused)));
        assert_eq!(
            (shown.code(), reason_of(&shown).as_deref()),
            (Code::InvalidArgument, Some("PAGE_TOKEN_INVALID"))
        );
    }
}
