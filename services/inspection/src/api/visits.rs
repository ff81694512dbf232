//! `xinjian.inspection.v1.Visits`.

use contract::inspection::v1 as pb;
use contract::inspection::v1::visits_server::Visits;
use domain::Uscc;
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::{Api, cut, whole};
use crate::convert::{self, visit as form};
use crate::domain::{InspectorNo, VisitFilter, VisitName};
use crate::error::Error;

const LIST: &str = "/xinjian.inspection.v1.Visits/ListVisits";
const SCAN_IN: &str = "/xinjian.inspection.v1.Visits/ScanIn";
const ENTER: &str = "/xinjian.inspection.v1.Visits/EnterResult";
const REVIEW: &str = "/xinjian.inspection.v1.Visits/ReviewResult";
const PUBLISH: &str = "/xinjian.inspection.v1.Visits/PublishResults";
/// Most visits of one page.
const MOST_VISITS: u32 = 1_000;

#[tonic::async_trait]
impl Visits for Api {
    #[tracing::instrument(skip_all)]
    async fn list_visits(
        &self,
        request: Request<pb::ListVisitsRequest>,
    ) -> Result<Response<pb::ListVisitsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filter = form::parse_filter(&mut errors, &body);
        errors.into_result().map_err(Error::from)?;
        let filter = VisitFilter { warns_nobody: !self.may_know_ahead(&caller), ..filter };
        let list = ["visits", &body.task, &body.uscc, &body.state];
        let cut = cut(&list, &caller, (body.page_size, MOST_VISITS), &body.page_token)?;
        let page = self.store.visits(&filter, &caller.scope(), &cut).await?;
        let mut visits: Vec<_> = page.rows.iter().map(form::visit_to_pb).collect();
        // Not of other lists: what is told of one enterprise is kept for a moment elsewhere, where nobody notes who reads it.
        if filter.task.is_some() {
            self.show_attention(&caller, (&body.task, filter.uscc.as_ref()), &mut visits).await?;
        }
        // Only now: what is shown beside a visit takes room as well.
        let (visits, next_page_token) = page.cut(visits);
        Ok(Response::new(pb::ListVisitsResponse { visits, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_task_letter(
        &self,
        request: Request<pb::GetTaskLetterRequest>,
    ) -> Result<Response<pb::TaskLetter>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = request.get_ref().name.strip_suffix("/letter").unwrap_or_default();
        let name = errors.check("name", VisitName::parse(name));
        let name = whole(errors, name)?;
        self.may_act_on_visit(&caller, &name).await?;
        Ok(Response::new(self.store.task_letter(&name, self.clock.today()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn scan_in(&self, request: Request<pb::ScanInRequest>) -> Result<Response<pb::Visit>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = convert::visit_name(&mut errors, &body.name);
        let inspector = errors.check("inspector_no", InspectorNo::parse(&body.inspector_no));
        let apart = form::parse_apart(&mut errors, &body.apart_reason);
        let ((request_id, name), entry) = whole(errors, request_id.zip(name).zip(inspector.zip(apart)))?;
        self.may_act_on_visit(&caller, &name).await?;
        let act = self.act(&caller, SCAN_IN, &request_id);
        Ok(Response::new(self.store.scan_in(&act, &body, &name, entry).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn enter_result(
        &self,
        request: Request<pb::EnterResultRequest>,
    ) -> Result<Response<pb::Visit>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = convert::visit_name(&mut errors, &body.name);
        let finding = form::parse_finding(&mut errors, &body, self.book(), self.clock.now());
        let apart = form::parse_apart(&mut errors, &body.apart_reason);
        let ((request_id, name), found) = whole(errors, request_id.zip(name).zip(finding.zip(apart)))?;
        self.may_act_on_visit(&caller, &name).await?;
        let act = self.act(&caller, ENTER, &request_id);
        Ok(Response::new(self.store.enter_result(&act, &body, &name, found).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn review_result(
        &self,
        request: Request<pb::ReviewResultRequest>,
    ) -> Result<Response<pb::Visit>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = convert::visit_name(&mut errors, &body.name);
        let reason = form::parse_reason(&mut errors, &body);
        let ((request_id, name), reason) = whole(errors, request_id.zip(name).zip(reason))?;
        self.may_act_on_visit(&caller, &name).await?;
        let act = self.act(&caller, REVIEW, &request_id);
        Ok(Response::new(self.store.review_result(&act, &body, &name, reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn publish_results(
        &self,
        request: Request<pb::PublishResultsRequest>,
    ) -> Result<Response<pb::PublishResultsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let task = convert::task_name(&mut errors, "task", &body.task);
        let (request_id, name) = whole(errors, request_id.zip(task))?;
        let task = self.store.task(&name).await?;
        caller.may_act_in_field(&task.scope.field)?;
        let act = self.act(&caller, PUBLISH, &request_id);
        Ok(Response::new(self.store.publish_results(&act, &body, &name).await?))
    }
}

impl Api {
    /// Says of the visits of a task who has key attention, if the caller may know, and notes the read.
    async fn show_attention(
        &self,
        caller: &Caller,
        (task, one): (&str, Option<&Uscc>),
        visits: &mut [pb::Visit],
    ) -> Result<(), Error> {
        let usccs: Vec<_> = visits.iter().map(|visit| visit.uscc.as_str()).collect();
        let Some(attention) = self.attention_for(caller, &usccs).await? else { return Ok(()) };
        let (list, of_one) =
            (format!("{task}/visits"), one.map(|uscc| format!("enterprises/{uscc}/flags/-")));
        let read = match &of_one {
            // As risk names it: whoever asks who has read about an enterprise finds this, too.
            Some(subject) => Read { subject, method: LIST, purpose: &list },
            None => Read { subject: &list, method: LIST, purpose: "" },
        };
        access_log::record(&self.store.db, caller, &read, self.clock.now()).await?;
        for visit in visits {
            visit.key_attention =
                attention.get(&visit.uscc).is_some_and(|fields| fields.contains(&visit.field));
        }
        Ok(())
    }

    pub(super) async fn may_act_on_visit(&self, caller: &Caller, name: &VisitName) -> Result<(), Error> {
        let visit = self.store.visit(name).await?;
        Ok(caller.may_act_on(&visit.field, &visit.division)?)
    }
}
