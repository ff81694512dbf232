//! `xinjian.registry.v1.Divisions`.

use contract::registry::v1 as pb;
use contract::registry::v1::divisions_server::Divisions;
use db::PageToken;
use domain::DivisionCode;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::Api;
use super::page::cut;
use crate::convert;
use crate::error::Error;

#[tonic::async_trait]
impl Divisions for Api {
    #[tracing::instrument(skip_all)]
    async fn list_divisions(
        &self,
        request: Request<pb::ListDivisionsRequest>,
    ) -> Result<Response<pb::ListDivisionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let only = if body.only_in_force { "in force" } else { "" };
        let filters = ["divisions", &body.as_of, only];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let day = convert::parse_as_of(&mut errors, &body.as_of, self.clock.today());
        let (Some(cut), Some(day)) = (cut, day) else { return Err(Error::from(errors).into()) };
        let mut rows: Vec<_> = DivisionCode::known()
            .filter(|code| code.as_str() > cut.after.as_str())
            .filter(|code| !body.only_in_force || code.in_force_on(day))
            .collect();
        rows.sort();
        // One more than a page tells that there is another.
        rows.truncate(usize::try_from(cut.size + 1).unwrap_or(usize::MAX));
        let next_page_token = PageToken::next(&mut rows, cut.size, cut.fingerprint, ToString::to_string);
        let divisions = rows.iter().map(|code| convert::division_to_pb(code, day)).collect();
        Ok(Response::new(pb::ListDivisionsResponse { divisions, next_page_token }))
    }
}
