//! `xinjian.collection.v1.Records`.

use std::sync::Arc;

use contract::collection::v1::records_server::Records;
use contract::collection::v1::{
    GetRecordRequest, ImportRecordsRequest, ImportRecordsResponse, ListRecordsRequest, ListRecordsResponse,
    Record, WithdrawRecordRequest,
};
use db::page_size;
use domain::Uscc;
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status, Streaming};

use super::import::{self, Answers};
use super::{PAGE, state_filter};
use crate::convert::{Batch, Judge, read_record, remark, request_id};
use crate::domain::{Kind, NaturalId, NewRecord};
use crate::error::Error;
use crate::machines::record::STATES;
use crate::store::{Act, RecordFilter, Store, Withdrawal};

const IMPORT: &str = "/xinjian.collection.v1.Records/ImportRecords";
const WITHDRAW: &str = "/xinjian.collection.v1.Records/WithdrawRecord";

/// Serves records.
#[derive(Clone, Debug)]
pub(crate) struct RecordsService {
    store: Store,
    book: Arc<Rulebook>,
    clock: Clock,
}

impl RecordsService {
    /// Serves the records of `store`, judged by `book`.
    pub(crate) fn new(store: Store, book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { store, book, clock }
    }
}

#[tonic::async_trait]
impl Records for RecordsService {
    type ImportRecordsStream = Answers<ImportRecordsResponse>;

    #[tracing::instrument(skip_all)]
    async fn import_records(
        &self,
        request: Request<Streaming<ImportRecordsRequest>>,
    ) -> Result<Response<Self::ImportRecordsStream>, Status> {
        let caller = Caller::of(&request)?;
        let (book, clock) = (self.book.clone(), self.clock);
        let check = move |message| Ok(read_batch(message, &book, clock).map_err(Error::from)?);
        let (store, clock) = (self.store.clone(), self.clock);
        let take = move |batch: Batch<NewRecord>| {
            let (store, caller) = (store.clone(), caller.clone());
            async move {
                let key = Key { caller: caller.subject(), method: IMPORT, request_id: &batch.request_id };
                let act = Act::of(&caller, &key, "", clock.now(), store.book());
                Ok(store.import_records(&act, &key, &batch).await?)
            }
        };
        Ok(Response::new(import::run(request.into_inner(), check, take)))
    }

    #[tracing::instrument(skip_all)]
    async fn get_record(&self, request: Request<GetRecordRequest>) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.get_ref().name, "records"));
        let id = id.ok_or(Error::from(errors))?;
        Ok(Response::new(self.store.record(&id, &caller, self.clock.today()).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_records(
        &self,
        request: Request<ListRecordsRequest>,
    ) -> Result<Response<ListRecordsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let filter = read_filter(request.get_ref()).map_err(Error::from)?;
        let page = self.store.list_records(&filter, &caller.scope(), self.clock.today()).await?;
        Ok(Response::new(page))
    }

    #[tracing::instrument(skip_all)]
    async fn withdraw_record(
        &self,
        request: Request<WithdrawRecordRequest>,
    ) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "records"));
        let reason = remark(&mut errors, "reason", request.reason.clone());
        let legal_basis = remark(&mut errors, "legal_basis", request.legal_basis.clone());
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let withdrawal = Withdrawal { id, reason, legal_basis };
        let key = Key { caller: caller.subject(), method: WITHDRAW, request_id: &request_id };
        let act = Act::of(&caller, &key, &withdrawal.legal_basis, self.clock.now(), &self.book);
        Ok(Response::new(self.store.withdraw_record(&act, &key, &caller, &request, &withdrawal).await?))
    }
}

fn read_batch(
    message: ImportRecordsRequest,
    book: &Rulebook,
    clock: Clock,
) -> Result<Batch<NewRecord>, FieldErrors> {
    let judge = Judge { book, today: clock.today() };
    Batch::read(
        message,
        |message| &message.request_id,
        |message| ("records", std::mem::take(&mut message.records)),
        |row| read_record(&judge, row),
    )
}

fn read_filter(sent: &ListRecordsRequest) -> Result<RecordFilter, FieldErrors> {
    let mut errors = FieldErrors::default();
    let uscc = errors.check_optional("uscc", &sent.uscc, Uscc::parse);
    let kind = errors.check_optional("kind", &sent.kind, str::parse::<Kind>);
    let state = state_filter(&mut errors, &sent.state, &STATES);
    let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
    match (state, size) {
        (Some(state), Some(size)) if errors.is_empty() => {
            let (only_public, token) = (sent.only_public, sent.page_token.clone());
            Ok(RecordFilter { uscc, kind, state, only_public, size, token })
        }
        _ => Err(errors),
    }
}
