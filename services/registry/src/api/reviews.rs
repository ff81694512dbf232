//! `xinjian.registry.v1.Reviews`.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use contract::registry::v1::reviews_server::Reviews;
use domain::Uscc;
use rulebook::ReviewPurpose;
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::Api;
use super::page::{cut, divisions};
use crate::convert;
use crate::domain::{ToldClass, advise, enterprise_name};
use crate::error::Error;

const ADVISE: &str = "/xinjian.registry.v1.Reviews/AdviseReview";
const LIST_FOREIGN: &str = "/xinjian.registry.v1.Reviews/ListForeignReviews";
/// Permission of those who may read risk classes.
const READ_CLASS: &str = "risk.class.read";

#[tonic::async_trait]
impl Reviews for Api {
    #[tracing::instrument(skip_all)]
    async fn advise_review(
        &self,
        request: Request<pb::AdviseReviewRequest>,
    ) -> Result<Response<pb::ReviewAdvice>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let (today, mut errors) = (self.clock.today(), FieldErrors::default());
        let uscc = convert::parse_enterprise_name(&mut errors, "name", &body.name);
        let purpose = convert::parse_purpose(&mut errors, &body.purpose, self.book(), today);
        let (Some(uscc), Some(purpose)) = (uscc, purpose) else { return Err(Error::from(errors).into()) };
        is_theirs(&caller, purpose)?;
        let enterprise = self.store.enterprise(&uscc).await?;
        caller.may_act_in_division(&enterprise.profile.division)?;
        if purpose.foreign_only && !enterprise.profile.foreign_invested {
            return Err(Error::NotForeignInvested(uscc).into());
        }
        let advice = advise(self.book(), purpose, self.store.reasons(&uscc, today).await?, today);
        self.log_read(&caller, &enterprise_name(&uscc), ADVISE, &purpose.code).await?;
        let class = self.class_for(&caller, &uscc, purpose, today).await?;
        let by = (self.book(), today);
        Ok(Response::new(convert::advice_to_pb(&enterprise, purpose, &advice, class.as_ref(), by)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_foreign_reviews(
        &self,
        request: Request<pb::ListForeignReviewsRequest>,
    ) -> Result<Response<pb::ListForeignReviewsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["foreign reviews", &body.division];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let division = convert::division_filter(&mut errors, &body.division, &caller);
        let (Some(cut), Some(division)) = (cut, division) else { return Err(Error::from(errors).into()) };
        let page = self
            .store
            .foreign_reviews(&divisions(&caller, division.as_ref()), self.clock.today(), &cut)
            .await?;
        self.log_read(&caller, "foreign reviews", LIST_FOREIGN, "").await?;
        let today = self.clock.today();
        let (reviews, next_page_token) =
            page.shown(|row| convert::foreign_review_to_pb(row, self.book(), today));
        Ok(Response::new(pb::ListForeignReviewsResponse { reviews, next_page_token }))
    }
}

impl Api {
    /// The class of who applies in the field of the licence, for a caller who may read classes; the read is noted.
    async fn class_for(
        &self,
        caller: &Caller,
        uscc: &Uscc,
        purpose: &ReviewPurpose,
        today: NaiveDate,
    ) -> Result<Option<ToldClass>, Error> {
        let Some(field) = &purpose.field else { return Ok(None) };
        if !caller.may(READ_CLASS, self.book(), today) || caller.may_act_in_field(field).is_err() {
            return Ok(None);
        }
        let class = self.store.told_class(uscc, field, today).await?;
        if let Some(class) = &class {
            self.log_read(caller, &convert::class_name(class), ADVISE, &purpose.code).await?;
        }
        Ok(class)
    }

    /// What calls for a strict review is internal: nobody sees it unnoticed.
    async fn log_read(
        &self,
        caller: &Caller,
        subject: &str,
        method: &str,
        purpose: &str,
    ) -> Result<(), Error> {
        let read = Read { subject, method, purpose };
        Ok(access_log::record(self.store.db(), caller, &read, self.clock.now()).await?)
    }
}

/// A purpose is for the offices that the rulebook names.
fn is_theirs(caller: &Caller, purpose: &ReviewPurpose) -> Result<(), Error> {
    if purpose.offices.contains(caller.office()) {
        return Ok(());
    }
    Err(Error::PurposeNotYours {
        purpose: purpose.code.clone(),
        office: caller.office().clone(),
        offices: purpose.offices.iter().map(ToString::to_string).collect(),
    })
}
