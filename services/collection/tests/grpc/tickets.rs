use contract::collection::v1 as pb;
use service::config::BadConfig;
use tonic::Code;
use tonic_types::StatusExt;

use super::harness::*;

const PHONE: &str = "13812345678";

fn ticket(caller: Option<&str>) -> pb::Ticket {
    let caller = caller.map(|phone| pb::TicketCaller {
        name: "王先生".to_owned(),
        phone: phone.to_owned(),
        address: "泺源大街1号".to_owned(),
    });
    let said = |caller: &pb::TicketCaller| format!("{}，电话{}", caller.name, caller.phone);
    pb::Ticket {
        text: caller.as_ref().map(said).unwrap_or_default(),
        ticket_no: "T1".to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: "2026-02-25".to_owned(),
        field: "FOOD".to_owned(),
        caller,
        ..pb::Ticket::default()
    }
}

async fn import(served: &Served, n: u32, ticket: pb::Ticket) -> pb::ImportTicketsResponse {
    let message = pb::ImportTicketsRequest { tickets: vec![ticket], request_id: request_id(n) };
    let mut hotline = served.tickets("CREDIT", CITY);
    let mut answers = hotline.import_tickets(tokio_stream::iter([message])).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap()
}

async fn only(served: &Served) -> pb::Ticket {
    let request = pb::ListTicketsRequest::default();
    let page = served.tickets("CREDIT", CITY).list_tickets(request).await.unwrap().into_inner();
    let [ticket] = page.tickets.try_into().unwrap();
    ticket
}

fn asks(name: &str) -> pb::GetTicketCallerRequest {
    pb::GetTicketCallerRequest { name: name.to_owned(), purpose: "回访".to_owned() }
}

#[tokio::test]
async fn the_caller_is_answered_to_one_office_and_is_in_no_event_and_no_file() {
    let served = Served::start_with_key(&"0f".repeat(32)).await.unwrap();
    assert_eq!(import(&served, 1, ticket(Some(PHONE))).await.unmatched, 1);
    let other = pb::Ticket { caller: None, ..ticket(None) };
    assert_eq!(
        import(&served, 1, other).await.unmatched,
        1,
        "sent again without the caller, it answers as before"
    );
    let shown = only(&served).await;
    assert_eq!(shown.caller, None);
    let get = pb::GetTicketRequest { name: shown.name.clone() };
    let read = served.tickets("FOOD_PROD", CITY).get_ticket(get).await.unwrap().into_inner();
    assert_eq!(read, shown);
    let refused = served.tickets("FOOD_PROD", CITY).get_ticket_caller(asks(&shown.name)).await;
    assert_eq!(refusal(refused), (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    let caller =
        served.tickets("CREDIT", CITY).get_ticket_caller(asks(&shown.name)).await.unwrap().into_inner();
    assert_eq!(caller.phone, PHONE);
    let text = pb::GetTicketTextRequest { name: shown.name.clone(), purpose: "办理".to_owned() };
    let refused = served.tickets("CREDIT", CITY).get_ticket_text(text.clone()).await;
    assert_eq!(refusal(refused), (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    let said = served.tickets("FOOD_PROD", CITY).get_ticket_text(text).await.unwrap().into_inner();
    assert_eq!((said.text, shown.text.as_str()), (format!("王先生，电话{PHONE}"), ""));
    let update = pb::UpdateTicketRequest {
        name: shown.name.clone(),
        progress: Some(pb::TicketProgress {
            acceptance_on: "2026-02-26".to_owned(),
            accepted: Some(true),
            ..pb::TicketProgress::default()
        }),
        revision: shown.revision,
        request_id: request_id(2),
    };
    let changed = served.tickets("FOOD_PROD", CITY).update_ticket(update).await.unwrap().into_inner();
    assert_eq!((changed.revision, changed.caller), (2, None));
    let events = served.events_until("collection.ticket.changed").await;
    let told: Vec<_> = events.iter().flat_map(|event| &event.payload).map(Vec::as_slice).collect();
    let files = served.files();
    assert!(
        files.iter().any(|(file, bytes)| file.ends_with(".db") && bytes.len() > 1_000),
        "nothing was looked at"
    );
    for secret in [PHONE, "王先生", "泺源大街1号"] {
        let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!told.iter().any(|payload| holds(payload)), "an event tells {secret}");
        for (file, bytes) in &files {
            assert!(!holds(bytes), "{file} holds {secret}");
        }
    }
    served.stop().await;
}

#[tokio::test]
async fn without_a_key_a_ticket_with_a_caller_is_refused_and_one_without_is_taken() {
    let served = Served::start(&[]).await;
    let answer = import(&served, 1, ticket(Some(PHONE))).await;
    assert_eq!((answer.unmatched, answer.rejected[0].field.as_str()), (0, "caller"));
    assert!(!answer.rejected[0].problem.contains(PHONE));
    assert_eq!(answer.rejected[1].field, "text");
    assert_eq!(import(&served, 2, ticket(None)).await.unmatched, 1);
    let name = only(&served).await.name;
    let none = served.tickets("CREDIT", CITY).get_ticket_caller(asks(&name)).await;
    assert_eq!(refusal(none), (Code::FailedPrecondition, Some("CALLER_NOT_KNOWN".to_owned())));
    let text = pb::GetTicketTextRequest { name: name.clone(), purpose: "办理".to_owned() };
    let none = served.tickets("FOOD_PROD", CITY).get_ticket_text(text).await;
    assert_eq!(refusal(none), (Code::FailedPrecondition, Some("TICKET_TEXT_NOT_KNOWN".to_owned())));
    let malformed = pb::GetTicketCallerRequest { name: name.clone(), purpose: String::new() };
    let refused = served.tickets("CREDIT", CITY).get_ticket_caller(malformed).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument, "no read without a purpose");
    served.stop().await;
}

#[tokio::test]
async fn an_extension_is_asked_for_and_decided_by_who_handles_tickets_with_every_wrong_field_named() {
    let served = Served::start(&[]).await;
    assert_eq!(import(&served, 1, ticket(None)).await.unmatched, 1);
    let name = only(&served).await.name;
    let mut handler = served.tickets("FOOD_PROD", CITY);
    let fields = |refused: Result<tonic::Response<pb::Ticket>, tonic::Status>| -> Vec<String> {
        let details = refused.unwrap_err().get_details_bad_request().unwrap();
        details.field_violations.into_iter().map(|violation| violation.field).collect()
    };
    let asked = pb::RequestCheckExtensionRequest::default();
    assert_eq!(fields(handler.request_check_extension(asked).await), ["request_id", "name", "reason"]);
    let asked = pb::RequestCheckExtensionRequest {
        name: name.clone(),
        reason: format!("待 {PHONE} 回复"),
        revision: 1,
        request_id: request_id(2),
    };
    assert_eq!(fields(handler.request_check_extension(asked.clone()).await), ["reason"]);
    let asked = pb::RequestCheckExtensionRequest { reason: "需外地协查".to_owned(), ..asked };
    let complaint = refusal(handler.request_check_extension(asked.clone()).await);
    assert_eq!(complaint, (Code::FailedPrecondition, Some("CHECK_NOT_RUNNING".to_owned())));
    let decided = pb::DecideCheckExtensionRequest {
        name,
        granted: false,
        remark: String::new(),
        revision: 1,
        request_id: request_id(3),
    };
    assert_eq!(fields(handler.decide_check_extension(decided.clone()).await), ["remark"]);
    let decided = pb::DecideCheckExtensionRequest { granted: true, ..decided };
    let nothing = refusal(handler.decide_check_extension(decided.clone()).await);
    assert_eq!(nothing, (Code::FailedPrecondition, Some("TRANSITION_NOT_ALLOWED".to_owned())));
    let mut other = served.tickets("CREDIT", CITY);
    let denied = (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned()));
    assert_eq!(refusal(other.request_check_extension(asked).await), denied);
    assert_eq!(refusal(other.decide_check_extension(decided).await), denied);
    served.stop().await;
}

#[tokio::test]
async fn a_missing_a_malformed_and_another_key_are_wrong_configurations() {
    let key = "0f".repeat(32);
    let wrong = |answer: anyhow::Result<Served>| match answer {
        Ok(_) => panic!("it started"),
        Err(error) => error.downcast::<BadConfig>().unwrap().to_string(),
    };
    assert!(wrong(Served::start_with_key("0f").await).ends_with("holds no key: 64 hexadecimal digits"));
    let served = Served::start_with_key(&key).await.unwrap();
    let other = wrong(served.restart(Some(&"1f".repeat(32))).await);
    assert!(other.contains("not the one that this database was sealed by"), "{other}");
    let served = Served::start_with_key(&key).await.unwrap();
    let served = served.restart(Some(&key)).await.unwrap();
    let none = wrong(served.restart(None).await);
    assert!(none.contains("give the file of its key (XINJIAN_CALLER_KEY)"), "{none}");
}
