use super::fixture::*;
use collection::store::{Store, TicketFilter};
use contract::collection::v1 as pb;
use domain::Uscc;

fn filter(uscc: &str, state: &str) -> TicketFilter {
    let uscc = (!uscc.is_empty()).then(|| Uscc::parse(uscc).unwrap());
    TicketFilter { uscc, state: state.to_owned(), size: 50, token: String::new() }
}

async fn tickets_of_one_event_are_kept_and_known_by_their_number(store: Store) {
    register(&store, FOOD, "370102").await;
    let again = pb::Ticket { duplicate_of: "T1".to_owned(), ..ticket("T2", FOOD) };
    let rows = vec![ticket("T1", FOOD), again, ticket("T1", FOOD), ticket("T3", "")];
    let answer = import_tickets(&store, 1, rows).await.unwrap();
    assert_eq!((answer.attached, answer.unmatched, answer.duplicates), (2, 1, 1));
    let page = store.list_tickets(&filter(FOOD, ""), &officer("CREDIT", "370100").scope()).await.unwrap();
    let mut marks: Vec<_> = page.tickets.iter().map(|ticket| ticket.duplicate_of.as_str()).collect();
    marks.sort_unstable();
    assert_eq!(marks, ["", "T1"]);
}

async fn a_ticket_with_other_content_under_its_number_is_refused(store: Store) {
    import_tickets(&store, 1, vec![ticket("T1", FOOD)]).await.unwrap();
    let answer = import_tickets(&store, 2, vec![ticket("T1", "")]).await.unwrap();
    assert_eq!(answer.rejected[0].field, "ticket_no");
    let other_channel = pb::Ticket { channel: "12315".to_owned(), ..ticket("T1", "") };
    assert_eq!(import_tickets(&store, 3, vec![other_channel]).await.unwrap().unmatched, 1);
}

async fn a_message_of_tickets_sent_again_answers_as_before(store: Store) {
    let first = import_tickets(&store, 1, vec![ticket("T1", FOOD)]).await.unwrap();
    assert_eq!(import_tickets(&store, 1, vec![ticket("T1", FOOD)]).await.unwrap(), first);
    assert_eq!(events(&store).await.len(), 1);
}

async fn a_ticket_without_a_place_is_seen_by_the_division_of_its_party(store: Store) {
    register(&store, FOOD, "370102").await;
    let elsewhere = pb::Ticket { division: "370114".to_owned(), ..ticket("T2", FOOD) };
    import_tickets(&store, 1, vec![ticket("T1", FOOD), elsewhere, ticket("T3", "")]).await.unwrap();
    let seen = async |division: &str| {
        let scope = officer("DISTRICT", division).scope();
        let page = store.list_tickets(&filter("", ""), &scope).await.unwrap();
        let mut numbers: Vec<_> = page.tickets.into_iter().map(|ticket| ticket.ticket_no).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(seen("370102").await, ["T1", "T3"]);
    assert_eq!(seen("370114").await, ["T2", "T3"]);
}

async fn tickets_are_filtered_by_state(store: Store) {
    register(&store, FOOD, "370102").await;
    import_tickets(&store, 1, vec![ticket("T1", FOOD), ticket("T2", EQUIPMENT)]).await.unwrap();
    for (state, number) in [("Attached", "T1"), ("Unmatched", "T2")] {
        let page =
            store.list_tickets(&filter("", state), &officer("CREDIT", "370100").scope()).await.unwrap();
        let numbers: Vec<_> = page.tickets.iter().map(|ticket| ticket.ticket_no.as_str()).collect();
        assert_eq!(numbers, [number], "{state}");
    }
}

db::conformance! {
    open = open;
    cases = [
        tickets_of_one_event_are_kept_and_known_by_their_number,
        a_ticket_with_other_content_under_its_number_is_refused,
        a_message_of_tickets_sent_again_answers_as_before,
        a_ticket_without_a_place_is_seen_by_the_division_of_its_party,
        tickets_are_filtered_by_state,
    ]
}
