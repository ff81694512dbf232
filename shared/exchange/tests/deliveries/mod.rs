//! `Deliveries` through a real channel, on both engines: what operators see of what was told, and what they send again.

mod house;

use contract::exchange::v1 as pb;
use db::Db;
use house::{CREDIT, House, IT, request_id};
use prost::Message;
use service::error::reason_of;
use tonic::Code;

async fn pages_cover_every_delivery_once_in_order_and_without_content(house: House) {
    for subject in ["marks/c", "marks/a", "marks/b"] {
        house.enqueue("publicity", subject, 1).await;
        house.enqueue("credit-china", subject, 1).await;
        house.enqueue("publicity", subject, 2).await;
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListDeliveriesRequest { page_size: 4, page_token, ..Default::default() };
        let page = house.client(IT).list_deliveries(request).await.unwrap().into_inner();
        assert!(page.deliveries.iter().all(|delivery| delivery.content.is_empty()));
        seen.extend(page.deliveries.into_iter().map(|one| (one.receiver, one.subject, one.revision)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (9, &sorted));
}

async fn a_list_is_narrowed_by_receiver_subject_and_state(house: House) {
    house.enqueue("publicity", "marks/a", 1).await;
    house.enqueue("publicity", "marks/b", 1).await;
    let dead = house.enqueue("credit-china", "marks/a", 1).await;
    house.let_die("credit-china").await;
    let list = async |receiver: &str, subject: &str, state: &str| {
        let (receiver, subject, state) = (receiver.into(), subject.into(), state.into());
        let request = pb::ListDeliveriesRequest { receiver, subject, state, ..Default::default() };
        let page = house.client(CREDIT).list_deliveries(request).await.unwrap().into_inner();
        page.deliveries.into_iter().map(|one| (one.receiver, one.subject)).collect::<Vec<_>>()
    };
    let (publicity, china) = ("publicity".to_owned(), "credit-china".to_owned());
    let (a, b) = ("marks/a".to_owned(), "marks/b".to_owned());
    assert_eq!(list("", "", "Dead").await, [(china.clone(), a.clone())]);
    assert_eq!(list("", "marks/a", "").await, [(china, a.clone()), (publicity.clone(), a.clone())]);
    assert_eq!(list("publicity", "", "Pending").await, [(publicity.clone(), a), (publicity, b)]);
    assert_eq!(list("", "", "Acknowledged").await, []);
    let letter = house.get(&dead).await;
    assert_eq!((letter.state.as_str(), letter.attempts, letter.next_attempt_time), ("Dead", 1, None));
    assert!(!letter.last_error.is_empty() && letter.receipt.is_empty(), "{letter:?}");
}

async fn content_is_shown_one_by_one_to_who_answers_for_it(house: House) {
    let name = house.enqueue("publicity", "marks/a", 1).await;
    assert_eq!(house.get(&name).await.content, b"{\"revision\":1}");
    let request = pb::GetDeliveryRequest { name };
    let refused = house.client(IT).get_delivery(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("ROLE_NOT_PERMITTED"));
}

async fn what_is_not_acknowledged_is_counted_by_receiver(house: House) {
    house.enqueue("credit-china", "marks/a", 1).await;
    house.let_die("credit-china").await;
    house.enqueue("credit-china", "marks/b", 1).await;
    house.enqueue("publicity", "marks/a", 1).await;
    house.carry("publicity").await;
    let answer = house.client(IT).count_deliveries(pb::CountDeliveriesRequest {}).await.unwrap().into_inner();
    let counted: Vec<_> =
        answer.backlogs.iter().map(|one| (one.receiver.as_str(), one.waiting, one.dead)).collect();
    assert_eq!(counted, [("credit-china", 1, 1)]);
    assert!(answer.backlogs[0].oldest_enqueue_time.is_some());
}

async fn a_dead_letter_that_is_resent_arrives_and_the_feed_says_who_wanted_it(house: House) {
    let name = house.enqueue("publicity", "marks/a", 1).await;
    house.let_die("publicity").await;
    let answer = house.resend(1, &[&name]).await.unwrap();
    assert_eq!((answer.deliveries[0].state.as_str(), answer.deliveries[0].attempts), ("Pending", 0));
    house.carry("publicity").await;
    assert_eq!(house.get(&name).await.state, "Acknowledged");
    let events = house.events().await;
    let [(kind, subject, actor, payload)] = events.as_slice() else { panic!("one event, not {events:?}") };
    let told = pb::DeliveryResentEvent::decode(payload.as_slice()).unwrap();
    assert_eq!((kind.as_str(), subject.as_str()), ("exchange.delivery.resent", "marks/a"));
    assert_eq!(actor, "it-officer");
    let reason = "the line was cut".to_owned();
    let (receiver, previous_state) = ("publicity".to_owned(), "Dead".to_owned());
    assert_eq!(told, pb::DeliveryResentEvent { name, receiver, revision: 1, previous_state, reason });
}

async fn a_repeated_wish_answers_as_before_and_sends_nothing_twice(house: House) {
    let name = house.enqueue("publicity", "marks/a", 1).await;
    house.let_die("publicity").await;
    let first = house.resend(1, &[&name]).await.unwrap();
    house.carry("publicity").await;
    assert_eq!(house.resend(1, &[&name]).await.unwrap(), first);
    assert_eq!((house.get(&name).await.state.as_str(), house.events().await.len()), ("Acknowledged", 1));
    let other = house.enqueue("publicity", "marks/b", 1).await;
    let refused = house.resend(1, &[&other]).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("REQUEST_ID_REUSED"));
}

async fn what_a_receiver_has_lost_is_sent_again_but_only_the_latest_of_a_subject(house: House) {
    let first = house.enqueue("publicity", "marks/a", 1).await;
    let second = house.enqueue("publicity", "marks/a", 2).await;
    house.carry("publicity").await;
    house.carry("publicity").await;
    let refused = house.resend(1, &[&second, &first]).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_deref()),
        (Code::FailedPrecondition, Some("DELIVERY_NOT_RESENDABLE"))
    );
    assert_eq!(house.get(&second).await.state, "Acknowledged", "one refusal refuses all");
    let answer = house.resend(2, &[&second]).await.unwrap();
    assert_eq!(answer.deliveries[0].state, "Pending");
    house.carry("publicity").await;
    assert_eq!(house.get(&second).await.state, "Acknowledged");
}

async fn what_waits_cannot_be_sent_again_and_what_is_not_there_is_not_found(house: House) {
    let waiting = house.enqueue("publicity", "marks/a", 1).await;
    let refused = house.resend(1, &[&waiting]).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("DELIVERY_NOT_RESENDABLE"));
    let nobodys = format!("deliveries/{}", request_id(77));
    let refused = house.resend(1, &[&nobodys]).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_deref()),
        (Code::NotFound, Some("DELIVERY_NOT_FOUND"))
    );
    assert!(house.events().await.is_empty());
}

async fn bad_input_names_its_fields(house: House) {
    let request = pb::ListDeliveriesRequest {
        state: "Lost".into(),
        page_size: -1,
        page_token: "x".into(),
        ..Default::default()
    };
    let refused = house.client(IT).list_deliveries(request).await.unwrap_err();
    assert_eq!(house::fields(&refused), ["page_size", "page_token", "state"]);
    let refused =
        house.client(IT).resend_deliveries(pb::ResendDeliveriesRequest::default()).await.unwrap_err();
    assert_eq!(house::fields(&refused), ["request_id", "reason", "names"]);
}

async fn open(db: Db) -> House {
    House::open(db).await
}

db::conformance! { open = open; cases = [
    pages_cover_every_delivery_once_in_order_and_without_content,
    a_list_is_narrowed_by_receiver_subject_and_state,
    content_is_shown_one_by_one_to_who_answers_for_it,
    what_is_not_acknowledged_is_counted_by_receiver,
    a_dead_letter_that_is_resent_arrives_and_the_feed_says_who_wanted_it,
    a_repeated_wish_answers_as_before_and_sends_nothing_twice,
    what_a_receiver_has_lost_is_sent_again_but_only_the_latest_of_a_subject,
    what_waits_cannot_be_sent_again_and_what_is_not_there_is_not_found,
    bad_input_names_its_fields,
] }
