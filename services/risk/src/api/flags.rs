//! `xinjian.risk.v1.Flags`. No flag leaves without a row in the log of reads.

use contract::risk::v1 as pb;
use contract::risk::v1::flags_server::Flags;
use domain::Uscc;
use service::access_log::Read;
use service::auth::Caller;
use service::{FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, Shown, key};
use crate::convert;
use crate::domain::attention::Signal;
use crate::error::Error;
use crate::machines::attention::State;
use crate::store::{Ended, SignalFilter};

const GET: &str = "/xinjian.risk.v1.Flags/GetFlag";
pub(super) const LIST: &str = "/xinjian.risk.v1.Flags/ListFlags";
const REVIEW: &str = "/xinjian.risk.v1.Flags/ReviewFlag";
/// Bound of a page.
const PAGE: u32 = 500;

#[tonic::async_trait]
impl Flags for Api {
    #[tracing::instrument(skip_all)]
    async fn get_flag(&self, request: Request<pb::GetFlagRequest>) -> Result<Response<pb::Flag>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = convert::parse_flag_name(&mut errors, &body.name);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(id), Some(purpose)) = (id, purpose) else { return Err(Error::from(errors).into()) };
        let flag = self.flag(&caller, &id).await?;
        let read = Read { subject: &flag.flag_name(), method: GET, purpose: &purpose };
        self.note_read(&caller, &read).await?;
        Ok(Response::new(convert::flag_to_pb(&flag, self.book(), self.clock.today())))
    }

    #[tracing::instrument(skip_all)]
    async fn list_flags(
        &self,
        request: Request<pb::ListFlagsRequest>,
    ) -> Result<Response<pb::ListFlagsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let (page, shown) = self.page_of_flags(&caller, request.into_inner()).await?;
        self.note_read(&caller, &shown.by(LIST)).await?;
        Ok(Response::new(page))
    }

    #[tracing::instrument(skip_all)]
    async fn review_flag(
        &self,
        request: Request<pb::ReviewFlagRequest>,
    ) -> Result<Response<pb::Flag>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = convert::parse_flag_name(&mut errors, &body.name);
        let decision = convert::outcome(&mut errors, body.outcome, &body.reason);
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let (Some(id), Some(decision), Some(request_id)) = (id, decision, request_id) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, REVIEW, &request_id);
        let act = self.act(&caller, &key);
        let shown = |signal: &Signal| convert::flag_to_pb(signal, self.book(), act.today);
        Ok(Response::new(self.store.decide((&key, &body), &caller, &act, (&id, &decision), shown).await?))
    }
}

impl Api {
    /// A page of flags, and what is to be noted before it is shown.
    pub(super) async fn page_of_flags(
        &self,
        caller: &Caller,
        body: pb::ListFlagsRequest,
    ) -> Result<(pb::ListFlagsResponse, Shown), Error> {
        let mut errors = FieldErrors::default();
        let filters = ["flags", &body.uscc, &body.field, if body.with_ended { "ended" } else { "" }];
        let cut = cut(&mut errors, caller, &filters, (body.page_size, PAGE), &body.page_token);
        let uscc = errors.check_optional("uscc", &body.uscc, Uscc::parse);
        let field = filter::field(&mut errors, &body.field, self.book());
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(purpose), true) = (cut, purpose, errors.is_empty()) else {
            return Err(errors.into());
        };
        let today = self.clock.today();
        let wanted = |state: &State| state.is_on() || (body.with_ended && state.is_flag());
        let filter = SignalFilter {
            scope: caller.scope(),
            uscc: uscc.map(|uscc| uscc.to_string()).unwrap_or_default(),
            field: field.map(|field| field.to_string()).unwrap_or_default(),
            states: State::all().filter(wanted).collect(),
            ended: if body.with_ended { Ended::Listed } else { Ended::LeftOut(today) },
        };
        let page = self.store.signals(&filter, &cut).await?;
        let subject = convert::listed_attention("flags", &filter.uscc, &filter.field);
        let (flags, next_page_token) = page.shown(|flag| convert::flag_to_pb(flag, self.book(), today));
        Ok((pb::ListFlagsResponse { flags, next_page_token }, Shown { subject, purpose }))
    }

    /// The flag, if it is one and the caller's to see.
    async fn flag(&self, caller: &Caller, id: &str) -> Result<Signal, Error> {
        let found = self.theirs(caller, id).await.map_err(|error| match error {
            Error::SignalNotFound(id) => Error::FlagNotFound(id),
            other => other,
        })?;
        if found.state.is_flag() { Ok(found) } else { Err(Error::FlagNotFound(id.to_owned())) }
    }
}
