//! Records, parties and acts for the cases.

use std::sync::Arc;

use chrono::NaiveDate;
use collection::convert::{Batch, Judge, read_record, read_ticket};
use collection::domain::{NewRecord, NewTicket};
use collection::seal::Seal;
use collection::store::{Act, Arrival, MIGRATIONS, Party, Store};
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::{Db, on};
use domain::{DivisionCode, FieldCode, LegalName, MicrosUtc, OfficeCode, RequestId, Uscc};
use outbox::{Entropy, Origin, Outbox};
use prost::Message;
use rulebook::Rulebook;
use service::Error;
use service::auth::{Caller, Fields};
use service::idempotency::Key;

/// A food producer of Lixia.
pub(crate) const FOOD: &str = "91370102MA3C00011F";
/// A special-equipment maker of Zhangqiu.
pub(crate) const EQUIPMENT: &str = "91370114MA3T7K2P9A";
const METHOD: &str = "/xinjian.collection.v1.Records/ImportRecords";

/// A store on a fresh database.
pub(crate) async fn open(db: Db) -> Store {
    let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &exchange::MIGRATIONS, &MIGRATIONS];
    let db = db::testing::migrated(db, &sets).await;
    let origin = Origin { deployment: "test".to_owned(), service: "collection".to_owned() };
    Store::new(db, Outbox::new(origin, Entropy::system()), Rulebook::builtin(), Some(seal(1)))
}

/// A seal by a key of this byte.
pub(crate) fn seal(byte: u8) -> Seal {
    Seal::new(&[byte; 32], Entropy::system())
}

/// The same database, as a process with another key, or with none, opens it.
pub(crate) fn reopened(store: &Store, seal: Option<Seal>) -> Store {
    let origin = Origin { deployment: "test".to_owned(), service: "collection".to_owned() };
    Store::new(store.db().clone(), Outbox::new(origin, Entropy::system()), Rulebook::builtin(), seal)
}

/// The same database, as a process with another rulebook opens it.
pub(crate) fn with_book(store: &Store, book: Arc<Rulebook>) -> Store {
    let origin = Origin { deployment: "test".to_owned(), service: "collection".to_owned() };
    Store::new(store.db().clone(), Outbox::new(origin, Entropy::system()), book, Some(seal(1)))
}

/// Noon of 2026-03-02 in Shanghai.
pub(crate) fn now() -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(domain::parse_date("2026-03-02").unwrap())
        .plus_micros(12 * 3_600_000_000)
}

/// The day of [`now`].
pub(crate) fn today() -> NaiveDate {
    domain::shanghai_date(now())
}

/// An officer of `office` with its fields, in `division`.
pub(crate) fn officer(office: &str, division: &str) -> Caller {
    let code = OfficeCode::parse(office).unwrap();
    let field = |code: &str| Fields::Set([FieldCode::parse(code).unwrap()].into());
    let fields = match office {
        "SE_SUPERV" => field("SE"),
        "FOOD_PROD" => field("FOOD"),
        _ => Fields::All,
    };
    Caller::new("li", "", code, fields, vec![DivisionCode::parse(division).unwrap()], "")
}

/// An officer of the whole city with a name of his own.
pub(crate) fn person(office: &str, name: &str) -> Caller {
    let division = DivisionCode::parse("370100").unwrap();
    Caller::new(name, "", OfficeCode::parse(office).unwrap(), Fields::All, vec![division], "")
}

/// The `n`th request id.
pub(crate) fn request(n: u32) -> RequestId {
    RequestId::parse(&format!("6f1c0a52-0f0e-4b7e-9d57-{n:012x}")).unwrap()
}

pub(crate) fn key(id: &RequestId) -> Key<'_> {
    Key { caller: "li", method: METHOD, request_id: id }
}

pub(crate) fn act(id: &RequestId, basis: &str) -> Act {
    Act::of(&officer("ENFORCEMENT", "370100"), &key(id), basis, now(), &Rulebook::builtin())
}

pub(crate) fn inspection(document_no: &str, uscc: &str, decided_on: &str) -> pb::Record {
    let content = Content::Inspection(pb::Inspection { result: "1".to_owned(), ..pb::Inspection::default() });
    record(document_no, uscc, decided_on, content)
}

pub(crate) fn penalty(document_no: &str, uscc: &str, decided_on: &str) -> pb::Record {
    let content = Content::Penalty(pb::Penalty {
        violation_type: "未按规定进行检验".to_owned(),
        legal_basis: "《中华人民共和国特种设备安全法》第八十三条".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        fine_fen: 3_000_000,
        ordinary_procedure: true,
        ..pb::Penalty::default()
    });
    record(document_no, uscc, decided_on, content)
}

pub(crate) fn record(document_no: &str, uscc: &str, decided_on: &str, content: Content) -> pb::Record {
    let unit = "济南市市场监督管理局".to_owned();
    pb::Record {
        uscc: uscc.to_owned(),
        party_name: "济南某某有限公司".to_owned(),
        field: if uscc == EQUIPMENT { "SE" } else { "FOOD" }.to_owned(),
        provenance: Some(pb::Provenance {
            producer: unit.clone(),
            provider: unit.clone(),
            responsible: unit,
        }),
        document_no: document_no.to_owned(),
        decided_on: decided_on.to_owned(),
        content: Some(content),
        ..pb::Record::default()
    }
}

pub(crate) fn ticket(ticket_no: &str, uscc: &str) -> pb::Ticket {
    pb::Ticket {
        ticket_no: ticket_no.to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: "2026-02-27".to_owned(),
        uscc: uscc.to_owned(),
        ..pb::Ticket::default()
    }
}

/// One checked message of records.
pub(crate) fn batch(request: &RequestId, records: Vec<pb::Record>) -> Batch<NewRecord> {
    let judge = Judge { book: &Rulebook::builtin(), today: act(request, "").today };
    let message = pb::ImportRecordsRequest { records, request_id: request.to_string() };
    let rows = |message: &mut pb::ImportRecordsRequest| ("records", std::mem::take(&mut message.records));
    Batch::read(message, |message| &message.request_id, rows, |row| read_record(&judge, row)).unwrap()
}

/// One checked message of tickets.
pub(crate) fn ticket_batch(request: &RequestId, tickets: Vec<pb::Ticket>) -> Batch<NewTicket> {
    let judge = Judge { book: &Rulebook::builtin(), today: act(request, "").today };
    let message = pb::ImportTicketsRequest { tickets, request_id: request.to_string() };
    let rows = |message: &mut pb::ImportTicketsRequest| ("tickets", std::mem::take(&mut message.tickets));
    Batch::read(message, |message| &message.request_id, rows, |row| read_ticket(&judge, row)).unwrap()
}

/// Imports one message of records.
pub(crate) async fn import(
    store: &Store,
    n: u32,
    records: Vec<pb::Record>,
) -> Result<pb::ImportRecordsResponse, Error> {
    let id = request(n);
    store.import_records(&act(&id, ""), &key(&id), &batch(&id, records)).await
}

/// Imports one message of tickets.
pub(crate) async fn import_tickets(
    store: &Store,
    n: u32,
    tickets: Vec<pb::Ticket>,
) -> Result<pb::ImportTicketsResponse, Error> {
    let id = request(n);
    store.import_tickets(&act(&id, ""), &key(&id), &ticket_batch(&id, tickets)).await
}

pub(crate) fn party(uscc: &str, division: &str) -> Party {
    Party {
        uscc: Uscc::parse(uscc).unwrap(),
        legal_name: LegalName::parse("济南某某有限公司").unwrap(),
        address: "济南市历下区泺源大街100号".to_owned(),
        division: DivisionCode::parse(division).unwrap(),
    }
}

/// Tells the store of a registered enterprise; answers how much it attached.
pub(crate) async fn register(store: &Store, uscc: &str, division: &str) -> usize {
    let act = Act::of_system("registry-event", now(), store.book());
    let arrival = Arrival { party: party(uscc, division), act };
    let mut tx = store.db().begin_write().await.unwrap();
    let attached = store.register_parties(&mut tx, &[arrival]).await.unwrap();
    tx.commit().await.unwrap();
    attached
}

/// Kind and subject of every event, in their order.
pub(crate) async fn events(store: &Store) -> Vec<(String, String)> {
    const SQL: &str = "SELECT kind, subject FROM event ORDER BY outbox_id";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

/// The record that the last event tells.
pub(crate) async fn last_told(store: &Store) -> pb::RecordEvent {
    const SQL: &str = "SELECT payload FROM event ORDER BY outbox_id DESC LIMIT 1";
    let payload: Vec<u8> = on!(store.db(), |pool| sqlx::query_scalar(SQL).fetch_one(pool).await).unwrap();
    pb::RecordEvent::decode(payload.as_slice()).unwrap()
}

/// Kind, office and last day of every open duty, by kind.
pub(crate) async fn duties(store: &Store) -> Vec<(String, String, Option<String>)> {
    const SQL: &str = "SELECT kind, office, due_on FROM obligation WHERE done_on IS NULL ORDER BY kind, id";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

/// How the database goes about a statement.
pub(crate) async fn plan(store: &Store, sql: &str) -> String {
    db::testing::plan(store.db(), sql).await
}
