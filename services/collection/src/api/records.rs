//! `xinjian.collection.v1.Records`.

use std::sync::Arc;

use contract::collection::v1::records_server::Records;
use contract::collection::v1::{
    AdvanceProvincePushRequest, ChoosePublicationLawRequest, CorrectRecordRequest, EraseRecordRequest,
    FindRecordsRequest, FindRecordsResponse, GetRecordRequest, ImportRecordsRequest, ImportRecordsResponse,
    ListRecordVersionsRequest, ListRecordVersionsResponse, ListRecordsRequest, ListRecordsResponse, Record,
    SettleErasureRequest, SettleErasureResponse, WithdrawRecordRequest,
};
use db::page_size;
use domain::{LegalName, RequestId, Uscc};
use rulebook::Rulebook;
use service::auth::Caller;
use service::erasure::bare;
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status, Streaming};

use super::import::{self, Answers, Waiting};
use super::{PAGE, state_filter};
use crate::convert::{Batch, Judge, instant, read_push, read_record, read_record_at, remark, request_id};
use crate::domain::{Kind, NaturalId, NewRecord};
use crate::error::Error;
use crate::machines::record::STATES;
use crate::store::{
    Act, ChosenLaw, Correction, Erasure, ReadyRecords, RecordFilter, Store, VersionFilter, Withdrawal,
};

const IMPORT: &str = "/xinjian.collection.v1.Records/ImportRecords";
const CORRECT: &str = "/xinjian.collection.v1.Records/CorrectRecord";
const CHOOSE: &str = "/xinjian.collection.v1.Records/ChoosePublicationLaw";
const WITHDRAW: &str = "/xinjian.collection.v1.Records/WithdrawRecord";
const PUSH: &str = "/xinjian.collection.v1.Records/AdvanceProvincePush";
const ERASE: &str = "/xinjian.collection.v1.Records/EraseRecord";
const SETTLE: &str = "/xinjian.collection.v1.Records/SettleErasure";

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
        let scope = caller.scope();
        let check = move |message| {
            let batch = read_batch(message, &book, clock).map_err(Error::from)?;
            Ok(batch.within(scope.clone()))
        };
        let (store, clock, officer) = (self.store.clone(), self.clock, caller.clone());
        let ready = move |batch: Batch<NewRecord>| {
            let (store, caller) = (store.clone(), officer.clone());
            async move {
                let key = Key { caller: caller.subject(), method: IMPORT, request_id: &batch.request_id };
                let act = Act::of(&caller, &key, "", clock.now(), store.book());
                Ok(store.make_ready(act, batch).await?)
            }
        };
        let store = self.store.clone();
        let take = move |mut waiting: Waiting<ReadyRecords>| {
            let (store, caller) = (store.clone(), caller.clone());
            async move {
                let answers = store.take_ready_records(caller.subject(), IMPORT, &mut waiting).await;
                (answers.into_iter().map(|answer| Ok(answer?)).collect(), waiting)
            }
        };
        Ok(Response::new(import::run(request.into_inner(), check, ready, take)))
    }

    #[tracing::instrument(skip_all)]
    async fn get_record(&self, request: Request<GetRecordRequest>) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.get_ref().name, "records"));
        let known_at = instant(&mut errors, "known_at", request.get_ref().known_at);
        let (Some(id), true) = (id, errors.is_empty()) else { return Err(Error::from(errors).into()) };
        let record = match known_at {
            Some(known_at) => self.store.record_at(&id, known_at, &caller).await?,
            None => self.store.record(&id, &caller, self.clock.today()).await?,
        };
        Ok(Response::new(record))
    }

    #[tracing::instrument(skip_all)]
    async fn list_record_versions(
        &self,
        request: Request<ListRecordVersionsRequest>,
    ) -> Result<Response<ListRecordVersionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.name, "records"));
        let size = errors.check("page_size", page_size(request.page_size, PAGE.0, PAGE.1));
        let (Some(id), Some(size)) = (id, size) else { return Err(Error::from(errors).into()) };
        let filter = VersionFilter { id, size, token: request.page_token };
        Ok(Response::new(self.store.record_versions(&filter, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn correct_record(
        &self,
        request: Request<CorrectRecordRequest>,
    ) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let judge = Judge { book: &self.book, today: self.clock.today() };
        let (request_id, correction) = read_correction(&judge, &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: CORRECT, request_id: &request_id };
        let act = Act::of(&caller, &key, &correction.legal_basis, self.clock.now(), &self.book);
        Ok(Response::new(self.store.correct_record(&act, &key, &caller, &request, &correction).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn find_records(
        &self,
        request: Request<FindRecordsRequest>,
    ) -> Result<Response<FindRecordsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let mut errors = FieldErrors::default();
        let party_name = errors.check("party_name", LegalName::parse(&sent.party_name));
        let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
        let (Some(party_name), Some(size)) = (party_name, size) else {
            return Err(Error::from(errors).into());
        };
        let (bare, page) = (bare(party_name.as_str()), (size, sent.page_token.as_str()));
        let found = self.store.records_called(&bare, page, &caller.scope(), self.clock.today()).await?;
        Ok(Response::new(found))
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
    async fn choose_publication_law(
        &self,
        request: Request<ChoosePublicationLawRequest>,
    ) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let (request_id, chosen) = read_choice(&request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: CHOOSE, request_id: &request_id };
        let act = Act::of(&caller, &key, &chosen.legal_basis, self.clock.now(), &self.book);
        Ok(Response::new(self.store.choose_publication_law(&act, &key, &caller, &request, &chosen).await?))
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

    #[tracing::instrument(skip_all)]
    async fn advance_province_push(
        &self,
        request: Request<AdvanceProvincePushRequest>,
    ) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let judge = Judge { book: &self.book, today: self.clock.today() };
        let (request_id, legal_basis, step) = read_push(&judge, &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: PUSH, request_id: &request_id };
        let act = Act::of(&caller, &key, &legal_basis, self.clock.now(), &self.book);
        Ok(Response::new(self.store.advance_push(&act, &key, &caller, &request, &step).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn erase_record(&self, request: Request<EraseRecordRequest>) -> Result<Response<Record>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "records"));
        let reason = remark(&mut errors, "reason", request.reason.clone());
        errors.check_optional("follows", &request.follows, party);
        let (Some(request_id), Some(id), true) = (request_id, id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let erasure = Erasure { id, reason, follows: request.follows.clone() };
        let key = Key { caller: caller.subject(), method: ERASE, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        Ok(Response::new(self.store.erase_record(&act, &key, &caller, &request, &erasure).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn settle_erasure(
        &self,
        request: Request<SettleErasureRequest>,
    ) -> Result<Response<SettleErasureResponse>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        errors.check("name", party(&request.name));
        let remark = remark(&mut errors, "remark", request.remark.clone());
        let (Some(request_id), true) = (request_id, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let key = Key { caller: caller.subject(), method: SETTLE, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        Ok(Response::new(self.store.settle_erasure(&act, &key, &caller, &request, remark).await?))
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

fn read_correction(
    judge: &Judge<'_>,
    sent: &CorrectRecordRequest,
) -> Result<(RequestId, Correction), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let name = sent.record.as_ref().map_or("", |record| record.name.as_str());
    let id = errors.check("record.name", NaturalId::from_name(name, "records"));
    let new = read_record_at(judge, &mut errors, "record", sent.record.as_ref());
    let reason = remark(&mut errors, "reason", sent.reason.clone());
    let legal_basis = remark(&mut errors, "legal_basis", sent.legal_basis.clone());
    match (request_id, id, new) {
        (Some(request_id), Some(id), Some(new)) if errors.is_empty() => {
            Ok((request_id, Correction { id, revision: sent.revision, new, reason, legal_basis }))
        }
        _ => Err(errors),
    }
}

fn read_choice(sent: &ChoosePublicationLawRequest) -> Result<(RequestId, ChosenLaw), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "records"));
    for (path, text) in [("chain", &sent.chain), ("regime", &sent.regime)] {
        if text.is_empty() {
            errors.push(path, "must be given");
        }
    }
    let reason = remark(&mut errors, "reason", sent.reason.clone());
    let legal_basis = remark(&mut errors, "legal_basis", sent.legal_basis.clone());
    match (request_id, id) {
        (Some(request_id), Some(id)) if errors.is_empty() => {
            let (chain, regime) = (sent.chain.clone(), sent.regime.clone());
            Ok((request_id, ChosenLaw { id, revision: sent.revision, chain, regime, reason, legal_basis }))
        }
        _ => Err(errors),
    }
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

/// The id in the name of a party of the register.
fn party(name: &str) -> Result<uuid::Uuid, &'static str> {
    let id = name.strip_prefix("parties/").and_then(|id| id.parse().ok());
    id.ok_or("is not of the form `parties/{id}`")
}
