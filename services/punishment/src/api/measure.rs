//! Joint measures and the city's list of them.

use contract::punishment::v1 as pb;
use contract::punishment::v1::joint_measures_server::JointMeasures;
use db::{Fingerprint, PageToken, place_of};
use domain::RequestId;
use prost::Message;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::{self, measure as to};
use crate::domain::measure::{Measure, MeasureName};
use crate::error::Error;
use crate::store::{Act, ContestAnswer, DEFAULT_PAGE, MAX_PAGE, MeasureChange, Store};

/// The service `JointMeasures`.
#[derive(Clone, Debug)]
pub struct JointMeasuresApi {
    store: Store,
    clock: Clock,
}

impl JointMeasuresApi {
    /// Works on `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// A measure that the caller may see.
    async fn seen(&self, caller: &Caller, name: &MeasureName) -> Result<Measure, Error> {
        let measure = self.store.measure(name).await?;
        caller.may_act_in_division(&measure.trigger.division)?;
        Ok(measure)
    }

    async fn change(
        &self,
        (caller, method): (&Caller, &'static str),
        body: &impl Message,
        (request_id, name): (RequestId, MeasureName),
        (change, basis): (MeasureChange, &str),
    ) -> Result<Response<pb::Measure>, Status> {
        self.seen(caller, &name).await?;
        let key = Key { caller: caller.subject(), method, request_id: &request_id };
        let act = Act { actor: caller.actor().citing(basis), key, now: self.clock.now() };
        Ok(Response::new(self.store.change_measure(&act, body, &name, &change).await?))
    }

    /// A change that needs a reason and rests on no article of its own.
    async fn change_for_a_reason(
        &self,
        by: (&Caller, &'static str),
        body: &impl Message,
        (name, request_id, reason): (&str, &str, &str),
        change: impl FnOnce(String) -> MeasureChange,
    ) -> Result<Response<pb::Measure>, Status> {
        let mut fields = FieldErrors::default();
        let named = to::named(&mut fields, "name", name, request_id);
        let reason = to::reason(&mut fields, reason);
        match (named, reason) {
            (Some(named), Some(reason)) if fields.is_empty() => {
                self.change(by, body, named, (change(reason), "")).await
            }
            _ => Err(Error::from(fields).into()),
        }
    }
}

fn page_size(size: i32) -> Result<i64, Error> {
    Ok(db::page_size(size, DEFAULT_PAGE, MAX_PAGE)?)
}

#[tonic::async_trait]
impl JointMeasures for JointMeasuresApi {
    #[tracing::instrument(skip_all)]
    async fn list_measure_items(
        &self,
        request: Request<pb::ListMeasureItemsRequest>,
    ) -> Result<Response<pb::ListMeasureItemsResponse>, Status> {
        Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let (book, today) = (self.store.book(), self.clock.today());
        let mut fields = FieldErrors::default();
        let on = fields.check_optional("as_of", &request.as_of, domain::parse_date).unwrap_or(today);
        let trigger = fields.check_optional("trigger", &request.trigger, |code| {
            convert::code(book, "measure_trigger", code, on)
        });
        fields.into_result().map_err(Error::from)?;
        let size = page_size(request.page_size)?;
        let fingerprint = Fingerprint::of(&["measureItems", &on.to_string(), &request.trigger, book.hash()]);
        let last =
            PageToken::decode(&request.page_token, fingerprint).map_err(Error::from)?.unwrap_or_default();
        let after =
            place_of(&last, |last| last.parse::<usize>().ok()?.checked_add(1)).map_err(Error::from)?;
        let wanted = |item: &&rulebook::Measure| {
            item.effective.on(on) && trigger.as_ref().is_none_or(|code| *code == item.trigger)
        };
        let items = book.all_measures().iter().filter(wanted).enumerate().skip(after.unwrap_or(0));
        let mut items: Vec<_> = items.take(usize::try_from(size + 1).unwrap_or(0)).collect();
        let next_page_token = PageToken::next(&mut items, size, fingerprint, |(place, _)| place.to_string());
        Ok(Response::new(pb::ListMeasureItemsResponse {
            items: items.into_iter().map(|(_, item)| to::item(item)).collect(),
            as_of: on.to_string(),
            rulebook_hash: book.hash().to_owned(),
            next_page_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_measure(
        &self,
        request: Request<pb::GetMeasureRequest>,
    ) -> Result<Response<pb::Measure>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let name = MeasureName::parse(&request.into_inner().name)
            .map_err(|problem| Error::from(FieldErrors::one("name", problem)))?;
        Ok(Response::new(to::told(&self.seen(&caller, &name).await?)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_measures(
        &self,
        request: Request<pb::ListMeasuresRequest>,
    ) -> Result<Response<pb::ListMeasuresResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let filter = to::filter(&request, self.store.book())?;
        let size = page_size(request.page_size)?;
        let page = self.store.measures(&filter, &caller.scope(), size, &request.page_token).await?;
        let (measures, next_page_token) = page.shown(to::told);
        Ok(Response::new(pb::ListMeasuresResponse { measures, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn confirm_measure(
        &self,
        request: Request<pb::ConfirmMeasureRequest>,
    ) -> Result<Response<pb::Measure>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.JointMeasures/ConfirmMeasure";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let mut fields = FieldErrors::default();
        let named = to::named(&mut fields, "name", &body.name, &body.request_id);
        let Some(named) = named else { return Err(Error::from(fields).into()) };
        self.change((&caller, METHOD), &body, named, (MeasureChange::Confirm, &body.legal_basis)).await
    }

    #[tracing::instrument(skip_all)]
    async fn reject_measure(
        &self,
        request: Request<pb::RejectMeasureRequest>,
    ) -> Result<Response<pb::Measure>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.JointMeasures/RejectMeasure";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let said = (body.name.as_str(), body.request_id.as_str(), body.reason.as_str());
        self.change_for_a_reason((&caller, METHOD), &body, said, |reason| MeasureChange::Reject { reason })
            .await
    }

    #[tracing::instrument(skip_all)]
    async fn contest_measure(
        &self,
        request: Request<pb::ContestMeasureRequest>,
    ) -> Result<Response<pb::Measure>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.JointMeasures/ContestMeasure";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let said = (body.name.as_str(), body.request_id.as_str(), body.reason.as_str());
        self.change_for_a_reason((&caller, METHOD), &body, said, |reason| MeasureChange::Contest { reason })
            .await
    }

    #[tracing::instrument(skip_all)]
    async fn decide_measure_contest(
        &self,
        request: Request<pb::DecideMeasureContestRequest>,
    ) -> Result<Response<pb::Measure>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.JointMeasures/DecideMeasureContest";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let said = (body.name.as_str(), body.request_id.as_str(), body.reason.as_str());
        self.change_for_a_reason((&caller, METHOD), &body, said, |reason| {
            MeasureChange::Decide(ContestAnswer { founded: body.founded, reason })
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn report_measure_use(
        &self,
        request: Request<pb::ReportMeasureUseRequest>,
    ) -> Result<Response<pb::MeasureUse>, Status> {
        const METHOD: &str = "/xinjian.punishment.v1.JointMeasures/ReportMeasureUse";
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (request_id, name, new) = to::new_use(&body)?;
        self.seen(&caller, &name).await?;
        let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
        let act = Act { actor: caller.actor(), key, now: self.clock.now() };
        Ok(Response::new(self.store.report_use(&act, &body, &name, &new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_measure_uses(
        &self,
        request: Request<pb::ListMeasureUsesRequest>,
    ) -> Result<Response<pb::ListMeasureUsesResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let name = MeasureName::parse(&request.parent)
            .map_err(|problem| Error::from(FieldErrors::one("parent", problem)))?;
        self.seen(&caller, &name).await?;
        let size = page_size(request.page_size)?;
        let (rows, next_page_token) = self.store.uses(&name, size, &request.page_token).await?;
        let uses = rows.iter().map(to::reported).collect();
        Ok(Response::new(pb::ListMeasureUsesResponse { uses, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn count_measure_use(
        &self,
        request: Request<pb::CountMeasureUseRequest>,
    ) -> Result<Response<pb::CountMeasureUseResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let (from, to_day) = to::period(&request.into_inner(), self.clock.today())?;
        let counts = self.store.count_use(&caller.scope(), from, to_day).await?;
        Ok(Response::new(pb::CountMeasureUseResponse { counts: counts.into_iter().map(to::count).collect() }))
    }
}
