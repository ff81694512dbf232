//! Check at use: the RPCs that other systems call before they act.

use std::sync::Arc;

use chrono::NaiveDate;
use contract::punishment::v1::parties_server::Parties;
use contract::punishment::v1::{
    BatchCheckPartiesRequest, BatchCheckPartiesResponse, CheckPartyRequest, PartyCheck,
};
use domain::Uscc;
use service::auth::Caller;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::check::judge;
use crate::error::Error;
use crate::index::PartyIndex;
use crate::store::Store;

/// Most parties of a batch.
const MAX_BATCH: usize = 1_000;

/// The service `Parties`.
#[derive(Clone, Debug)]
pub struct PartiesApi {
    store: Store,
    index: Arc<PartyIndex>,
    clock: Clock,
}

impl PartiesApi {
    /// Answers from `index`, and from `store` when the index is too old.
    pub fn new(store: Store, index: Arc<PartyIndex>, clock: Clock) -> Self {
        Self { store, index, clock }
    }

    async fn check(&self, uscc: &Uscc, purpose: &str, on: NaiveDate) -> Result<PartyCheck, Error> {
        let book = self.store.book();
        let from_memory = self.index.with(uscc, self.clock.now(), |standings, known_seq| {
            convert::party_check(uscc, &judge(book, standings, purpose, on), on, known_seq)
        });
        if let Some(answer) = from_memory {
            return Ok(answer);
        }
        let known_seq = outbox::head(self.store.db()).await?.seq;
        let standings = self.store.standing_of(uscc).await?;
        Ok(convert::party_check(uscc, &judge(book, &standings, purpose, on), on, known_seq))
    }

    /// Purpose and day of a question; what is wrong goes to `fields`.
    fn question(&self, fields: &mut FieldErrors, purpose: &str, as_of: &str) -> NaiveDate {
        let today = self.clock.today();
        let on = fields.check_optional("as_of", as_of, domain::parse_date).unwrap_or(today);
        if !purpose_known(self.store.book(), purpose, today) {
            fields.check("purpose", convert::code(self.store.book(), "check_purpose", purpose, today));
        }
        on
    }
}

/// The quick look; the list of what would be right is made only for the error.
fn purpose_known(book: &rulebook::Rulebook, purpose: &str, on: NaiveDate) -> bool {
    book.code("check_purpose", purpose, on).is_some()
}

#[tonic::async_trait]
impl Parties for PartiesApi {
    async fn check_party(&self, request: Request<CheckPartyRequest>) -> Result<Response<PartyCheck>, Status> {
        Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let uscc = fields.check("uscc", Uscc::parse(&request.uscc));
        let on = self.question(&mut fields, &request.purpose, &request.as_of);
        let Some(uscc) = uscc.filter(|_| fields.is_empty()) else { return Err(Error::from(fields).into()) };
        Ok(Response::new(self.check(&uscc, &request.purpose, on).await?))
    }

    async fn batch_check_parties(
        &self,
        request: Request<BatchCheckPartiesRequest>,
    ) -> Result<Response<BatchCheckPartiesResponse>, Status> {
        Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        if request.usccs.len() > MAX_BATCH {
            fields.push("usccs", format!("has {} codes; at most {MAX_BATCH} are taken", request.usccs.len()));
        }
        let mut usccs = Vec::with_capacity(request.usccs.len());
        for (index, text) in request.usccs.iter().enumerate() {
            usccs.extend(fields.check(format!("usccs[{index}]"), Uscc::parse(text)));
        }
        let on = self.question(&mut fields, &request.purpose, &request.as_of);
        fields.into_result().map_err(Error::from)?;
        let mut checks = Vec::with_capacity(usccs.len());
        for uscc in &usccs {
            checks.push(self.check(uscc, &request.purpose, on).await?);
        }
        Ok(Response::new(BatchCheckPartiesResponse { checks }))
    }
}
