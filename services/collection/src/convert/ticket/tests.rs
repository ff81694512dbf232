use rulebook::Rulebook;

use super::*;

fn faults(ticket: pb::Ticket) -> Vec<String> {
    let judge = Judge { book: &Rulebook::builtin(), today: domain::parse_date("2026-03-02").unwrap() };
    match read_ticket(&judge, ticket) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| error.path.clone()).collect(),
    }
}

fn ticket() -> pb::Ticket {
    pb::Ticket {
        ticket_no: "JN20260001".to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        topic: "食品安全".to_owned(),
        accepted_on: "2026-02-27".to_owned(),
        target_name: "某食品厂".to_owned(),
        division: "370102".to_owned(),
        ..pb::Ticket::default()
    }
}

#[test]
fn an_ordinary_ticket_is_taken_with_and_without_a_party() {
    assert_eq!(faults(ticket()), [""; 0]);
    assert_eq!(faults(pb::Ticket { uscc: "91370102MA3C00011F".to_owned(), ..ticket() }), [""; 0]);
}

#[test]
fn a_number_of_a_person_in_any_free_text_sends_the_ticket_back() {
    for (path, bad) in [
        ("topic", pb::Ticket { topic: "请回电13800138000".to_owned(), ..ticket() }),
        ("target_name", pb::Ticket { target_name: "某厂 11010519491231002X".to_owned(), ..ticket() }),
        ("place", pb::Ticket { place: "经十路1号,0531-88888888".to_owned(), ..ticket() }),
    ] {
        assert_eq!(faults(bad), [path]);
    }
}

#[test]
fn what_was_said_is_taken_whatever_it_tells_of_the_caller_and_needs_a_key() {
    let judge = Judge { book: &Rulebook::builtin(), today: domain::parse_date("2026-03-02").unwrap() };
    let said = |text: &str| pb::Ticket { text: text.to_owned(), ..ticket() };
    assert_eq!(faults(said("请回电13800138000")), [""; 0]);
    assert_eq!(faults(said(&"长".repeat(4_001))), ["text"]);
    let read = |text: &str, seals| {
        let request_id = "6f1c0a52-0f0e-4b7e-9d57-000000000001".to_owned();
        read_tickets(&judge, pb::ImportTicketsRequest { tickets: vec![said(text)], request_id }, seals)
            .unwrap()
    };
    let taken = read("请回电13800138000", true);
    let new = &taken.rows[0].item;
    assert_eq!((new.text.as_str(), new.message.text.as_str()), ("请回电13800138000", ""));
    assert_eq!(read("饼干发霉", true).body, taken.body, "no digest that is kept holds what was said");
    let refused = read("饼干发霉", false);
    assert_eq!((refused.rows.len(), refused.rejected[0].field.as_str()), (0, "text"));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let bad = pb::Ticket {
        channel: String::new(),
        kind: "Poem".to_owned(),
        closed_on: "2026-02-26".to_owned(),
        duplicate_of: "JN20260001".to_owned(),
        uscc: "1".to_owned(),
        division: "370199".to_owned(),
        field: "TOYS".to_owned(),
        ..ticket()
    };
    assert_eq!(faults(bad), ["channel", "kind", "closed_on", "duplicate_of", "uscc", "division", "field"]);
}

#[test]
fn a_ticket_accepted_or_closed_tomorrow_is_refused() {
    assert_eq!(faults(pb::Ticket { closed_on: "2026-03-03".to_owned(), ..ticket() }), ["closed_on"]);
    assert_eq!(faults(pb::Ticket { accepted_on: "2026-03-03".to_owned(), ..ticket() }), ["accepted_on"]);
}
