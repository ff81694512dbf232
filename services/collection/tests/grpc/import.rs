use collection::convert::row_count;
use contract::collection::v1 as pb;
use tonic::Code;

use super::harness::*;

fn message(n: u32, records: Vec<pb::Record>) -> pb::ImportRecordsRequest {
    pb::ImportRecordsRequest { records, request_id: request_id(n) }
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_messages_and_add_up() {
    let served = Served::start(&[]).await;
    let faulty = pb::Record { provenance: None, ..inspection("检3") };
    let messages = [
        message(1, vec![inspection("检1"), inspection("检2"), faulty]),
        message(2, vec![inspection("检4"), inspection("检1"), inspection("检4")]),
        message(3, vec![]),
    ];
    let answers = served.records("LEGAL", CITY).import_records(tokio_stream::iter(messages)).await.unwrap();
    let mut answers = answers.into_inner();
    let mut seen = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        assert_eq!(answer.duplicates, answer.duplicate_rows.len() as i64);
        seen.push((answer.request_id, answer.unmatched, answer.duplicate_rows, answer.rejected.len()));
    }
    let expected =
        [(request_id(1), 2, vec![], 1), (request_id(2), 1, vec![1, 2], 0), (request_id(3), 0, vec![], 0)];
    assert_eq!(seen, expected);
    served.stop().await;
}

#[tokio::test]
async fn a_message_that_is_refused_as_a_whole_ends_the_stream_after_what_was_answered() {
    let served = Served::start(&[]).await;
    let unnamed = pb::ImportRecordsRequest { request_id: "x".to_owned(), ..message(0, vec![]) };
    let messages = [message(1, vec![inspection("检1")]), unnamed, message(2, vec![inspection("检2")])];
    let answers = served.records("LEGAL", CITY).import_records(tokio_stream::iter(messages)).await.unwrap();
    let mut answers = answers.into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().unmatched, 1);
    let refused = refusal(answers.message().await);
    assert_eq!(refused, (Code::InvalidArgument, Some("INVALID_FIELDS".to_owned())));
    assert_eq!(served.import(3, vec![inspection("检2")]).await.unmatched, 1, "nothing after it was taken");
    served.stop().await;
}

#[tokio::test]
async fn a_message_of_more_than_five_thousand_rows_is_refused() {
    let served = Served::start(&[]).await;
    let messages = [message(1, vec![pb::Record::default(); 5_001])];
    let answers = served.records("LEGAL", CITY).import_records(tokio_stream::iter(messages)).await.unwrap();
    let status = answers.into_inner().message().await.unwrap_err();
    assert!(status.message().contains("5001 rows"), "{status:?}");
    served.stop().await;
}

#[tokio::test]
async fn the_answer_about_five_thousand_wrong_rows_fits_a_message() {
    let served = Served::start(&[]).await;
    let wrong =
        pb::Record { content: inspection("").content, field: "TOYS".to_owned(), ..pb::Record::default() };
    let answer = served.import(1, vec![wrong; 5_000]).await;
    assert_eq!((row_count(&answer.rejected), answer.rejected.len()), (5_000, 25_000));
    served.stop().await;
}

#[tokio::test]
async fn a_ticket_with_a_telephone_is_sent_back_with_the_reason() {
    let served = Served::start(&[]).await;
    let ticket = pb::Ticket {
        ticket_no: "T1".to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: "2026-02-25".to_owned(),
        ..pb::Ticket::default()
    };
    let telling =
        pb::Ticket { ticket_no: "T2".to_owned(), place: "13800138000".to_owned(), ..ticket.clone() };
    let message = pb::ImportTicketsRequest { tickets: vec![ticket, telling], request_id: request_id(1) };
    let answers = served.tickets("IT", CITY).import_tickets(tokio_stream::iter([message])).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    assert_eq!(answer.unmatched, 1);
    let row = &answer.rejected[0];
    assert_eq!((row.index, row.field.as_str()), (1, "place"));
    assert!(row.problem.contains("telephone") && !row.problem.contains("138"), "{}", row.problem);
    let page = served.tickets("CREDIT", CITY).list_tickets(pb::ListTicketsRequest::default()).await.unwrap();
    assert_eq!(page.into_inner().tickets.len(), 1);
    served.stop().await;
}

#[tokio::test]
async fn an_office_that_provides_nothing_may_not_import() {
    let served = Served::start(&[]).await;
    let messages = tokio_stream::iter([message(1, vec![])]);
    let refused = refusal(served.records("CREDIT", CITY).import_records(messages).await);
    assert_eq!(refused, (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    let refused = refusal(served.tickets("LEGAL", CITY).import_tickets(tokio_stream::empty()).await);
    assert_eq!(refused, (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    served.stop().await;
}
