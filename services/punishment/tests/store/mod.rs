//! The store's promises, on both engines.

use contract::punishment::v1::AbnormalEvent;
use domain::{DivisionCode, Uscc};
use prost::Message;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{EntryFilter, Lists, Store};
use punishment::{Error, MIGRATIONS};
use service::auth::{Fields, Scope};

use crate::common::{
    OTHER, PARTY, act, advance_entry, body, case, case_step, date, entry, listed_entry, noticed, open,
    opened, published_case, step, system,
};

async fn an_entry_stands_from_its_decision_to_its_removal(store: Store) {
    let listed = listed_entry(&store, PARTY, "2024-04-01").await;
    assert_eq!((listed.state.as_str(), listed.listed_on.as_str()), ("Listed", "2024-04-01"));
    let uscc = Uscc::parse(PARTY).unwrap();
    let standing = store.standing_of(&uscc).await.unwrap();
    assert!(standing[0].stands_on(date("2024-04-01")) && !standing[0].stands_on(date("2024-03-31")));

    let name = EntryName::parse(List::Abnormal, &listed.name).unwrap();
    for (person, event) in [("li", EntryEvent::RequestRemoval), ("wang", EntryEvent::Remove)] {
        advance_entry(&store, &act("DISTRICT", person, "2024-05-06"), &name, event).await.unwrap();
    }
    let standing = store.standing_of(&uscc).await.unwrap();
    assert!(standing[0].stands_on(date("2024-05-05")) && !standing[0].stands_on(date("2024-05-06")));
}

async fn an_entry_revoked_by_error_never_stood(store: Store) {
    let listed = listed_entry(&store, PARTY, "2024-04-01").await;
    let name = EntryName::parse(List::Abnormal, &listed.name).unwrap();
    let revoke = EntryEvent::RevokeByError;
    advance_entry(&store, &act("DISTRICT", "zhao", "2024-05-06"), &name, revoke).await.unwrap();
    assert_eq!(store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap(), []);
    assert!(store.standing_changes(0).await.unwrap().changes[0].void);
}

async fn a_second_live_entry_on_the_same_ground_is_refused(store: Store) {
    let district = || act("DISTRICT", "wang", "2024-03-01");
    store.open_entry(&district(), &body("a"), entry(PARTY)).await.unwrap();
    let refused = store.open_entry(&district(), &body("b"), entry(PARTY)).await.unwrap_err();
    assert!(matches!(refused, Error::EntryExists { .. }), "{refused:?}");
}

async fn a_repeated_request_answers_as_before_and_another_body_is_refused(store: Store) {
    let act = act("DISTRICT", "wang", "2024-03-01");
    let first = store.open_entry(&act, &body("a"), entry(PARTY)).await.unwrap();
    let again = store.open_entry(&act, &body("a"), entry(PARTY)).await.unwrap();
    assert_eq!(first, again);
    let other = store.open_entry(&act, &body("b"), entry(OTHER)).await.unwrap_err();
    assert!(matches!(other, Error::Common(service::Error::RequestIdReused(_))), "{other:?}");
}

async fn a_change_has_its_event_and_a_refusal_has_none(store: Store) {
    let district = || act("DISTRICT", "wang", "2024-03-01");
    let opened = store.open_entry(&district(), &body("a"), entry(PARTY)).await.unwrap();
    store.open_entry(&district(), &body("b"), entry(PARTY)).await.unwrap_err();
    outbox::Sealer::new(store.db().clone()).seal_once().await.unwrap();
    let events = outbox::read(store.db(), 0, 10, &[]).await.unwrap().events;
    assert_eq!(events.len(), 1);
    let payload = AbnormalEvent::decode(events[0].payload.as_deref().unwrap()).unwrap();
    assert_eq!(payload.entry, Some(opened));
}

async fn pages_cover_every_entry_once_in_order(store: Store) {
    for index in 0..7 {
        let uscc = Uscc::compose("91370102", &format!("MA00000{index}")).unwrap();
        let act = act("DISTRICT", "wang", "2024-03-01");
        store.open_entry(&act, &body("a"), entry(uscc.as_str())).await.unwrap();
    }
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let (mut token, mut names) = (String::new(), Vec::new());
    loop {
        let page = store.entries(&EntryFilter::default(), &scope, 3, &token).await.unwrap();
        names.extend(page.rows.iter().map(|entry| entry.name.to_string()));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((names.len(), &names), (7, &sorted));
    let elsewhere = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370116").unwrap()] };
    assert!(store.entries(&EntryFilter::default(), &elsewhere, 3, "").await.unwrap().rows.is_empty());
}

async fn a_listing_runs_for_the_term_of_the_day_it_was_decided(store: Store) {
    let listed = published_case(&store).await;
    assert_eq!(listed.state, "Published");
    assert_eq!((listed.listed_on.as_str(), listed.term_ends_on.as_str()), ("2023-04-03", "2026-04-03"));
}

async fn consent_is_not_asked_for_while_the_party_may_defend_itself(store: Store) {
    let name = noticed(&store, case(), "2023-03-01").await;
    // Notice on Wednesday 1 March 2023: the fifth working day after it is Wednesday 8 March.
    let ask = |day: &'static str| (act("ENFORCEMENT", "wang", day), case_step(CaseEvent::AskConsent, day));
    let (early, asked) = ask("2023-03-08");
    let refused = store.advance_case(&early, &body("ask"), &name, &asked).await.unwrap_err();
    assert!(
        matches!(refused, Error::DefencePeriodRunning { until } if until == date("2023-03-08")),
        "{refused:?}"
    );
    let (after, asked) = ask("2023-03-09");
    store.advance_case(&after, &body("ask"), &name, &asked).await.unwrap();
}

async fn no_act_is_dated_before_the_one_that_it_follows(store: Store) {
    let name = opened(&store, case(), "2023-03-15").await;
    // Papers may be entered after the act, but in its order.
    let entered = |office, event, day: &str| {
        let dated = Advance { effective_on: Some(date(day)), ..case_step(event, day) };
        (act(office, "hu", "2023-03-15"), dated)
    };
    for (office, event, day) in [
        ("FOOD_PROD", CaseEvent::GiveOpinion, "2023-03-01"),
        ("ENFORCEMENT", CaseEvent::Assess, "2023-03-10"),
    ] {
        let (act, dated) = entered(office, event, day);
        store.advance_case(&act, &body("step"), &name, &dated).await.unwrap();
    }
    for day in ["2023-03-09", "2023-03-16"] {
        let (act, dated) = entered("ENFORCEMENT", CaseEvent::DropCase, day);
        let refused = store.advance_case(&act, &body(day), &name, &dated).await.unwrap_err();
        assert!(matches!(refused, Error::DateOutOfOrder { on, .. } if on == date(day)), "{refused:?}");
    }
    let (act, dated) = entered("ENFORCEMENT", CaseEvent::DropCase, "2023-03-10");
    store.advance_case(&act, &body("right"), &name, &dated).await.unwrap();
}

async fn a_list_shows_what_its_filter_names_and_the_scope_holds(store: Store) {
    let (one, other) = (PARTY, OTHER);
    for uscc in [one, other] {
        let act = act("DISTRICT", "wang", "2024-03-01");
        store.open_entry(&act, &body("a"), entry(uscc)).await.unwrap();
    }
    let scope = |division: &str| Scope {
        fields: Fields::All,
        divisions: vec![DivisionCode::parse(division).unwrap()],
    };
    let named = async |filter: EntryFilter, division| {
        let page = store.entries(&filter, &scope(division), 10, "").await.unwrap();
        page.rows.into_iter().map(|entry| entry.content.uscc.to_string()).collect::<Vec<_>>()
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
    published_case(&store).await;
    assert_eq!(store.expire_cases(&system("2026-04-03")).await.unwrap(), 0);
    assert_eq!(store.expire_cases(&system("2026-04-06")).await.unwrap(), 1);
    assert_eq!(store.expire_cases(&system("2026-04-07")).await.unwrap(), 0);
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(!standing[0].stands_on(date("2026-04-04")) && standing[0].stands_on(date("2026-04-03")));
    assert_eq!(standing[0].removed_on, Some(date("2026-04-04")), "a late job books the day, not its own");
}

async fn of_two_steps_on_one_revision_exactly_one_wins(store: Store) {
    let district = || act("DISTRICT", "wang", "2024-03-01");
    let opened = store.open_entry(&district(), &body("open"), entry(PARTY)).await.unwrap();
    let name = EntryName::parse(List::Abnormal, &opened.name).unwrap();
    let race = || {
        let (store, name) = (store.clone(), name.clone());
        tokio::spawn(async move {
            let act = act("DISTRICT", "wang", "2024-03-02");
            store.advance_entry(&act, &body("race"), &name, &step(EntryEvent::Verify)).await.is_ok()
        })
    };
    let (one, other) = (race(), race());
    let won = usize::from(one.await.unwrap()) + usize::from(other.await.unwrap());
    assert_eq!(won, 1);
}

async fn which_lists_have_something_about_a_party_is_told_by_one_statement(store: Store) {
    store.open_entry(&act("DISTRICT", "wang", "2024-03-01"), &body("a"), entry(PARTY)).await.unwrap();
    let of_party = store.lists_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    let of_other = store.lists_of(&Uscc::parse(OTHER).unwrap()).await.unwrap();
    let nothing = Lists { entries: false, cases: false, measures: false, repairs: false, remedies: false };
    assert_eq!(of_party, Lists { entries: true, ..nothing });
    assert_eq!(of_other, nothing);
    listed_entry(&store, OTHER, "2024-06-03").await;
    let of_listed = store.lists_of(&Uscc::parse(OTHER).unwrap()).await.unwrap();
    assert_eq!(of_listed, Lists { entries: true, measures: true, ..nothing });
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
            which_lists_have_something_about_a_party_is_told_by_one_statement,
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
