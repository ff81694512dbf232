//! `xinjian.risk.v1.Signals`. No signal leaves without a row in the log of reads.

use contract::risk::v1 as pb;
use contract::risk::v1::signals_server::Signals;
use domain::{DivisionCode, FieldCode, Uscc};
use service::access_log::Read;
use service::auth::Caller;
use service::{FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::domain::attention::Signal;
use crate::error::Error;
use crate::store::{Decision, Ended, SignalFilter};

const RUN_SCAN: &str = "/xinjian.risk.v1.Signals/RunScan";
const GET: &str = "/xinjian.risk.v1.Signals/GetSignal";
const LIST: &str = "/xinjian.risk.v1.Signals/ListSignals";
const TAKE: &str = "/xinjian.risk.v1.Signals/TakeSignal";
const CONFIRM: &str = "/xinjian.risk.v1.Signals/ConfirmSignal";
const DISMISS: &str = "/xinjian.risk.v1.Signals/DismissSignal";
/// Bound of a page.
const PAGE: u32 = 500;

#[tonic::async_trait]
impl Signals for Api {
    #[tracing::instrument(skip_all)]
    async fn run_scan(&self, request: Request<pb::RunScanRequest>) -> Result<Response<pb::Scan>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let as_of = convert::as_of(&mut errors, &body.as_of, self.clock.today());
        let (Some(request_id), Some(as_of)) = (request_id, as_of) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, RUN_SCAN, &request_id);
        let act = self.act(&caller, &key);
        let id = uuid::Uuid::now_v7().to_string();
        Ok(Response::new(self.store.run_scan(&key, &body, &act, &id, as_of).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_scans(
        &self,
        request: Request<pb::ListScansRequest>,
    ) -> Result<Response<pb::ListScansResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let cut = cut(&mut errors, &caller, &["scans"], (body.page_size, PAGE), &body.page_token);
        let Some(cut) = cut else { return Err(Error::from(errors).into()) };
        let page = self.store.scans(&cut).await?;
        let (scans, next_page_token) = page.shown(convert::scan_to_pb);
        Ok(Response::new(pb::ListScansResponse { scans, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_signal(
        &self,
        request: Request<pb::GetSignalRequest>,
    ) -> Result<Response<pb::Signal>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = convert::parse_signal_name(&mut errors, &body.name);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(id), Some(purpose)) = (id, purpose) else { return Err(Error::from(errors).into()) };
        let signal = self.theirs(&caller, &id).await?;
        let read = Read { subject: &signal.name(), method: GET, purpose: &purpose };
        self.note_read(&caller, &read).await?;
        Ok(Response::new(convert::signal_to_pb(&signal, self.book(), self.clock.today())))
    }

    #[tracing::instrument(skip_all)]
    async fn list_signals(
        &self,
        request: Request<pb::ListSignalsRequest>,
    ) -> Result<Response<pb::ListSignalsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["signals", &body.uscc, &body.field, &body.state];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, PAGE), &body.page_token);
        let uscc = errors.check_optional("uscc", &body.uscc, Uscc::parse);
        let field = filter::field(&mut errors, &body.field, self.book());
        let states = convert::states(&mut errors, &body.state);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(purpose), true) = (cut, purpose, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let today = self.clock.today();
        // Whoever asks for flags that are on is not shown one whose term has ended.
        let ended =
            if states.iter().all(|state| state.is_on()) { Ended::LeftOut(today) } else { Ended::Listed };
        let filter = SignalFilter {
            scope: caller.scope(),
            uscc: uscc.map(|uscc| uscc.to_string()).unwrap_or_default(),
            field: field.map(|field| field.to_string()).unwrap_or_default(),
            states,
            ended,
        };
        let page = self.store.signals(&filter, &cut).await?;
        let subject = convert::listed_attention("signals", &filter.uscc, &filter.field);
        self.note_read(&caller, &Read { subject: &subject, method: LIST, purpose: &purpose }).await?;
        let (signals, next_page_token) =
            page.shown(|signal| convert::signal_to_pb(signal, self.book(), today));
        Ok(Response::new(pb::ListSignalsResponse { signals, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn take_signal(
        &self,
        request: Request<pb::TakeSignalRequest>,
    ) -> Result<Response<pb::Signal>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = convert::parse_signal_name(&mut errors, &body.name);
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let (Some(id), Some(request_id)) = (id, request_id) else { return Err(Error::from(errors).into()) };
        let key = key(&caller, TAKE, &request_id);
        let act = self.act(&caller, &key);
        let shown = |signal: &Signal| convert::signal_to_pb(signal, self.book(), act.today);
        let taken = self.store.decide((&key, &body), &caller, &act, (&id, &Decision::Take), shown).await?;
        Ok(Response::new(taken))
    }

    #[tracing::instrument(skip_all)]
    async fn confirm_signal(
        &self,
        request: Request<pb::ConfirmSignalRequest>,
    ) -> Result<Response<pb::Flag>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = convert::parse_signal_name(&mut errors, &body.name);
        let reason = convert::reason(&mut errors, &body.reason);
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let (Some(id), Some(reason), Some(request_id)) = (id, reason, request_id) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, CONFIRM, &request_id);
        let act = self.act(&caller, &key);
        let decision = Decision::Confirm(reason);
        let shown = |signal: &Signal| convert::flag_to_pb(signal, self.book(), act.today);
        Ok(Response::new(self.store.decide((&key, &body), &caller, &act, (&id, &decision), shown).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn dismiss_signal(
        &self,
        request: Request<pb::DismissSignalRequest>,
    ) -> Result<Response<pb::Signal>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = convert::parse_signal_name(&mut errors, &body.name);
        let reason = convert::reason(&mut errors, &body.reason);
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let (Some(id), Some(reason), Some(request_id)) = (id, reason, request_id) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, DISMISS, &request_id);
        let act = self.act(&caller, &key);
        let decision = Decision::Dismiss(reason);
        let shown = |signal: &Signal| convert::signal_to_pb(signal, self.book(), act.today);
        Ok(Response::new(self.store.decide((&key, &body), &caller, &act, (&id, &decision), shown).await?))
    }
}

impl Api {
    /// The signal or flag, if it is the caller's to see.
    pub(super) async fn theirs(&self, caller: &Caller, id: &str) -> Result<Signal, Error> {
        let signal = self.store.signal(id).await?;
        let of = |problem: String| service::Error::corrupt(format!("{}: {problem}", signal.name()));
        let field = FieldCode::parse(&signal.field).map_err(|problem| of(problem.to_string()))?;
        let division = DivisionCode::parse(&signal.division).map_err(|problem| of(problem.to_string()))?;
        caller.may_act_on(&field, &division)?;
        Ok(signal)
    }
}
