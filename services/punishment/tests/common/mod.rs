//! What the suites of this service have in common: acts, new entries and cases, and their ways through the machines.

#![allow(dead_code, reason = "each suite uses its part of it")]

pub(crate) mod neighbour;

use std::sync::Arc;

use chrono::NaiveDate;
use contract::punishment::v1::{AbnormalEntry, CreateAbnormalEntryRequest, SeriousCase};
use db::Db;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, RequestId, Uscc};
use outbox::{Entropy, Origin, Outbox};
use punishment::domain::abnormal::NewEntry;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::domain::papers::{Assessment, Decision, Hearing, Letter, Paper};
use punishment::domain::serious::NewCase;
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{Act, Store};
use punishment::{Error, MIGRATIONS};
use rulebook::Rulebook;
use service::idempotency::Key;
use service::machine::Actor;

/// An enterprise.
pub(crate) const PARTY: &str = "91370102MA3C00011F";
/// Another.
pub(crate) const OTHER: &str = "91370114MA3T7K2P9A";

/// The records in a new database, by the rules of the program.
pub(crate) async fn open(db: Db) -> Store {
    open_by(db, Rulebook::builtin()).await
}

/// The records in a new database, by other rules.
pub(crate) async fn open_by(db: Db, book: Arc<Rulebook>) -> Store {
    let shared = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &exchange::MIGRATIONS];
    let db = db::testing::migrated(db, &[&shared[..], &[&MIGRATIONS]].concat()).await;
    let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
    Store::new(db, Outbox::new(origin, Entropy::system()), book)
}

/// A day.
pub(crate) fn date(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

/// An act of a person of an office on a day, by a request of its own.
pub(crate) fn act(office: &'static str, person: &'static str, day: &str) -> Act<'static> {
    let request_id = Box::leak(Box::new(RequestId::from_uuid(uuid::Uuid::new_v4())));
    let actor = Actor::person(office, person).citing("办法第二条");
    let key = Key { caller: person, method: "/test/Method", request_id };
    Act { actor, key, now: MicrosUtc::start_of_shanghai_day(date(day)) }
}

/// An act of the system on a day.
pub(crate) fn system(day: &str) -> Act<'static> {
    Act { actor: Actor::system(), ..act("SYSTEM", "system", day) }
}

/// The body that idempotency compares; its content does not matter to the suites.
pub(crate) fn body(note: &str) -> CreateAbnormalEntryRequest {
    CreateAbnormalEntryRequest { request_id: note.to_owned(), ..Default::default() }
}

/// A suspicion that an enterprise cannot be reached.
pub(crate) fn entry(uscc: &str) -> NewEntry {
    NewEntry {
        uscc: Uscc::parse(uscc).unwrap(),
        party_name: LegalName::parse("济南泉福食品有限公司").unwrap(),
        division: DivisionCode::parse("370102").unwrap(),
        ground: "4".to_owned(),
        facts: String::new(),
        lapsed_on: None,
    }
}

/// A suspicion on a ground that counts from the end of a period or order.
pub(crate) fn lapsed(uscc: &str, ground: &str, lapsed_on: &str) -> NewEntry {
    NewEntry { ground: ground.to_owned(), lapsed_on: Some(date(lapsed_on)), ..entry(uscc) }
}

/// A case of an enterprise with a fine of the heavier grade.
pub(crate) fn case() -> NewCase {
    NewCase {
        uscc: Uscc::parse(PARTY).unwrap(),
        party_name: LegalName::parse("济南泉福食品有限公司").unwrap(),
        field: FieldCode::parse("FOOD").unwrap(),
        division: DivisionCode::parse("370102").unwrap(),
        registered_in: None,
        ground: "F1".to_owned(),
        penalty_document_no: DocumentNumber::parse("济市监罚〔2024〕7号").unwrap(),
        penalty_kinds: vec!["3".to_owned()],
        discretion_grade: "Heavier".to_owned(),
    }
}

/// A step with document and reason, and without a paper.
pub(crate) fn step<E>(event: E) -> Advance<E> {
    Advance {
        document_no: Some(DocumentNumber::parse("济市监列〔2024〕1号").unwrap()),
        reason: "事实清楚".to_owned(),
        legal_basis: "办法".to_owned(),
        ..Advance::bare(event)
    }
}

/// A step of an entry with what it asks for.
pub(crate) fn entry_step(event: EntryEvent) -> Advance<EntryEvent> {
    let paper = match event {
        EntryEvent::RecordLetter => Some(Paper::Letter(Letter { unsigned: true })),
        EntryEvent::RequestRemoval => Some(Paper::RemovalGround("5".to_owned())),
        _ => None,
    };
    Advance { paper, ..step(event) }
}

/// A step of a case on a day with what it asks for.
pub(crate) fn case_step(event: CaseEvent, day: &str) -> Advance<CaseEvent> {
    let paper = match event {
        CaseEvent::Assess => Some(Paper::Assessment(assessment())),
        CaseEvent::OrderHearing | CaseEvent::OrderHearingAnew => {
            Some(Paper::Hearing(hearing(day, day, "zheng")))
        }
        CaseEvent::Decide | CaseEvent::DecideElsewhere => Some(Paper::Decision(decision(day))),
        _ => None,
    };
    Advance { paper, effective_on: Some(date(day)), ..step(event) }
}

/// A three-part test that bears a listing.
pub(crate) fn assessment() -> Assessment {
    let book = Rulebook::builtin();
    let factors = book.codes("serious_factor", date("2024-01-01"));
    Assessment {
        grave: true,
        findings: "多次使用非食品原料，危害公众健康".to_owned(),
        factors: factors.map(|code| (code.code.clone(), "已衡量".to_owned())).collect(),
        no_intent_proven: false,
    }
}

/// A hearing.
pub(crate) fn hearing(requested_on: &str, held_on: &str, conducted_by: &str) -> Hearing {
    Hearing {
        requested_on: date(requested_on),
        held_on: date(held_on),
        conducted_by: conducted_by.to_owned(),
        missed: false,
    }
}

/// A decision that goes with the penalty decision of the day.
pub(crate) fn decision(day: &str) -> Decision {
    Decision {
        matter: "未取得许可从事食品生产经营活动".to_owned(),
        basis: "《市场监督管理严重违法失信名单管理办法》第五条".to_owned(),
        measures: "列为重点监管对象，不适用告知承诺制".to_owned(),
        removal: "列入满一年可申请提前移出，满三年移出".to_owned(),
        remedies: "六十日内申请行政复议，六个月内提起行政诉讼".to_owned(),
        penalty_decided_on: date(day),
        restricted_until: None,
    }
}

/// Moves an entry.
pub(crate) async fn advance_entry(
    store: &Store,
    act: &Act<'_>,
    name: &EntryName,
    event: EntryEvent,
) -> Result<AbnormalEntry, Error> {
    store.advance_entry(act, &body("step"), name, &entry_step(event)).await
}

/// An entry that a district verified by letters and decided on `day`, which lies in 2024 after the first days of April.
pub(crate) async fn listed_entry(store: &Store, uscc: &str, day: &str) -> AbnormalEntry {
    let opened = store.open_entry(&act("DISTRICT", "wang", day), &body("open"), entry(uscc)).await.unwrap();
    let name = EntryName::parse(List::Abnormal, &opened.name).unwrap();
    let (first, second) = (date(day) - chrono::Days::new(30), date(day) - chrono::Days::new(10));
    for (event, on) in [
        (EntryEvent::Verify, first),
        (EntryEvent::RecordLetter, first),
        (EntryEvent::RecordLetter, second),
        (EntryEvent::Propose, date(day)),
    ] {
        let advance = Advance { effective_on: Some(on), ..entry_step(event) };
        store.advance_entry(&act("DISTRICT", "wang", day), &body("step"), &name, &advance).await.unwrap();
    }
    advance_entry(store, &act("DISTRICT", "li", day), &name, EntryEvent::Decide).await.unwrap()
}

/// Takes steps of a case, each by an officer of an office on a day; answers the case after the last.
pub(crate) async fn take(
    store: &Store,
    name: &EntryName,
    steps: &[(&'static str, &'static str, CaseEvent, &str)],
) -> SeriousCase {
    let mut last = None;
    for (office, person, event, day) in steps {
        let taken =
            store.advance_case(&act(office, person, day), &body("step"), name, &case_step(*event, day)).await;
        last = Some(taken.unwrap_or_else(|refused| panic!("{event:?} on {day}: {refused}")));
    }
    last.unwrap()
}

/// Opens a case on a day.
pub(crate) async fn opened(store: &Store, new: NewCase, day: &str) -> EntryName {
    let opened = store.open_case(&act("ENFORCEMENT", "wang", day), &body("open"), new).await.unwrap();
    EntryName::parse(List::Serious, &opened.name).unwrap()
}

/// The steps of a case from its opening to the notice, all on one day.
pub(crate) async fn noticed(store: &Store, new: NewCase, day: &str) -> EntryName {
    let name = opened(store, new, day).await;
    let steps = [
        ("FOOD_PROD", "hu", CaseEvent::GiveOpinion, day),
        ("ENFORCEMENT", "wang", CaseEvent::Assess, day),
        ("LEGAL", "lin", CaseEvent::Review, day),
        ("ENFORCEMENT", "wang", CaseEvent::ServeNotice, day),
    ];
    take(store, &name, &steps).await;
    name
}

/// A case that was noticed on 2023-03-01, decided on 2023-04-03 and published the day after.
pub(crate) async fn published_case(store: &Store) -> SeriousCase {
    let name = noticed(store, case(), "2023-03-01").await;
    let steps = [
        ("ENFORCEMENT", "wang", CaseEvent::AskConsent, "2023-03-20"),
        ("SUPERIOR", "zhou", CaseEvent::Consent, "2023-03-31"),
        ("ENFORCEMENT", "feng", CaseEvent::Decide, "2023-04-03"),
        ("CREDIT", "sun", CaseEvent::Publish, "2023-04-04"),
    ];
    take(store, &name, &steps).await
}
