//! Listings of parties that are registered in another province: pushed and published there, and that province is told what becomes of them.

use domain::{DivisionCode, Uscc};
use punishment::Error;
use punishment::domain::list::{EntryName, List};
use punishment::domain::remedy::Change;
use punishment::domain::serious::NewCase;
use punishment::machines::remedy::Event as RemedyEvent;
use punishment::machines::serious::{Event, State};
use punishment::store::{Batch, Store};

use crate::common::{OTHER, PARTY, act, body, case, case_step, date, open, published_case, system, take};
use crate::lists::directory::duties;
use crate::lists::remedies::{end_with, order, registered};
use crate::lists::serious::consented;

/// A case of a party that is registered in Nanjing.
fn of_nanjing() -> NewCase {
    NewCase { registered_in: Some(DivisionCode::parse("320102").unwrap()), ..case() }
}

/// A listing that Nanjing has shown since 2021-10-20.
async fn shown_in_nanjing(store: &Store) -> EntryName {
    let name = consented(store, of_nanjing()).await;
    let steps = [
        ("ENFORCEMENT", "feng", Event::Decide, "2021-09-27"),
        ("CREDIT", "sun", Event::PushElsewhere, "2021-10-08"),
        ("CREDIT", "sun", Event::Publish, "2021-10-20"),
    ];
    take(store, &name, &steps).await;
    name
}

/// The one duty that is open, with its last day.
fn owed(kind: &str, due_on: &str) -> [(String, Option<String>); 1] {
    [(kind.to_owned(), Some(due_on.to_owned()))]
}

async fn a_party_of_another_province_is_pushed_there_and_published_there(store: Store) {
    let name = consented(&store, of_nanjing()).await;
    let decided = take(&store, &name, &[("ENFORCEMENT", "feng", Event::Decide, "2021-09-27")]).await;
    assert_eq!((decided.state.as_str(), decided.due_on.as_str()), ("DecidedElsewhere", "2021-10-15"));
    let push = ("serious.push".to_owned(), Some("2021-10-15".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await, [push]);
    let batch = Batch { names: vec![name.clone()], title: "第一批".to_owned(), effective_on: None };
    let refused = store.publish_cases(&act("CREDIT", "sun", "2021-10-08"), &body("p"), &batch).await;
    assert!(matches!(refused, Err(Error::OfBatch { .. })), "not before it was pushed: {refused:?}");
    let pushed = take(&store, &name, &[("CREDIT", "sun", Event::PushElsewhere, "2021-10-08")]).await;
    assert_eq!((pushed.state.as_str(), pushed.due_on.as_str()), ("PushedElsewhere", "2021-10-21"));
    let published =
        store.publish_cases(&act("CREDIT", "sun", "2021-10-20"), &body("p"), &batch).await.unwrap();
    assert_eq!(published.cases[0].state, "Published");
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn a_restored_listing_of_another_province_is_pushed_there_and_published_there(store: Store) {
    let name = shown_in_nanjing(&store).await;
    let steps = [
        ("CREDIT", "sun", Event::RequestEarlyRemoval, "2022-10-10"),
        ("ENFORCEMENT", "feng", Event::RemoveEarly, "2022-10-17"),
        ("ENFORCEMENT", "zhou", Event::Restore, "2023-03-06"),
    ];
    let restored = take(&store, &name, &steps).await;
    assert_eq!((restored.state.as_str(), restored.due_on.as_str()), ("RestoredElsewhere", "2023-03-20"));
    assert_eq!(restored.term_ends_on, "2026-03-06", "the term runs anew");
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.push", "2023-03-20"));
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2023-03-06")), "it stands before the other province shows it again");
    let credit = act("CREDIT", "sun", "2023-03-07");
    let early =
        store.advance_case(&credit, &body("p"), &name, &case_step(Event::Publish, "2023-03-07")).await;
    assert!(matches!(early, Err(Error::Common(service::Error::Refused(_)))), "{early:?}");
    let pushed = take(&store, &name, &[("CREDIT", "sun", Event::PushElsewhere, "2023-03-20")]).await;
    assert_eq!((pushed.state.as_str(), pushed.due_on.as_str()), ("RestoredPushedElsewhere", "2023-04-03"));
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.published_elsewhere", "2023-04-03"));
    let published = take(&store, &name, &[("CREDIT", "sun", Event::Publish, "2023-04-03")]).await;
    assert_eq!(published.state, "Published");
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn whose_party_turns_out_to_be_registered_here_is_published_here_in_time_from_the_decision(
    store: Store,
) {
    let name = consented(&store, of_nanjing()).await;
    let steps = [
        ("ENFORCEMENT", "feng", Event::Decide, "2021-09-27"),
        ("CREDIT", "sun", Event::PushElsewhere, "2021-10-08"),
        ("CREDIT", "sun", Event::FindRegisteredHere, "2021-10-12"),
    ];
    let found = take(&store, &name, &steps).await;
    assert_eq!((found.state.as_str(), found.registered_in.as_str()), ("Decided", ""));
    assert_eq!(found.due_on, "2021-10-29", "twenty working days from the decision");
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.publish", "2021-10-29"));
    let published = take(&store, &name, &[("CREDIT", "sun", Event::Publish, "2021-10-13")]).await;
    assert_eq!(published.state, "Published");
    assert!(!store.case(&name).await.unwrap().content.registered_elsewhere(), "as it is stored");
}

async fn the_province_that_shows_a_listing_is_told_of_its_revocation_within_three_working_days(store: Store) {
    let name = shown_in_nanjing(&store).await;
    let tell = case_step(Event::TellElsewhere, "2021-10-29");
    let credit = act("CREDIT", "sun", "2021-10-29");
    let refused = store.advance_case(&credit, &body("t"), &name, &tell).await;
    assert!(matches!(&refused, Err(Error::NothingToTell(of)) if *of == name), "{refused:?}");
    take(&store, &name, &[("ENFORCEMENT", "feng", Event::Revoke, "2021-11-01")]).await;
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.tell_elsewhere", "2021-11-04"));
    let told = take(&store, &name, &[("CREDIT", "sun", Event::TellElsewhere, "2021-11-03")]).await;
    assert_eq!((told.state.as_str(), told.ended_on.as_str()), ("Revoked", "2021-11-01"));
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn the_province_that_shows_a_listing_is_told_of_its_suspension_and_of_the_end_of_that(store: Store) {
    let name = shown_in_nanjing(&store).await;
    let remedy = registered(&store, &name.to_string(), "济政复〔2021〕1号", "2021-11-01").await;
    assert_eq!(duties(&store, &name.to_string()).await, [], "a remedy alone changes nothing");
    order(&store, &remedy, RemedyEvent::Suspend, "2021-11-08").await.unwrap();
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.tell_elsewhere", "2021-11-11"));
    let told = take(&store, &name, &[("CREDIT", "sun", Event::TellElsewhere, "2021-11-09")]).await;
    assert_eq!(told.state, "Published");
    order(&store, &remedy, RemedyEvent::Resume, "2021-11-15").await.unwrap();
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.tell_elsewhere", "2021-11-18"));
}

async fn of_an_early_removal_a_letter_of_its_own_tells_until_order_107_and_that_of_the_repair_from_then_on(
    store: Store,
) {
    let tell = owed("serious.tell_elsewhere", "2025-12-29").to_vec();
    for (party, removed_on, duty) in [(PARTY, "2025-12-24", tell), (OTHER, "2025-12-25", Vec::new())] {
        let name = consented(&store, NewCase { uscc: Uscc::parse(party).unwrap(), ..of_nanjing() }).await;
        let steps = [
            ("ENFORCEMENT", "feng", Event::Decide, "2024-09-27"),
            ("CREDIT", "sun", Event::PushElsewhere, "2024-10-08"),
            ("CREDIT", "sun", Event::Publish, "2024-10-21"),
            ("CREDIT", "sun", Event::RequestEarlyRemoval, "2025-12-15"),
            ("ENFORCEMENT", "feng", Event::RemoveEarly, removed_on),
        ];
        take(&store, &name, &steps).await;
        assert_eq!(duties(&store, &name.to_string()).await, duty, "{removed_on}");
    }
}

async fn a_province_that_was_not_told_of_a_shorter_term_is_told_also_when_that_is_over(store: Store) {
    let name = shown_in_nanjing(&store).await;
    let remedy = registered(&store, &name.to_string(), "济政复〔2021〕1号", "2021-11-01").await;
    let shorter = Change { ground: None, term_ends_on: Some(date("2022-01-04")) };
    end_with(&store, &remedy, ("Changed", Some(shorter)), "2022-01-05").await.unwrap();
    store.expire_cases(&system("2022-01-06")).await.unwrap();
    assert_eq!(store.case(&name).await.unwrap().state, State::Removed);
    assert_eq!(duties(&store, &name.to_string()).await, owed("serious.tell_elsewhere", "2022-01-10"));
    let told = take(&store, &name, &[("CREDIT", "sun", Event::TellElsewhere, "2022-01-07")]).await;
    assert_eq!(told.state, "Removed");
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn of_a_listing_of_this_province_nobody_else_is_told(store: Store) {
    let listed = published_case(&store).await;
    let name = EntryName::parse(List::Serious, &listed.name).unwrap();
    let remedy = registered(&store, &listed.name, "济政复〔2024〕1号", "2024-03-04").await;
    order(&store, &remedy, RemedyEvent::Suspend, "2024-03-11").await.unwrap();
    assert_eq!(duties(&store, &listed.name).await, []);
    let tell = case_step(Event::TellElsewhere, "2024-03-12");
    let refused = store.advance_case(&act("CREDIT", "sun", "2024-03-12"), &body("t"), &name, &tell).await;
    assert!(matches!(refused, Err(Error::NothingToTell(_))), "{refused:?}");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            a_party_of_another_province_is_pushed_there_and_published_there,
            a_restored_listing_of_another_province_is_pushed_there_and_published_there,
            whose_party_turns_out_to_be_registered_here_is_published_here_in_time_from_the_decision,
            the_province_that_shows_a_listing_is_told_of_its_revocation_within_three_working_days,
            the_province_that_shows_a_listing_is_told_of_its_suspension_and_of_the_end_of_that,
            of_an_early_removal_a_letter_of_its_own_tells_until_order_107_and_that_of_the_repair_from_then_on,
            a_province_that_was_not_told_of_a_shorter_term_is_told_also_when_that_is_over,
            of_a_listing_of_this_province_nobody_else_is_told,
        ]
    }
}
