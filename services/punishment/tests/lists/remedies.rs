//! Remedies: an order suspends, an outcome confirms or annuls, and the party check follows.

use domain::{DocumentNumber, Uscc};
use punishment::Error;
use punishment::domain::list::EntryName;
use punishment::domain::remedy::{Against, Change, NewRemedy, Order, Outcome, RemedyName};
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::remedy::Event;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::Store;

use crate::common::{
    PARTY, act, advance_entry, body, case, date, listed_entry, noticed, open, opened, published_case, system,
    take,
};

fn number(text: &str) -> DocumentNumber {
    DocumentNumber::parse(text).unwrap()
}

pub(crate) async fn registered(store: &Store, entry: &str, matter: &str, on: &str) -> RemedyName {
    let new = NewRemedy {
        against: Against::parse(entry, false).unwrap(),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: number(matter),
        accepted_on: date(on),
    };
    let registered = store.register_remedy(&act("LEGAL", "lin", on), &body("r"), new).await.unwrap();
    assert_eq!((registered.state.as_str(), registered.uscc.as_str()), ("Pending", PARTY));
    RemedyName::parse(&registered.name).unwrap()
}

pub(crate) async fn order(store: &Store, name: &RemedyName, event: Event, on: &str) -> Result<String, Error> {
    let order = Order {
        document_no: number("济政停〔2024〕1号"),
        ordered_on: date(on),
        reason: "停止执行".to_owned(),
    };
    let entered = store.order_remedy(&act("LEGAL", "lin", on), &body("o"), name, (event, &order)).await?;
    Ok(entered.state)
}

async fn end(store: &Store, name: &RemedyName, code: &str, on: &str) -> Result<String, Error> {
    end_with(store, name, (code, None), on).await
}

pub(crate) async fn end_with(
    store: &Store,
    name: &RemedyName,
    (code, change): (&str, Option<Change>),
    on: &str,
) -> Result<String, Error> {
    end_by(store, name, &Outcome { change, ..outcome(code, on) }, on).await
}

/// An outcome that says no more than it must.
pub(crate) fn outcome(code: &str, on: &str) -> Outcome {
    Outcome {
        code: code.to_owned(),
        document_no: number("济政复决〔2024〕1号"),
        decided_on: date(on),
        summary: "复议决定".to_owned(),
        change: None,
        decide_again_by: None,
    }
}

pub(crate) async fn end_by(
    store: &Store,
    name: &RemedyName,
    outcome: &Outcome,
    on: &str,
) -> Result<String, Error> {
    Ok(store.end_remedy(&act("LEGAL", "lin", on), &body("e"), name, outcome).await?.state)
}

async fn counts(store: &Store, on: &str) -> bool {
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    standing.iter().any(|entry| entry.stands_on(date(on)))
}

async fn a_remedy_alone_suspends_nothing_and_an_order_does_while_it_stands(store: Store) {
    let case = published_case(&store).await;
    let remedy = registered(&store, &case.name, "济政复〔2024〕1号", "2024-03-04").await;
    assert!(counts(&store, "2024-03-05").await);
    assert_eq!(order(&store, &remedy, Event::Suspend, "2024-03-11").await.unwrap(), "Suspended");
    assert!(counts(&store, "2024-03-10").await && !counts(&store, "2024-03-11").await);
    assert_eq!(order(&store, &remedy, Event::Resume, "2024-04-01").await.unwrap(), "Pending");
    assert!(counts(&store, "2024-04-01").await);
    for (on, counted) in [("2024-03-10", true), ("2024-03-11", false), ("2024-03-31", false)] {
        assert_eq!(counts(&store, on).await, counted, "what it was on {on} stays so");
    }
    assert_eq!(end(&store, &remedy, "Upheld", "2024-05-06").await.unwrap(), "Upheld");
    assert!(counts(&store, "2024-05-06").await, "the listing is confirmed");
}

async fn of_two_orders_the_entry_waits_for_the_last_to_end(store: Store) {
    let case = published_case(&store).await;
    let first = registered(&store, &case.name, "济政复〔2024〕1号", "2024-03-04").await;
    let second = registered(&store, &case.name, "鲁01行初〔2024〕2号", "2024-03-04").await;
    for remedy in [&first, &second] {
        order(&store, remedy, Event::Suspend, "2024-03-11").await.unwrap();
    }
    end(&store, &first, "Discontinued", "2024-04-01").await.unwrap();
    assert!(!counts(&store, "2024-04-02").await, "the court's order stands");
    end(&store, &second, "Upheld", "2024-05-06").await.unwrap();
    assert!(counts(&store, "2024-05-06").await && !counts(&store, "2024-05-05").await);
    assert!(!counts(&store, "2024-03-11").await && counts(&store, "2024-03-08").await);
}

async fn of_two_orders_at_once_neither_is_lost(store: Store) {
    let case = published_case(&store).await;
    let first = registered(&store, &case.name, "济政复〔2024〕1号", "2024-03-04").await;
    let second = registered(&store, &case.name, "鲁01行初〔2024〕2号", "2024-03-04").await;
    let suspend = |remedy: &RemedyName, on: &'static str| {
        let (store, remedy) = (store.clone(), remedy.clone());
        tokio::spawn(async move { order(&store, &remedy, Event::Suspend, on).await })
    };
    let (one, other) = (suspend(&first, "2024-03-11"), suspend(&second, "2024-03-18"));
    for ordered in [one, other] {
        assert_eq!(ordered.await.unwrap().unwrap(), "Suspended");
    }
    let name = EntryName::parse_any(&case.name).unwrap();
    assert_eq!(store.case(&name).await.unwrap().suspended_on, Some(date("2024-03-11")));
    let resume = |remedy: &RemedyName| {
        let (store, remedy) = (store.clone(), remedy.clone());
        tokio::spawn(async move { order(&store, &remedy, Event::Resume, "2024-04-01").await })
    };
    for resumed in [resume(&first), resume(&second)] {
        assert_eq!(resumed.await.unwrap().unwrap(), "Pending");
    }
    assert!(counts(&store, "2024-04-01").await && !counts(&store, "2024-03-31").await);
}

async fn who_does_not_answer_for_a_list_enters_no_order_about_it(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-04-01").await;
    let case = published_case(&store).await;
    for (listed, stranger) in
        [(&entry.name, "ENFORCEMENT"), (&case.name, "DISTRICT"), (&case.name, "FOREIGN_REG")]
    {
        let matter = format!("{stranger}-1");
        let remedy = registered(&store, listed, &matter, "2024-05-06").await;
        let order = Order {
            document_no: number("济政停〔2024〕1号"),
            ordered_on: date("2024-05-07"),
            reason: "停止执行".to_owned(),
        };
        let by = act(stranger, "lin", "2024-05-07");
        let refused =
            store.order_remedy(&by, &body("o"), &remedy, (Event::Suspend, &order)).await.unwrap_err();
        assert!(matches!(refused, Error::Common(service::Error::Refused(_))), "{refused:?}");
    }
    assert!(counts(&store, "2024-05-07").await);
}

async fn what_left_the_list_with_its_term_can_still_be_found_wrong(store: Store) {
    let case = published_case(&store).await;
    store.expire_cases(&system("2026-04-06")).await.unwrap();
    let remedy = registered(&store, &case.name, "济政复〔2026〕1号", "2026-04-07").await;
    assert!(counts(&store, "2024-04-15").await);
    assert_eq!(end(&store, &remedy, "Annulled", "2026-05-06").await.unwrap(), "Annulled");
    assert!(!counts(&store, "2024-04-15").await, "it counts as never made");
}

async fn what_a_body_above_changes_goes_on_with_its_new_content(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-04-01").await;
    let case = published_case(&store).await;
    let change = |ground: &str, last: Option<&str>| Change {
        ground: Some(ground.to_owned()).filter(|ground| !ground.is_empty()),
        term_ends_on: last.map(date),
    };
    let remedy = registered(&store, &case.name, "济政复〔2024〕2号", "2024-05-06").await;
    order(&store, &remedy, Event::Suspend, "2024-05-07").await.unwrap();
    for wrong in [
        change("F1", None),
        change("4", None),
        change("", Some("2026-04-03")),
        change("", Some("2023-04-02")),
    ] {
        let refused = end_with(&store, &remedy, ("Changed", Some(wrong.clone())), "2024-06-03").await;
        assert!(matches!(refused, Err(Error::Common(service::Error::Invalid(_)))), "{wrong:?}: {refused:?}");
    }
    let changed = change("F4", Some("2025-04-03"));
    assert_eq!(end_with(&store, &remedy, ("Changed", Some(changed)), "2024-06-03").await.unwrap(), "Changed");
    let shorter = change("", Some("2025-04-03"));
    let remedy = registered(&store, &entry.name, "济政复〔2024〕3号", "2024-06-03").await;
    assert!(
        end_with(&store, &remedy, ("Changed", Some(shorter)), "2024-06-03").await.is_err(),
        "it has no term"
    );
    let changed = change("3", None);
    assert_eq!(
        end_with(&store, &remedy, ("Changed", Some(changed.clone())), "2024-06-03").await.unwrap(),
        "Changed"
    );
    assert_eq!(store.remedy(&remedy).await.unwrap().outcome.unwrap().change, Some(changed));

    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    let told: Vec<_> = standing.iter().map(|one| (one.ground.as_str(), one.term_ends_on)).collect();
    assert_eq!(told, [("3", None), ("F4", Some(date("2025-04-03")))]);
    assert!(standing.iter().all(|one| one.stands_on(date("2024-06-03"))), "its suspension has ended");
}

async fn what_a_body_above_changes_of_a_removed_case_is_told_of_the_days_on_which_it_stood(store: Store) {
    let case = published_case(&store).await;
    let remedy = registered(&store, &case.name, "济政复〔2024〕2号", "2024-05-06").await;
    let steps = [
        ("CREDIT", "sun", CaseEvent::RequestEarlyRemoval, "2024-05-06"),
        ("ENFORCEMENT", "feng", CaseEvent::RemoveEarly, "2024-05-20"),
    ];
    take(&store, &EntryName::parse_any(&case.name).unwrap(), &steps).await;
    let changed = Change { ground: Some("F4".to_owned()), term_ends_on: None };
    end_with(&store, &remedy, ("Changed", Some(changed)), "2024-06-03").await.unwrap();
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    let told: Vec<_> = standing.iter().map(|one| (one.ground.as_str(), one.removed_on)).collect();
    assert_eq!(told, [("F4", Some(date("2024-05-20")))]);
}

async fn what_is_changed_before_its_publication_does_not_stand_for_that(store: Store) {
    let name = noticed(&store, case(), "2023-03-01").await;
    let steps = [
        ("ENFORCEMENT", "wang", CaseEvent::AskConsent, "2023-03-20"),
        ("SUPERIOR", "zhou", CaseEvent::Consent, "2023-03-31"),
        ("ENFORCEMENT", "feng", CaseEvent::Decide, "2023-04-03"),
    ];
    let case = take(&store, &name, &steps).await;
    let remedy = registered(&store, &case.name, "济政复〔2023〕2号", "2023-04-04").await;
    let changed = Change { ground: Some("F4".to_owned()), term_ends_on: None };
    end_with(&store, &remedy, ("Changed", Some(changed)), "2023-04-06").await.unwrap();
    assert!(!counts(&store, "2023-04-06").await);
}

async fn a_remedy_that_was_accepted_before_a_restoration_is_registered_after_it(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-04-01").await;
    let name = EntryName::parse_any(&entry.name).unwrap();
    for (person, event, on) in [
        ("li", EntryEvent::RequestRemoval, "2024-05-06"),
        ("wang", EntryEvent::Remove, "2024-05-13"),
        ("li", EntryEvent::Restore, "2024-09-02"),
    ] {
        advance_entry(&store, &act("DISTRICT", person, on), &name, event).await.unwrap();
    }
    registered(&store, &entry.name, "济政复〔2024〕4号", "2024-04-01").await;
    let early = NewRemedy {
        against: Against::Listing(name),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: number("济政复〔2024〕5号"),
        accepted_on: date("2024-03-29"),
    };
    let refused = store.register_remedy(&act("LEGAL", "lin", "2024-09-03"), &body("r"), early).await;
    assert!(matches!(refused, Err(Error::DateOutOfOrder { .. })), "{refused:?}");
}

async fn an_annulled_listing_counts_as_never_made_on_either_list(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-04-01").await;
    let case = published_case(&store).await;
    for (name, matter, code) in
        [(&entry.name, "济政复〔2024〕1号", "Annulled"), (&case.name, "济政复〔2024〕2号", "Void")]
    {
        let remedy = registered(&store, name, matter, "2024-05-06").await;
        order(&store, &remedy, Event::Suspend, "2024-05-07").await.unwrap();
        assert_eq!(end(&store, &remedy, code, "2024-06-03").await.unwrap(), "Annulled");
        let again = end(&store, &remedy, "Upheld", "2024-06-04").await.unwrap_err();
        assert!(matches!(again, Error::Common(service::Error::Refused(_))), "{again:?}");
    }
    assert!(!counts(&store, "2024-04-15").await, "not even on a day before");
    let name = EntryName::parse_any(&case.name).unwrap();
    let revoked = store.case(&name).await.unwrap();
    assert_eq!((revoked.state.word(), revoked.removal_ground.as_str()), ("Revoked", "Revoked"));
}

async fn a_listing_that_falls_is_decided_again_by_no_day(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-04-01").await;
    let remedy = registered(&store, &entry.name, "济政复〔2024〕1号", "2024-05-06").await;
    let dated = Outcome { decide_again_by: Some(date("2024-07-01")), ..outcome("Annulled", "2024-06-03") };
    let refused = end_by(&store, &remedy, &dated, "2024-06-03").await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Invalid(_)))), "{refused:?}");
    assert!(counts(&store, "2024-06-03").await, "what is refused changes nothing");
}

async fn what_is_not_listed_cannot_be_contested_and_a_matter_is_registered_once(store: Store) {
    let undecided = opened(&store, case(), "2023-03-01").await;
    let new = |entry: &EntryName| NewRemedy {
        against: Against::Listing(entry.clone()),
        kind: "Litigation".to_owned(),
        body: "济南市历下区人民法院".to_owned(),
        document_no: number("鲁0102行初〔2024〕3号"),
        accepted_on: date("2024-05-06"),
    };
    let legal = || act("LEGAL", "lin", "2024-05-06");
    let refused = store.register_remedy(&legal(), &body("a"), new(&undecided)).await.unwrap_err();
    assert!(matches!(refused, Error::NotListed(_)), "{refused:?}");
    let listed = EntryName::parse_any(&listed_entry(&store, PARTY, "2024-04-01").await.name).unwrap();
    store.register_remedy(&legal(), &body("b"), new(&listed)).await.unwrap();
    let refused = store.register_remedy(&legal(), &body("c"), new(&listed)).await.unwrap_err();
    assert!(matches!(refused, Error::RemedyExists { .. }), "{refused:?}");
    let early = NewRemedy { accepted_on: date("2024-03-29"), document_no: number("x1"), ..new(&listed) };
    let refused = store.register_remedy(&legal(), &body("d"), early).await.unwrap_err();
    assert!(matches!(refused, Error::DateOutOfOrder { .. }), "{refused:?}");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            a_remedy_alone_suspends_nothing_and_an_order_does_while_it_stands,
            of_two_orders_the_entry_waits_for_the_last_to_end,
            who_does_not_answer_for_a_list_enters_no_order_about_it,
            what_left_the_list_with_its_term_can_still_be_found_wrong,
            what_a_body_above_changes_goes_on_with_its_new_content,
            what_a_body_above_changes_of_a_removed_case_is_told_of_the_days_on_which_it_stood,
            what_is_changed_before_its_publication_does_not_stand_for_that,
            a_remedy_that_was_accepted_before_a_restoration_is_registered_after_it,
            an_annulled_listing_counts_as_never_made_on_either_list,
            a_listing_that_falls_is_decided_again_by_no_day,
            what_is_not_listed_cannot_be_contested_and_a_matter_is_registered_once,
        ]
    }
}

mod races {
    use super::*;
    db::races! { open = open; cases = [of_two_orders_at_once_neither_is_lost] }
}
