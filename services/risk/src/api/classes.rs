//! `xinjian.risk.v1.Classes`. No class leaves without a row in the log of reads.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use contract::risk::v1::classes_server::Classes;
use domain::{DivisionCode, FieldCode, Uscc};
use service::access_log::Read;
use service::auth::Caller;
use service::{FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, Shown};
use crate::convert;
use crate::domain::class::Class;
use crate::error::Error;
use crate::store::{ClassFilter, LookedBack, StoredClass, When};

const GET: &str = "/xinjian.risk.v1.Classes/GetClass";
pub(super) const LIST: &str = "/xinjian.risk.v1.Classes/ListClasses";
const EXPLAIN: &str = "/xinjian.risk.v1.Classes/ExplainClass";
/// Bound of a page.
const PAGE: u32 = 1_000;

#[tonic::async_trait]
impl Classes for Api {
    #[tracing::instrument(skip_all)]
    async fn get_class(
        &self,
        request: Request<pb::GetClassRequest>,
    ) -> Result<Response<pb::RiskClass>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let stored = self.read_class(&caller, GET, &body.name, &body.purpose).await?;
        Ok(Response::new(self.with_waiting(&stored).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_classes(
        &self,
        request: Request<pb::ListClassesRequest>,
    ) -> Result<Response<pb::ListClassesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let (page, shown) = self.page_of_classes(&caller, request.into_inner()).await?;
        self.note_read(&caller, &shown.by(LIST)).await?;
        Ok(Response::new(page))
    }

    #[tracing::instrument(skip_all)]
    async fn explain_class(
        &self,
        request: Request<pb::ExplainClassRequest>,
    ) -> Result<Response<pb::Explanation>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        if body.as_of.is_empty() {
            let stored = self.read_class(&caller, EXPLAIN, &body.name, &body.purpose).await?;
            let (looked, superseded) = self.store.explain_stored(&stored).await?;
            let in_effect = Some(self.with_waiting(&stored).await?);
            return Ok(Response::new(self.explained(&looked, in_effect, superseded)));
        }
        let (uscc, field, purpose) = Self::named(&caller, &body.name, &body.purpose)?;
        let looked = self.look_back(uscc.as_str(), field.as_str(), &body.as_of).await?;
        Self::may_see(&caller, &looked.class)?;
        let subject = convert::class_name(uscc.as_str(), field.as_str());
        self.note_read(&caller, &Read { subject: &subject, method: EXPLAIN, purpose: &purpose }).await?;
        Ok(Response::new(self.explained(&looked, None, false)))
    }
}

impl Api {
    /// A page of classes, and what is to be noted before it is shown.
    pub(super) async fn page_of_classes(
        &self,
        caller: &Caller,
        body: pb::ListClassesRequest,
    ) -> Result<(pb::ListClassesResponse, Shown), Error> {
        let mut errors = FieldErrors::default();
        let filters = ["classes", &body.uscc, &body.field, &body.code];
        let cut = cut(&mut errors, caller, &filters, (body.page_size, PAGE), &body.page_token);
        let uscc = errors.check_optional("uscc", &body.uscc, Uscc::parse);
        let field = filter::field(&mut errors, &body.field, self.book());
        convert::check_class_code(&mut errors, &body.code, self.book());
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(purpose), true) = (cut, purpose, errors.is_empty()) else {
            return Err(errors.into());
        };
        let filter = ClassFilter {
            scope: caller.scope(),
            uscc: uscc.map(|uscc| uscc.to_string()).unwrap_or_default(),
            field: field.map(|field| field.to_string()).unwrap_or_default(),
            code: body.code,
            today: self.clock.today(),
        };
        let page = self.store.classes(&filter, &cut).await?;
        let subject = convert::listed_classes(&filter.uscc, &filter.field, &filter.code);
        let (classes, next_page_token) = page.shown(|row| self.told(row, filter.today));
        Ok((pb::ListClassesResponse { classes, next_page_token }, Shown { subject, purpose }))
    }

    /// The class that is asked for, if it is the caller's to see; the read is noted.
    async fn read_class(
        &self,
        caller: &Caller,
        method: &str,
        name: &str,
        purpose: &str,
    ) -> Result<StoredClass, Error> {
        let (uscc, field, purpose) = Self::named(caller, name, purpose)?;
        let stored = self.store.class(uscc.as_str(), field.as_str()).await?;
        Self::may_see(caller, &stored.class)?;
        let subject = convert::class_name(uscc.as_str(), field.as_str());
        self.note_read(caller, &Read { subject: &subject, method, purpose: &purpose }).await?;
        Ok(stored)
    }

    /// A class in effect with what it is called in the national scheme.
    fn told(&self, stored: &StoredClass, today: NaiveDate) -> pb::RiskClass {
        self.with_national(convert::class_to_pb(stored, today), &stored.class)
    }

    /// The same, as it stands today, with the result that waits beside it.
    async fn with_waiting(&self, stored: &StoredClass) -> Result<pb::RiskClass, Error> {
        let waiting = self.store.waiting(&stored.class.uscc, &stored.class.field).await?;
        let waiting = waiting.as_ref().map(convert::waiting_to_pb);
        Ok(pb::RiskClass { waiting, ..self.told(stored, self.clock.today()) })
    }

    fn with_national(&self, told: pb::RiskClass, class: &Class) -> pb::RiskClass {
        let combination = &class.detail.combination;
        let national = self.store.models().national_code(combination, &told.code, class.as_of);
        pb::RiskClass { national_code: national.unwrap_or_default().to_owned(), ..told }
    }

    /// An explanation of a class in effect, or of one that was computed for the answer.
    fn explained(
        &self,
        looked: &LookedBack,
        in_effect: Option<pb::RiskClass>,
        superseded: bool,
    ) -> pb::Explanation {
        let looked_back = in_effect.is_none();
        let told = convert::explanation_to_pb(looked, in_effect, superseded);
        let risk_class = told.risk_class.map(|risk_class| match looked_back {
            true => self.with_national(risk_class, &looked.class),
            false => risk_class,
        });
        pb::Explanation { risk_class, ..told }
    }

    /// The class that a request names, if its field is the caller's.
    fn named(caller: &Caller, name: &str, purpose: &str) -> Result<(Uscc, FieldCode, String), Error> {
        let mut errors = FieldErrors::default();
        let named = convert::parse_class_name(&mut errors, name);
        let purpose = convert::purpose(&mut errors, purpose);
        let (Some((uscc, field)), Some(purpose)) = (named, purpose) else { return Err(errors.into()) };
        // Before the look-up, so that nobody learns who is classed in a field that is not his.
        caller.may_act_in_field(&field)?;
        Ok((uscc, field, purpose))
    }

    pub(super) fn may_see(caller: &Caller, class: &Class) -> Result<(), Error> {
        let division = DivisionCode::parse(&class.division).map_err(|problem| {
            service::Error::corrupt(format!("class {}/{}: {problem}", class.uscc, class.field))
        })?;
        Ok(caller.may_act_in_division(&division)?)
    }

    /// What the evidence says now, or said on a day that is over.
    async fn look_back(&self, uscc: &str, field: &str, as_of: &str) -> Result<LookedBack, Error> {
        let mut errors = FieldErrors::default();
        let today = self.clock.today();
        let Some(day) = convert::as_of(&mut errors, as_of, today) else { return Err(errors.into()) };
        let when = if day < today { When::Then(day) } else { When::Now(day) };
        self.store.look_back(uscc, field, when).await
    }
}
