//! `xinjian.risk.v1.Models`.

use contract::risk::v1 as pb;
use contract::risk::v1::models_server::Models;
use domain::parse_date;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::Api;
use super::page::cut;
use crate::convert;
use crate::error::Error;

/// Bound of a page.
const PAGE: u32 = 500;

#[tonic::async_trait]
impl Models for Api {
    #[tracing::instrument(skip_all)]
    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Result<Response<pb::ListModelsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["models", &body.as_of];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, PAGE), &body.page_token);
        let as_of = errors.check_optional("as_of", &body.as_of, parse_date);
        let (Some(cut), true) = (cut, errors.is_empty()) else { return Err(Error::from(errors).into()) };
        let models = self.store.models().models().iter();
        let asked = models
            .filter(|model| as_of.is_none_or(|day| model.in_force(day)))
            .filter(|model| cut.after.is_empty() || model.key() > cut.after)
            .take(usize::try_from(cut.size).unwrap_or(0) + 1);
        let page = cut.page(asked.collect(), |last: &_| last.key());
        Ok(Response::new(pb::ListModelsResponse {
            models: page.rows.iter().map(|model| convert::model_to_pb(model)).collect(),
            next_page_token: page.next_page_token,
        }))
    }
}
