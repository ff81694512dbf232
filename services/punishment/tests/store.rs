//! The store's promises, on both engines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use chrono::NaiveDate;
use contract::punishment::v1::{AbnormalEntry, AbnormalEvent, CreateAbnormalEntryRequest, SeriousCase};
use db::Db;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, RequestId, Uscc};
use outbox::{Entropy, Origin, Outbox};
use prost::Message;
use punishment::domain::abnormal::NewEntry;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::domain::serious::NewCase;
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{Act, EntryFilter, Store};
use punishment::{Error, MIGRATIONS};
use rulebook::Rulebook;
use service::auth::{Fields, Scope};
use service::idempotency::Key;
use service::machine::Actor;

async fn open(db: Db) -> Store {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &MIGRATIONS]).await.unwrap();
    let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
    Store::new(db, Outbox::new(origin, Entropy::system()), Rulebook::builtin())
}

/// Requests with ids of their own, by people of offices, on days.
struct Requests {
    ids: Vec<RequestId>,
}

impl Requests {
    fn new(count: usize) -> Self {
        let id = |_| RequestId::parse(&uuid::Uuid::new_v4().to_string()).unwrap();
        Self { ids: (0..count).map(id).collect() }
    }

    fn act<'a>(&'a self, index: usize, office: &'a str, person: &'a str, day: &str) -> Act<'a> {
        let actor = Actor::person(office, person).citing("办法");
        let key = Key { caller: person, method: "/test/Method", request_id: &self.ids[index] };
        Act { actor, key, now: MicrosUtc::start_of_shanghai_day(date(day)) }
    }
}

fn date(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

fn entry(uscc: &str) -> NewEntry {
    NewEntry {
        uscc: Uscc::parse(uscc).unwrap(),
        party_name: LegalName::parse("济南泉福食品有限公司").unwrap(),
        division: DivisionCode::parse("370102").unwrap(),
        ground: "4".to_owned(),
        facts: String::new(),
    }
}

fn case() -> NewCase {
    NewCase {
        uscc: Uscc::parse("91370102MA3C00011F").unwrap(),
        party_name: LegalName::parse("济南泉福食品有限公司").unwrap(),
        field: FieldCode::parse("FOOD").unwrap(),
        division: DivisionCode::parse("370102").unwrap(),
        ground: "F1".to_owned(),
        penalty_document_no: DocumentNumber::parse("济市监罚〔2024〕7号").unwrap(),
        penalty_kinds: vec!["3".to_owned()],
        discretion_grade: "Heavier".to_owned(),
    }
}

fn step<E>(event: E) -> Advance<E> {
    Advance {
        event,
        document_no: Some(DocumentNumber::parse("济市监列〔2024〕1号").unwrap()),
        effective_on: None,
        reason: "事实清楚".to_owned(),
        legal_basis: "办法".to_owned(),
    }
}

/// The body that idempotency compares; its content does not matter to these cases.
fn body(note: &str) -> CreateAbnormalEntryRequest {
    CreateAbnormalEntryRequest { request_id: note.to_owned(), ..Default::default() }
}

async fn listed_entry(store: &Store, requests: &Requests) -> AbnormalEntry {
    let suspect = requests.act(0, "DISTRICT", "wang", "2024-03-01");
    let opened = store.open_entry(&suspect, &body("open"), entry("91370102MA3C00011F")).await.unwrap();
    let name = EntryName::parse(List::Abnormal, &opened.name).unwrap();
    for (index, person, event) in
        [(1, "wang", EntryEvent::Verify), (2, "wang", EntryEvent::Propose), (3, "li", EntryEvent::Decide)]
    {
        let act = requests.act(index, "DISTRICT", person, "2024-04-01");
        store.advance_entry(&act, &body("step"), &name, &step(event)).await.unwrap();
    }
    contract_entry(store, &name).await
}

async fn contract_entry(store: &Store, name: &EntryName) -> AbnormalEntry {
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let (entries, _) = store.entries(&EntryFilter::default(), &scope, 100, "").await.unwrap();
    let entry = entries.iter().find(|entry| entry.name == *name).unwrap();
    AbnormalEntry {
        name: entry.name.to_string(),
        state: entry.state.word().to_owned(),
        listed_on: entry.listed_on.map(|day| day.to_string()).unwrap_or_default(),
        ..Default::default()
    }
}

async fn an_entry_stands_from_its_decision_to_its_removal(store: Store) {
    let requests = Requests::new(8);
    let listed = listed_entry(&store, &requests).await;
    assert_eq!((listed.state.as_str(), listed.listed_on.as_str()), ("Listed", "2024-04-01"));
    let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
    let standing = store.standing_of(&uscc).await.unwrap();
    assert!(standing[0].stands_on(date("2024-04-01")) && !standing[0].stands_on(date("2024-03-31")));

    let name = EntryName::parse(List::Abnormal, &listed.name).unwrap();
    for (index, person, event) in [(4, "li", EntryEvent::RequestRemoval), (5, "wang", EntryEvent::Remove)] {
        let act = requests.act(index, "DISTRICT", person, "2024-05-06");
        store.advance_entry(&act, &body("step"), &name, &step(event)).await.unwrap();
    }
    let standing = store.standing_of(&uscc).await.unwrap();
    assert!(standing[0].stands_on(date("2024-05-05")) && !standing[0].stands_on(date("2024-05-06")));
}

async fn an_entry_revoked_by_error_never_stood(store: Store) {
    let requests = Requests::new(8);
    let listed = listed_entry(&store, &requests).await;
    let name = EntryName::parse(List::Abnormal, &listed.name).unwrap();
    let act = requests.act(4, "DISTRICT", "zhao", "2024-05-06");
    store.advance_entry(&act, &body("step"), &name, &step(EntryEvent::RevokeByError)).await.unwrap();
    assert_eq!(store.standing_of(&Uscc::parse("91370102MA3C00011F").unwrap()).await.unwrap(), []);
    assert!(store.standing_changes(0).await.unwrap().changes[0].void);
}

async fn a_second_live_entry_on_the_same_ground_is_refused(store: Store) {
    let requests = Requests::new(2);
    let first = requests.act(0, "DISTRICT", "wang", "2024-03-01");
    store.open_entry(&first, &body("a"), entry("91370102MA3C00011F")).await.unwrap();
    let second = requests.act(1, "DISTRICT", "wang", "2024-03-01");
    let refused = store.open_entry(&second, &body("b"), entry("91370102MA3C00011F")).await.unwrap_err();
    assert!(matches!(refused, Error::EntryExists { .. }), "{refused:?}");
}

async fn a_repeated_request_answers_as_before_and_another_body_is_refused(store: Store) {
    let requests = Requests::new(1);
    let act = requests.act(0, "DISTRICT", "wang", "2024-03-01");
    let first = store.open_entry(&act, &body("a"), entry("91370102MA3C00011F")).await.unwrap();
    let again = store.open_entry(&act, &body("a"), entry("91370102MA3C00011F")).await.unwrap();
    assert_eq!(first, again);
    let other = store.open_entry(&act, &body("b"), entry("91370114MA3T7K2P9A")).await.unwrap_err();
    assert!(matches!(other, Error::Common(service::Error::RequestIdReused(_))), "{other:?}");
}

async fn a_change_has_its_event_and_a_refusal_has_none(store: Store) {
    let requests = Requests::new(2);
    let act = requests.act(0, "DISTRICT", "wang", "2024-03-01");
    let opened = store.open_entry(&act, &body("a"), entry("91370102MA3C00011F")).await.unwrap();
    let second = requests.act(1, "DISTRICT", "wang", "2024-03-01");
    store.open_entry(&second, &body("b"), entry("91370102MA3C00011F")).await.unwrap_err();
    outbox::Sealer::new(store.db().clone()).seal_once().await.unwrap();
    let events = outbox::read(store.db(), 0, 10, &[]).await.unwrap().events;
    assert_eq!(events.len(), 1);
    let payload = AbnormalEvent::decode(events[0].payload.as_deref().unwrap()).unwrap();
    assert_eq!(payload.entry, Some(opened));
}

async fn pages_cover_every_entry_once_in_order(store: Store) {
    let requests = Requests::new(7);
    for index in 0..7 {
        let uscc = Uscc::compose("91370102", &format!("MA00000{index}")).unwrap();
        let act = requests.act(index, "DISTRICT", "wang", "2024-03-01");
        store.open_entry(&act, &body("a"), entry(uscc.as_str())).await.unwrap();
    }
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let (mut token, mut names) = (String::new(), Vec::new());
    loop {
        let (page, next) = store.entries(&EntryFilter::default(), &scope, 3, &token).await.unwrap();
        names.extend(page.iter().map(|entry| entry.name.to_string()));
        if next.is_empty() {
            break;
        }
        token = next;
    }
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((names.len(), &names), (7, &sorted));
    let elsewhere = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370116").unwrap()] };
    assert!(store.entries(&EntryFilter::default(), &elsewhere, 3, "").await.unwrap().0.is_empty());
}

async fn published_case(store: &Store, requests: &Requests) -> SeriousCase {
    let open = requests.act(0, "ENFORCEMENT", "wang", "2023-03-01");
    let opened = store.open_case(&open, &body("open"), case()).await.unwrap();
    let name = EntryName::parse(List::Serious, &opened.name).unwrap();
    let mut last = opened;
    for (index, office, person, event, day) in [
        (1, "ENFORCEMENT", "wang", CaseEvent::Assess, "2023-03-01"),
        (2, "ENFORCEMENT", "wang", CaseEvent::ServeNotice, "2023-03-01"),
        (3, "ENFORCEMENT", "wang", CaseEvent::AskConsent, "2023-03-20"),
        (4, "SUPERIOR", "zhou", CaseEvent::Consent, "2023-04-03"),
        (5, "CREDIT", "sun", CaseEvent::Publish, "2023-04-04"),
    ] {
        let act = requests.act(index, office, person, day);
        last = store.advance_case(&act, &body("step"), &name, &step(event)).await.unwrap();
    }
    last
}

async fn a_listing_runs_for_the_term_of_the_day_it_was_decided(store: Store) {
    let listed = published_case(&store, &Requests::new(6)).await;
    assert_eq!(listed.state, "Published");
    assert_eq!((listed.listed_on.as_str(), listed.term_ends_on.as_str()), ("2023-04-03", "2026-04-03"));
}

async fn consent_is_not_asked_for_while_the_party_may_defend_itself(store: Store) {
    let requests = Requests::new(4);
    let open = requests.act(0, "ENFORCEMENT", "wang", "2023-03-01");
    let opened = store.open_case(&open, &body("open"), case()).await.unwrap();
    let name = EntryName::parse(List::Serious, &opened.name).unwrap();
    for (index, event) in [(1, CaseEvent::Assess), (2, CaseEvent::ServeNotice)] {
        let act = requests.act(index, "ENFORCEMENT", "wang", "2023-03-01");
        store.advance_case(&act, &body("step"), &name, &step(event)).await.unwrap();
    }
    // Notice on Wednesday 1 March 2023: the fifth working day after it is Wednesday 8 March.
    let early = requests.act(3, "ENFORCEMENT", "wang", "2023-03-08");
    let refused =
        store.advance_case(&early, &body("ask"), &name, &step(CaseEvent::AskConsent)).await.unwrap_err();
    assert!(
        matches!(refused, Error::DefencePeriodRunning { until } if until == date("2023-03-08")),
        "{refused:?}"
    );
    let after = requests.act(3, "ENFORCEMENT", "wang", "2023-03-09");
    store.advance_case(&after, &body("ask"), &name, &step(CaseEvent::AskConsent)).await.unwrap();
}

async fn no_act_is_dated_before_the_one_that_it_follows(store: Store) {
    let requests = Requests::new(5);
    let open = requests.act(0, "ENFORCEMENT", "wang", "2023-03-15");
    let opened = store.open_case(&open, &body("open"), case()).await.unwrap();
    let name = EntryName::parse(List::Serious, &opened.name).unwrap();
    let dated = |event, day: &str| Advance { effective_on: Some(date(day)), ..step(event) };
    // Papers may be entered after the act, but in its order.
    for (index, event, day) in
        [(1, CaseEvent::Assess, "2023-03-01"), (2, CaseEvent::ServeNotice, "2023-03-10")]
    {
        let act = requests.act(index, "ENFORCEMENT", "wang", "2023-03-15");
        store.advance_case(&act, &body("step"), &name, &dated(event, day)).await.unwrap();
    }
    let act = requests.act(3, "ENFORCEMENT", "wang", "2023-03-15");
    let defence = dated(CaseEvent::RecordDefence, "2023-03-09");
    let refused = store.advance_case(&act, &body("early"), &name, &defence).await.unwrap_err();
    assert!(matches!(refused, Error::DateOutOfOrder { on, .. } if on == date("2023-03-09")), "{refused:?}");
    let tomorrow = dated(CaseEvent::RecordDefence, "2023-03-16");
    let refused = store.advance_case(&act, &body("late"), &name, &tomorrow).await.unwrap_err();
    assert!(matches!(refused, Error::DateOutOfOrder { .. }), "{refused:?}");
    let defence = dated(CaseEvent::RecordDefence, "2023-03-10");
    store.advance_case(&act, &body("right"), &name, &defence).await.unwrap();
}

async fn a_list_shows_what_its_filter_names_and_the_scope_holds(store: Store) {
    let requests = Requests::new(2);
    let (one, other) = ("91370102MA3C00011F", "91370114MA3T7K2P9A");
    for (index, uscc) in [one, other].into_iter().enumerate() {
        let act = requests.act(index, "DISTRICT", "wang", "2024-03-01");
        store.open_entry(&act, &body("a"), entry(uscc)).await.unwrap();
    }
    let scope = |division: &str| Scope {
        fields: Fields::All,
        divisions: vec![DivisionCode::parse(division).unwrap()],
    };
    let named = async |filter: EntryFilter, division| {
        let (page, _) = store.entries(&filter, &scope(division), 10, "").await.unwrap();
        page.into_iter().map(|entry| entry.content.uscc.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(named(EntryFilter::default(), "370100").await, [one, other]);
    let of_other = EntryFilter { uscc: Some(Uscc::parse(other).unwrap()), ..EntryFilter::default() };
    assert_eq!(named(of_other.clone(), "370100").await, [other]);
    let suspected = EntryFilter { state: Some("Suspected".parse().unwrap()), ..of_other };
    assert_eq!(named(suspected.clone(), "370102").await, [other]);
    let listed = EntryFilter { state: Some("Listed".parse().unwrap()), ..suspected };
    assert_eq!(named(listed, "370100").await, Vec::<String>::new());
}

async fn a_term_that_is_over_is_ended_by_the_system_once(store: Store) {
    published_case(&store, &Requests::new(6)).await;
    let requests = Requests::new(1);
    let system = |day: &str| Act { actor: Actor::system(), ..requests.act(0, "SYSTEM", "system", day) };
    assert_eq!(store.expire_cases(&system("2026-04-03")).await.unwrap(), 0);
    assert_eq!(store.expire_cases(&system("2026-04-04")).await.unwrap(), 1);
    assert_eq!(store.expire_cases(&system("2026-04-05")).await.unwrap(), 0);
    let standing = store.standing_of(&Uscc::parse("91370102MA3C00011F").unwrap()).await.unwrap();
    assert!(!standing[0].stands_on(date("2026-04-04")) && standing[0].stands_on(date("2026-04-03")));
}

async fn of_two_steps_on_one_revision_exactly_one_wins(store: Store) {
    let requests = Arc::new(Requests::new(8));
    let open = requests.act(0, "DISTRICT", "wang", "2024-03-01");
    let opened = store.open_entry(&open, &body("open"), entry("91370102MA3C00011F")).await.unwrap();
    let name = EntryName::parse(List::Abnormal, &opened.name).unwrap();
    let race = |index: usize| {
        let (store, requests, name) = (store.clone(), requests.clone(), name.clone());
        tokio::spawn(async move {
            let act = requests.act(index, "DISTRICT", "wang", "2024-03-02");
            store.advance_entry(&act, &body("race"), &name, &step(EntryEvent::Verify)).await.is_ok()
        })
    };
    let (one, other) = (race(1), race(2));
    let won = usize::from(one.await.unwrap()) + usize::from(other.await.unwrap());
    assert_eq!(won, 1);
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            an_entry_stands_from_its_decision_to_its_removal, an_entry_revoked_by_error_never_stood,
            a_second_live_entry_on_the_same_ground_is_refused,
            a_repeated_request_answers_as_before_and_another_body_is_refused,
            a_change_has_its_event_and_a_refusal_has_none, pages_cover_every_entry_once_in_order,
            a_listing_runs_for_the_term_of_the_day_it_was_decided,
            consent_is_not_asked_for_while_the_party_may_defend_itself,
            no_act_is_dated_before_the_one_that_it_follows, a_list_shows_what_its_filter_names_and_the_scope_holds,
            a_term_that_is_over_is_ended_by_the_system_once,
        ]
    }
}

mod races {
    use super::*;
    db::races! { open = open; cases = [of_two_steps_on_one_revision_exactly_one_wins] }
}

#[test]
fn both_engines_have_the_same_migrations() {
    db::testing::assert_same_files(&MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
