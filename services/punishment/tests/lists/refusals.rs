//! Remedies against the refusal of a removal from the directory.

use contract::punishment::v1::AbnormalEntry;
use domain::{DocumentNumber, Uscc};
use punishment::Error;
use punishment::domain::list::EntryName;
use punishment::domain::remedy::{Against, Change, NewRemedy, Outcome, RemedyName};
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::remedy::Event;
use punishment::store::Store;
use service::machine::Refused;
use service::obligation::{Passing, pass_up, ready_to_pass};

use crate::common::{PARTY, act, advance_entry, body, date, listed_entry, open};
use crate::lists::directory::duties;
use crate::lists::remedies::{end_by, end_with, order, outcome};

/// An entry of the unreachable, listed on 2024-04-01, whose removal was asked for on 2024-05-06 and refused a week later.
pub(crate) async fn refused(store: &Store) -> AbnormalEntry {
    let entry = listed_entry(store, PARTY, "2024-04-01").await;
    let name = EntryName::parse_any(&entry.name).unwrap();
    let party = act("PARTY", "party", "2024-05-06");
    advance_entry(store, &party, &name, EntryEvent::RequestRemoval).await.unwrap();
    let li = act("DISTRICT", "li", "2024-05-13");
    let refused = advance_entry(store, &li, &name, EntryEvent::RefuseRemoval).await.unwrap();
    assert_eq!((refused.state.as_str(), refused.removal_refused_on.as_str()), ("Listed", "2024-05-13"));
    refused
}

fn remedy(entry: &str, accepted_on: &str) -> NewRemedy {
    NewRemedy {
        against: Against::parse(entry, true).unwrap(),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: DocumentNumber::parse("济政复〔2024〕9号").unwrap(),
        accepted_on: date(accepted_on),
    }
}

async fn registered(store: &Store, entry: &AbnormalEntry) -> RemedyName {
    let legal = act("LEGAL", "lin", "2024-06-03");
    let answer = store.register_remedy(&legal, &body("r"), remedy(&entry.name, "2024-06-03")).await.unwrap();
    assert_eq!((answer.state.as_str(), answer.refused_removal), ("Pending", true));
    RemedyName::parse(&answer.name).unwrap()
}

async fn counts(store: &Store, on: &str) -> bool {
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    standing.iter().any(|entry| entry.stands_on(date(on)))
}

async fn an_annulled_refusal_is_decided_again_within_the_period_of_the_law(store: Store) {
    let entry = refused(&store).await;
    let remedy = registered(&store, &entry).await;
    let name = EntryName::parse_any(&entry.name).unwrap();
    assert_eq!(end_with(&store, &remedy, ("Annulled", None), "2024-07-01").await.unwrap(), "Annulled");
    let again = store.entry(&name).await.unwrap();
    assert_eq!((again.state.word(), again.due_on), ("RemovalRequested", Some(date("2024-07-08"))));
    let due = ("abnormal.remove".to_owned(), Some("2024-07-08".to_owned()));
    assert_eq!(duties(&store, &entry.name).await, [due]);
    assert!(counts(&store, "2024-07-02").await, "it stands until it is removed");

    let wang = act("DISTRICT", "wang", "2024-07-04");
    let later = advance_entry(&store, &wang, &name, EntryEvent::VerifyRemoval).await.unwrap_err();
    assert!(matches!(later, Error::RemovalVerificationUnfit(_)), "the period runs: {later:?}");
    let removed = advance_entry(&store, &wang, &name, EntryEvent::Remove).await.unwrap();
    assert_eq!((removed.state.as_str(), removed.removal_ground.as_str()), ("Removed", "5"));
    assert_eq!(duties(&store, &entry.name).await, []);
}

/// An entry whose refused removal is contested while its party objects to the listing, too; the objection was taken up by wang.
async fn contested_and_objected(store: &Store) -> (EntryName, RemedyName) {
    let entry = listed_entry(store, PARTY, "2024-04-01").await;
    let name = EntryName::parse_any(&entry.name).unwrap();
    for (office, person, event, day) in [
        ("PARTY", "party", EntryEvent::RequestRemoval, "2024-04-08"),
        ("DISTRICT", "li", EntryEvent::RefuseRemoval, "2024-04-15"),
        ("PARTY", "party", EntryEvent::Object, "2024-04-22"),
        ("DISTRICT", "wang", EntryEvent::AcceptObjection, "2024-04-23"),
    ] {
        advance_entry(store, &act(office, person, day), &name, event).await.unwrap();
    }
    let legal = act("LEGAL", "lin", "2024-04-23");
    let answer = store.register_remedy(&legal, &body("r"), remedy(&entry.name, "2024-04-23")).await.unwrap();
    (name, RemedyName::parse(&answer.name).unwrap())
}

async fn an_annulled_refusal_is_decided_again_while_an_objection_is_open(store: Store) {
    let (name, remedy) = contested_and_objected(&store).await;
    let due = |kind: &str, day: &str| (kind.to_owned(), Some(day.to_owned()));
    let objection = due("abnormal.objection", "2024-05-21");
    assert_eq!(duties(&store, &name.to_string()).await, std::slice::from_ref(&objection));
    assert_eq!(end_with(&store, &remedy, ("Annulled", None), "2024-04-24").await.unwrap(), "Annulled");
    let again = store.entry(&name).await.unwrap();
    let both = ("ObjectedRemovalRequested", Some(date("2024-04-30")));
    assert_eq!((again.state.word(), again.due_on), both, "the earlier of two days");
    let open = [objection.clone(), due("abnormal.remove", "2024-04-30")];
    assert_eq!(duties(&store, &name.to_string()).await, open, "neither waits for the other");

    let li = act("DISTRICT", "li", "2024-04-29");
    let refused = advance_entry(&store, &li, &name, EntryEvent::RefuseRemoval).await.unwrap();
    assert_eq!((refused.state.as_str(), refused.due_on.as_str()), ("Objected", "2024-05-21"));
    assert_eq!(duties(&store, &name.to_string()).await, [objection]);
    let wang = act("DISTRICT", "wang", "2024-05-06");
    let own = advance_entry(&store, &wang, &name, EntryEvent::RejectObjection).await.unwrap_err();
    let four_eyes = matches!(own, Error::Common(service::Error::Refused(Refused::FourEyes { .. })));
    assert!(four_eyes, "who took it up does not answer it, whoever refused the removal meanwhile: {own:?}");
    let li = act("DISTRICT", "li", "2024-05-06");
    let confirmed = advance_entry(&store, &li, &name, EntryEvent::RejectObjection).await.unwrap();
    assert_eq!((confirmed.state.as_str(), confirmed.due_on.as_str()), ("Listed", ""));
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn a_removal_that_is_decided_again_goes_on_when_the_objection_is_answered(store: Store) {
    let (name, remedy) = contested_and_objected(&store).await;
    let dated = Outcome { decide_again_by: Some(date("2024-06-28")), ..outcome("Annulled", "2024-04-24") };
    end_by(&store, &remedy, &dated, "2024-04-24").await.unwrap();
    assert_eq!(store.entry(&name).await.unwrap().due_on, Some(date("2024-05-21")), "that of the objection");
    let li = act("DISTRICT", "li", "2024-05-06");
    let confirmed = advance_entry(&store, &li, &name, EntryEvent::RejectObjection).await.unwrap();
    assert_eq!((confirmed.state.as_str(), confirmed.due_on.as_str()), ("RemovalRequested", "2024-06-28"));
    let due = ("abnormal.remove".to_owned(), Some("2024-06-28".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await, [due]);
    let li = act("DISTRICT", "li", "2024-05-07");
    let removed = advance_entry(&store, &li, &name, EntryEvent::Remove).await.unwrap();
    assert_eq!((removed.state.as_str(), duties(&store, &name.to_string()).await), ("Removed", vec![]));
}

/// The office above that the duties about an entry pass to on a day.
async fn passed_to(store: &Store, entry: &str, on: &str) -> Vec<(String, String)> {
    let today = date(on);
    let (ready, _) = ready_to_pass(store.db(), &Passing::default(), today, store.book()).await.unwrap();
    let mut tx = store.db().begin_write().await.unwrap();
    let passed = pass_up(&mut tx, ready, today).await.unwrap();
    tx.commit().await.unwrap();
    let of_entry = passed.into_iter().filter(|one| one.subject == entry);
    of_entry.map(|one| (one.told.kind, one.told.passed_up.unwrap().office)).collect()
}

async fn a_day_that_the_body_set_is_the_last_day_of_the_duty_and_passes_up_like_others(store: Store) {
    let entry = refused(&store).await;
    let remedy = registered(&store, &entry).await;
    let dated = Outcome { decide_again_by: Some(date("2024-07-31")), ..outcome("Annulled", "2024-07-01") };
    assert_eq!(end_by(&store, &remedy, &dated, "2024-07-01").await.unwrap(), "Annulled");
    assert_eq!(store.remedy(&remedy).await.unwrap().outcome, Some(dated));
    let again = store.entry(&EntryName::parse_any(&entry.name).unwrap()).await.unwrap();
    assert_eq!((again.state.word(), again.due_on), ("RemovalRequested", Some(date("2024-07-31"))));
    let due = ("abnormal.remove".to_owned(), Some("2024-07-31".to_owned()));
    assert_eq!(duties(&store, &entry.name).await, [due]);
    assert_eq!(passed_to(&store, &entry.name, "2024-08-07").await, [], "it stays for five working days");
    let passed = ("abnormal.remove".to_owned(), "CREDIT".to_owned());
    assert_eq!(passed_to(&store, &entry.name, "2024-08-08").await, [passed]);
}

async fn a_day_of_the_body_bounds_what_the_party_has_asked_for_anew_if_it_is_earlier(store: Store) {
    let entry = refused(&store).await;
    let (first, legal) = (registered(&store, &entry).await, act("LEGAL", "lin", "2024-06-03"));
    let document_no = DocumentNumber::parse("鲁01行初〔2024〕9号").unwrap();
    let suit = NewRemedy { document_no, ..remedy(&entry.name, "2024-06-03") };
    let second = store.register_remedy(&legal, &body("s"), suit).await.unwrap().name;
    let name = EntryName::parse_any(&entry.name).unwrap();
    let party = act("PARTY", "party", "2024-06-24");
    advance_entry(&store, &party, &name, EntryEvent::RequestRemoval).await.unwrap();
    let due = |kind: &str, day: &str| [(kind.to_owned(), Some(day.to_owned()))];
    assert_eq!(duties(&store, &entry.name).await, due("abnormal.remove.verify", "2024-07-08"));

    let by = |day: &str| Outcome { decide_again_by: Some(date(day)), ..outcome("Annulled", "2024-07-01") };
    end_by(&store, &first, &by("2024-07-05"), "2024-07-01").await.unwrap();
    let bound = store.entry(&name).await.unwrap();
    assert_eq!((bound.state.word(), bound.due_on), ("RemovalRequested", Some(date("2024-07-05"))));
    assert_eq!(duties(&store, &entry.name).await, due("abnormal.remove", "2024-07-05"));

    let second = RemedyName::parse(&second).unwrap();
    end_by(&store, &second, &by("2024-07-31"), "2024-07-01").await.unwrap();
    assert_eq!(store.entry(&name).await.unwrap(), bound, "a later day gives no more time");
}

async fn a_changed_refusal_takes_the_entry_off_the_directory_as_it_was_asked_for(store: Store) {
    let entry = refused(&store).await;
    let remedy = registered(&store, &entry).await;
    let other = Change { ground: Some("3".to_owned()), term_ends_on: None };
    let unfit = end_with(&store, &remedy, ("Changed", Some(other)), "2024-07-01").await;
    assert!(matches!(unfit, Err(Error::Common(service::Error::Invalid(_)))), "{unfit:?}");
    assert_eq!(end_with(&store, &remedy, ("Changed", None), "2024-07-01").await.unwrap(), "Changed");
    let removed = store.entry(&EntryName::parse_any(&entry.name).unwrap()).await.unwrap();
    assert_eq!((removed.state.word(), removed.removed_on), ("Removed", Some(date("2024-07-01"))));
    assert_eq!(removed.removal_ground, "5");
    assert!(counts(&store, "2024-06-28").await && !counts(&store, "2024-07-01").await);
    assert_eq!(duties(&store, &entry.name).await, []);
}

async fn a_confirmed_refusal_changes_nothing_and_none_is_suspended(store: Store) {
    let entry = refused(&store).await;
    let remedy = registered(&store, &entry).await;
    let suspended = order(&store, &remedy, Event::Suspend, "2024-06-10").await.unwrap_err();
    let not_possible =
        matches!(suspended, Error::Common(service::Error::Refused(Refused::Transition { .. })));
    assert!(not_possible, "{suspended:?}");
    assert_eq!(end_with(&store, &remedy, ("Upheld", None), "2024-07-01").await.unwrap(), "Upheld");
    let name = EntryName::parse_any(&entry.name).unwrap();
    assert_eq!(store.entry(&name).await.unwrap().state.word(), "Listed");
    assert!(counts(&store, "2024-07-01").await);
    assert_eq!(duties(&store, &entry.name).await, []);
}

async fn an_annulled_refusal_leaves_what_the_party_has_asked_for_anew(store: Store) {
    let entry = refused(&store).await;
    let remedy = registered(&store, &entry).await;
    let name = EntryName::parse_any(&entry.name).unwrap();
    let party = act("PARTY", "party", "2024-06-24");
    advance_entry(&store, &party, &name, EntryEvent::RequestRemoval).await.unwrap();
    let before = store.entry(&name).await.unwrap();
    end_with(&store, &remedy, ("Annulled", None), "2024-07-01").await.unwrap();
    assert_eq!(store.entry(&name).await.unwrap(), before, "it is being decided already");
}

async fn what_was_not_refused_cannot_be_contested_nor_by_whoever_answers_for_another_list(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-04-01").await;
    let legal = || act("LEGAL", "lin", "2024-06-03");
    let none = store.register_remedy(&legal(), &body("a"), remedy(&entry.name, "2024-06-03")).await;
    assert!(matches!(none, Err(Error::NotRefused(_))), "{none:?}");
    let name = EntryName::parse_any(&entry.name).unwrap();
    let party = act("PARTY", "party", "2024-05-06");
    advance_entry(&store, &party, &name, EntryEvent::RequestRemoval).await.unwrap();
    let li = act("DISTRICT", "li", "2024-05-13");
    advance_entry(&store, &li, &name, EntryEvent::RefuseRemoval).await.unwrap();
    let early = store.register_remedy(&legal(), &body("b"), remedy(&entry.name, "2024-05-10")).await;
    assert!(matches!(early, Err(Error::DateOutOfOrder { .. })), "{early:?}");
    let stranger = act("ENFORCEMENT", "feng", "2024-06-03");
    let refused = store.register_remedy(&stranger, &body("c"), remedy(&entry.name, "2024-06-03")).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Refused(_)))), "{refused:?}");
    assert!(Against::parse("seriousCases/1", true).is_err() && Against::parse("repairs/1", true).is_err());
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            an_annulled_refusal_is_decided_again_within_the_period_of_the_law,
            an_annulled_refusal_is_decided_again_while_an_objection_is_open,
            a_removal_that_is_decided_again_goes_on_when_the_objection_is_answered,
            a_day_that_the_body_set_is_the_last_day_of_the_duty_and_passes_up_like_others,
            a_day_of_the_body_bounds_what_the_party_has_asked_for_anew_if_it_is_earlier,
            a_changed_refusal_takes_the_entry_off_the_directory_as_it_was_asked_for,
            a_confirmed_refusal_changes_nothing_and_none_is_suspended,
            an_annulled_refusal_leaves_what_the_party_has_asked_for_anew,
            what_was_not_refused_cannot_be_contested_nor_by_whoever_answers_for_another_list,
        ]
    }
}
