//! Rows that are wrong, as another program sends them: each is refused alone, with its field and what is wrong.

use contract::collection::v1 as pb;

use super::harness::*;

/// What is told of the second of three rows, of which the first and the last are taken.
async fn told_of_record(served: &Served, n: u32, wrong: pb::Record) -> Vec<(String, String)> {
    let rows = vec![inspection(&format!("前{n}")), wrong, inspection(&format!("后{n}"))];
    let answer = served.import(n, rows).await;
    assert_eq!(answer.unmatched, 2, "the rows around it are taken");
    assert!(answer.rejected.iter().all(|row| row.index == 1));
    answer.rejected.into_iter().map(|row| (row.field, row.problem)).collect()
}

#[tokio::test]
async fn a_wrong_row_of_records_is_told_by_field_and_place_and_the_others_are_taken() {
    let served = Served::start(&[]).await;
    let with = |change: &dyn Fn(&mut pb::Record)| {
        let mut record = inspection("错");
        change(&mut record);
        record
    };
    let cases = [
        (
            with(&|row| row.uscc = "91370102MA3C00011G".to_owned()),
            "uscc",
            "position 18: the check character is `G`, the 17 before it need `F`",
        ),
        (
            with(&|row| row.uscc = "9137O102MA3C00011F".to_owned()),
            "uscc",
            "position 5: the letter O is never used in a credit code (nor are I, O, S, V, Z)",
        ),
        (
            with(&|row| row.uscc = "9.13701E+17".to_owned()),
            "uscc",
            "position 2: `.` is not a digit or capital letter",
        ),
        (with(&|row| row.party_name = " \u{3000}".to_owned()), "party_name", "the name is empty"),
        (
            with(&|row| row.party_name = "济南\u{0}公司".to_owned()),
            "party_name",
            "position 3: a control or invisible character stands in the name",
        ),
        (
            with(&|row| row.party_name = "济南\u{202E}司公".to_owned()),
            "party_name",
            "position 3: a control or invisible character stands in the name",
        ),
        (
            with(&|row| row.document_no = "检\u{200B}1".to_owned()),
            "document_no",
            "position 2: a control or invisible character stands in the document number",
        ),
        (
            with(&|row| row.decided_on = "2023-02-29".to_owned()),
            "decided_on",
            "`2023-02-29`: there is no such day",
        ),
        (
            with(&|row| row.decided_on = "2024年1月5日".to_owned()),
            "decided_on",
            "`2024年1月5日` is not a date of the form YYYY-MM-DD",
        ),
        (
            with(&|row| row.division = "370199".to_owned()),
            "division",
            "Jinan has no division `370199`, nor ever had",
        ),
        (
            with(&|row| row.content = None),
            "content",
            "must say a permit, a penalty, an inspection, a sampling result or a list entry",
        ),
    ];
    for (n, (row, field, problem)) in (1..).zip(cases) {
        assert_eq!(told_of_record(&served, n, row).await, [(field.to_owned(), problem.to_owned())]);
    }
    let nothing = told_of_record(&served, 99, pb::Record::default()).await;
    let fields: Vec<&str> = nothing.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["party_name", "provenance", "document_no", "decided_on", "content"], "all at once");
    served.stop().await;
}

#[tokio::test]
async fn a_wrong_row_of_tickets_is_told_by_field_and_place_and_the_others_are_taken() {
    let served = Served::start(&[]).await;
    let ticket = |number: &str| pb::Ticket {
        ticket_no: number.to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: "2026-02-25".to_owned(),
        ..pb::Ticket::default()
    };
    let cases = [
        (pb::Ticket { ticket_no: String::new(), ..ticket("") }, "ticket_no", "must be given"),
        (
            pb::Ticket { topic: "面包\u{7}发霉".to_owned(), ..ticket("错") },
            "topic",
            "position 3: a control or invisible character",
        ),
        (
            pb::Ticket { target_name: "全福\u{200D}食品".to_owned(), ..ticket("错") },
            "target_name",
            "position 3: a control or invisible character",
        ),
        (
            pb::Ticket { accepted_on: "20260225".to_owned(), ..ticket("错") },
            "accepted_on",
            "`20260225` is not a date of the form YYYY-MM-DD",
        ),
        (
            pb::Ticket { uscc: "91370102MA3C00011".to_owned(), ..ticket("错") },
            "uscc",
            "a credit code has 18 characters, this has 17",
        ),
        (
            pb::Ticket { closed_on: "2026-02-24".to_owned(), ..ticket("错") },
            "closed_on",
            "lies before the day of acceptance, 2026-02-25",
        ),
    ];
    let mut hotline = served.tickets("CREDIT", CITY);
    for (n, (wrong, field, problem)) in (1..).zip(cases) {
        let tickets = vec![ticket(&format!("前{n}")), wrong, ticket(&format!("后{n}"))];
        let message = pb::ImportTicketsRequest { tickets, request_id: request_id(n) };
        let mut answers = hotline.import_tickets(tokio_stream::iter([message])).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().unwrap();
        let told: Vec<_> =
            answer.rejected.iter().map(|row| (row.index, row.field.as_str(), row.problem.as_str())).collect();
        assert_eq!((answer.unmatched, told), (2, vec![(1, field, problem)]));
    }
    served.stop().await;
}
