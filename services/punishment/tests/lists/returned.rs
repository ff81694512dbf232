//! Parties whose registration ended and that are registered again: whoever had listed them considers what ended with them.

use contract::punishment::v1::AbnormalEvent;
use contract::registry::v1::{Enterprise, EnterpriseEvent};
use db::on;
use domain::MicrosUtc;
use prost::Message;
use punishment::domain::list::EntryName;
use punishment::machines::abnormal::Event;
use punishment::store::Store;
use punishment::{Error, PartyEnded};
use service::Clock;

use crate::common::neighbour::acts_on;
use crate::common::{OTHER, PARTY, act, advance_entry, body, date, entry, listed_entry, open};
use crate::lists::directory::duties;

const STATE: &str = "registration_state";

/// Has the registry tell on a day that a field of a party changed, with how it is registered, and acts on that.
async fn told(store: &Store, uscc: &str, (field, state): (&str, &str), day: &str) {
    let (uscc, registration_state) = (uscc.to_owned(), state.to_owned());
    let subject = format!("enterprises/{uscc}");
    let enterprise = Enterprise { uscc, registration_state, ..Enterprise::default() };
    let event = EnterpriseEvent { enterprise: Some(enterprise), changed_fields: vec![field.to_owned()] };
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(date(day)));
    let reader = PartyEnded::new(store.clone(), clock);
    let told = vec![(subject, event.encode_to_vec())];
    acts_on((store.db(), reader), "registry", "registry.enterprise.changed", day, told).await;
}

async fn listed(store: &Store, uscc: &str) -> EntryName {
    EntryName::parse_any(&listed_entry(store, uscc, "2024-04-01").await.name).unwrap()
}

/// What is asked from 20 May on.
fn asked() -> [(String, Option<String>); 1] {
    [("abnormal.party_returned".to_owned(), Some("2024-06-03".to_owned()))]
}

async fn whoever_listed_a_party_considers_its_entry_once_it_is_registered_again(store: Store) {
    let name = listed(&store, PARTY).await;
    let consider = async |office: &'static str, day: &str| {
        advance_entry(&store, &act(office, "li", day), &name, Event::ConsiderReturn).await
    };
    told(&store, PARTY, (STATE, "Deregistered"), "2024-05-06").await;
    assert_eq!(store.entry(&name).await.unwrap().state.word(), "Removed");
    let early = consider("DISTRICT", "2024-05-07").await.unwrap_err();
    assert!(matches!(&early, Error::ReturnNotAsked(of) if *of == name), "{early:?}");

    told(&store, PARTY, (STATE, "InOperation"), "2024-05-20").await;
    assert_eq!(store.entry(&name).await.unwrap().state.word(), "Removed", "nothing is listed by itself");
    assert_eq!(duties(&store, &name.to_string()).await, asked());
    let other = consider("FOREIGN_REG", "2024-05-21").await.unwrap_err();
    assert!(matches!(other, Error::ListedByOther { .. }), "{other:?}");
    assert_eq!(consider("DISTRICT", "2024-05-21").await.unwrap().state, "Removed");
    assert_eq!(duties(&store, &name.to_string()).await, []);
    told(&store, PARTY, (STATE, "InOperation"), "2024-05-22").await;
    assert_eq!(duties(&store, &name.to_string()).await, [], "what was answered is not asked again");
}

async fn what_is_answered_on_the_day_of_the_mistake_is_not_asked_again(store: Store) {
    let name = listed(&store, PARTY).await;
    told(&store, PARTY, (STATE, "Deregistered"), "2024-05-20").await;
    told(&store, PARTY, (STATE, "InOperation"), "2024-05-20").await;
    assert_eq!(duties(&store, &name.to_string()).await, asked());
    let wang = act("DISTRICT", "wang", "2024-05-20");
    advance_entry(&store, &wang, &name, Event::ConsiderReturn).await.unwrap();
    assert_eq!(duties(&store, &name.to_string()).await, []);
    told(&store, PARTY, (STATE, "Dormant"), "2024-05-21").await;
    assert_eq!(duties(&store, &name.to_string()).await, [], "it is there still");
}

async fn nobody_is_asked_about_what_ended_otherwise_or_whose_party_is_gone_again(store: Store) {
    let (gone, removed) = (listed(&store, PARTY).await, listed(&store, OTHER).await);
    for (person, event) in [("li", Event::RequestRemoval), ("wang", Event::Remove)] {
        advance_entry(&store, &act("DISTRICT", person, "2024-05-06"), &removed, event).await.unwrap();
    }
    told(&store, OTHER, (STATE, "InOperation"), "2024-05-20").await;
    assert_eq!(duties(&store, &removed.to_string()).await, [], "it was removed by its authority");

    told(&store, PARTY, (STATE, "Deregistered"), "2024-05-06").await;
    told(&store, PARTY, ("legal_name", "InOperation"), "2024-05-17").await;
    assert_eq!(duties(&store, &gone.to_string()).await, [], "its registration is not what changed");
    told(&store, PARTY, (STATE, "InOperation"), "2024-05-20").await;
    assert_eq!(duties(&store, &gone.to_string()).await, asked());
    told(&store, PARTY, (STATE, "RegistrationRevoked"), "2024-05-23").await;
    assert_eq!(duties(&store, &gone.to_string()).await, [], "nobody is there any more");
    told(&store, PARTY, (STATE, "InOperation"), "2024-05-20").await;
    assert_eq!(duties(&store, &gone.to_string()).await, asked(), "nobody had answered");
}

async fn a_suspicion_ends_with_its_party_and_says_so(store: Store) {
    const LAST: &str = "SELECT payload FROM event WHERE kind = 'punishment.abnormal.changed' ORDER BY outbox_id DESC LIMIT 1";
    store.open_entry(&act("DISTRICT", "wang", "2024-04-01"), &body("o"), entry(PARTY)).await.unwrap();
    told(&store, PARTY, (STATE, "RegistrationRevoked"), "2024-05-06").await;
    let payload: Vec<u8> = on!(store.db(), |pool| sqlx::query_scalar(LAST).fetch_one(pool).await).unwrap();
    let told = AbnormalEvent::decode(payload.as_slice()).unwrap();
    assert_eq!(told.entry.unwrap().state, "Dismissed");
    assert_eq!(told.reason, "当事人已注销登记或者被撤销登记");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            whoever_listed_a_party_considers_its_entry_once_it_is_registered_again,
            what_is_answered_on_the_day_of_the_mistake_is_not_asked_again,
            nobody_is_asked_about_what_ended_otherwise_or_whose_party_is_gone_again,
            a_suspicion_ends_with_its_party_and_says_so,
        ]
    }
}
