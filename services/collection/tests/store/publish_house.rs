//! What the cases about publication share: records with all that the standards ask for, receivers, days.

use chrono::NaiveDate;
use collection::domain::NaturalId;
use collection::store::{Act, PublicationOwner, Store, Withdrawal};
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::on;
use domain::MicrosUtc;
use exchange::{Dispatcher, FolderSink, RetryPolicy, Sink};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use service::Clock;
use tempfile::TempDir;

use super::fixture::*;

/// A code that is valid by form, for a bureau.
pub(crate) const BUREAU: &str = "91370116MAC4R9X126";

pub(crate) fn day(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

pub(crate) fn noon(text: &str) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(day(text)).plus_micros(12 * 3_600_000_000)
}

/// The system on a day.
pub(crate) fn system(store: &Store, on: &str) -> Act {
    Act::of_system("job", noon(on), store.book())
}

/// A penalty with all that both chains ask for.
pub(crate) fn whole_penalty(document_no: &str, decided_on: &str, kinds: &[&str]) -> pb::Record {
    let mut record = penalty(document_no, EQUIPMENT, decided_on);
    if let Some(Content::Penalty(penalty)) = &mut record.content {
        penalty.penalty_kinds = kinds.iter().map(ToString::to_string).collect();
        // An amount needs a fine.
        if !kinds.contains(&"3") {
            penalty.fine_fen = 0;
        }
        penalty.violation_facts = "电梯未经检验投入使用".to_owned();
        penalty.authority_uscc = BUREAU.to_owned();
    }
    record
}

pub(crate) fn penalty_of(record: &mut pb::Record) -> &mut pb::Penalty {
    match &mut record.content {
        Some(Content::Penalty(penalty)) => penalty,
        other => panic!("not a penalty: {other:?}"),
    }
}

/// Takes a record of the registered maker; answers its name.
pub(crate) async fn taken(store: &Store, record: pb::Record) -> String {
    register(store, EQUIPMENT, "370114").await;
    import(store, 1, vec![record]).await.unwrap();
    last_told(store).await.record.unwrap().name
}

/// Looks for what is to be handed over until nothing is.
pub(crate) async fn submit(store: &Store, on: &str) {
    while store.submit_due(&system(store, on)).await.unwrap() > 0 {}
}

/// The record as CREDIT reads it on a day.
pub(crate) async fn read(store: &Store, name: &str, on: &str) -> pb::Record {
    let id = NaturalId::from_name(name, "records").unwrap();
    store.record(&id, &officer("CREDIT", "370100"), day(on)).await.unwrap()
}

/// State of each chain on a day, in the order of their names: Credit China, the publicity system.
pub(crate) async fn chains(store: &Store, name: &str, on: &str) -> Vec<String> {
    read(store, name, on).await.publications.into_iter().map(|one| one.state).collect()
}

/// The publication on one chain, on a day.
pub(crate) async fn chain(store: &Store, name: &str, chain: &str, on: &str) -> pb::Publication {
    let record = read(store, name, on).await;
    record.publications.into_iter().find(|one| one.chain == chain).unwrap()
}

/// Both receivers, as folders.
pub(crate) struct Receivers(TempDir);

impl Receivers {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Carries what is due to one receiver, once.
    pub(crate) async fn carry(&self, store: &Store, receiver: &str, on: &str) {
        let sink = Sink::Folder(FolderSink::new(self.0.path().join(receiver)).unwrap());
        let owner = PublicationOwner::new(store.clone(), Clock::Fixed(noon(on)));
        let dispatcher = Dispatcher::new(store.db().clone(), receiver, sink, owner, RetryPolicy::default());
        dispatcher.dispatch_once(noon(on), &mut StdRng::seed_from_u64(1)).await.unwrap();
    }

    /// Carries what is due to both.
    pub(crate) async fn carry_all(&self, store: &Store, on: &str) {
        self.carry(store, "publicity", on).await;
        self.carry(store, "credit-china", on).await;
    }

    /// What a receiver was told, in order.
    pub(crate) fn told(&self, receiver: &str) -> Vec<Value> {
        let Ok(files) = std::fs::read_dir(self.0.path().join(receiver)) else { return Vec::new() };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
    }
}

/// Takes, hands over and publishes a penalty on one day; answers its name and who shows it.
pub(crate) async fn published(store: &Store, record: pb::Record, on: &str) -> (String, Receivers) {
    let name = taken(store, record).await;
    let receivers = Receivers::new();
    submit(store, on).await;
    receivers.carry_all(store, on).await;
    (name, receivers)
}

/// Withdraws a record, its basis revoked.
pub(crate) async fn withdraw(store: &Store, n: u32, name: &str) {
    let request_id = request(n);
    let (reason, legal_basis) = ("处罚决定被撤销".to_owned(), "济行复〔2026〕3号".to_owned());
    let sent = pb::WithdrawRecordRequest {
        name: name.to_owned(),
        reason: reason.clone(),
        legal_basis: legal_basis.clone(),
        request_id: request_id.to_string(),
    };
    let id = NaturalId::from_name(name, "records").unwrap();
    let withdrawal = Withdrawal { id, reason, legal_basis };
    let caller = officer("ENFORCEMENT", "370100");
    let act = act(&request_id, &withdrawal.legal_basis);
    store.withdraw_record(&act, &key(&request_id), &caller, &sent, &withdrawal).await.unwrap();
}

/// Kinds of the open duties.
pub(crate) async fn open_duties(store: &Store) -> Vec<String> {
    duties(store).await.into_iter().map(|(kind, ..)| kind).collect()
}

/// How many deliveries there are.
pub(crate) async fn deliveries(store: &Store) -> i64 {
    const SQL: &str = "SELECT COUNT(*) FROM delivery";
    on!(store.db(), |pool| sqlx::query_scalar(SQL).fetch_one(pool).await).unwrap()
}
