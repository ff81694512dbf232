//! Dossiers: each part is what its own RPC answers to the same caller, and a part that he may not read is named.

use contract::collection::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use super::follow::Other;
use super::harness::*;
use super::matches::enterprise;

fn dossier(latest: i32) -> pb::GetDossierRequest {
    pb::GetDossierRequest { name: format!("enterprises/{FOOD}"), latest }
}

/// Collection with records, a ticket, an objection and a remedy of one enterprise.
async fn with_all_parts() -> (Other, Served) {
    let registry = Other::start("registry").await;
    let served = Served::start(&["--registry-url", &registry.url()]).await;
    registry.tell("registry.enterprise.registered", &enterprise()).await;
    served.import(1, vec![inspection("检1"), inspection("检2")]).await;
    served.attached("检1").await;
    served.attached("检2").await;
    let ticket = pb::Ticket {
        ticket_no: "T1".to_owned(),
        uscc: FOOD.to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: "2026-02-25".to_owned(),
        field: "FOOD".to_owned(),
        ..pb::Ticket::default()
    };
    let message = pb::ImportTicketsRequest { tickets: vec![ticket], request_id: request_id(2) };
    let mut hotline = served.tickets("CREDIT", CITY);
    let mut answers = hotline.import_tickets(tokio_stream::iter([message])).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().attached, 1);
    let page = served.records("CREDIT", CITY).list_records(pb::ListRecordsRequest::default()).await.unwrap();
    let [contested, sued] = page.into_inner().records.try_into().unwrap();
    let objection = pb::Objection {
        record: contested.name,
        objector: "PARTY".to_owned(),
        contested_fields: vec!["inspection.result".to_owned()],
        grounds: "检查结果与笔录不符".to_owned(),
        ..pb::Objection::default()
    };
    let lodged = pb::LodgeObjectionRequest { objection: Some(objection), request_id: request_id(3) };
    served.objections("FOOD_PROD", "li").lodge_objection(lodged).await.unwrap();
    let remedy = pb::Remedy {
        record: sued.name,
        kind: "Litigation".to_owned(),
        body: "济南市中级人民法院".to_owned(),
        document_no: "（2026）鲁01行初1号".to_owned(),
        accepted_on: "2026-02-26".to_owned(),
        ..pb::Remedy::default()
    };
    let registered = pb::RegisterRemedyRequest { remedy: Some(remedy), request_id: request_id(4) };
    served.remedies("LEGAL", "li").register_remedy(registered).await.unwrap();
    (registry, served)
}

/// The same as the RPCs of the parts answer it to CREDIT.
async fn of_its_parts(served: &Served, page_size: i32) -> pb::Dossier {
    let uscc = || FOOD.to_owned();
    let request = pb::ListRecordsRequest { uscc: uscc(), page_size, ..Default::default() };
    let records = served.records("CREDIT", CITY).list_records(request).await.unwrap().into_inner();
    let request = pb::ListTicketsRequest { uscc: uscc(), page_size, ..Default::default() };
    let tickets = served.tickets("CREDIT", CITY).list_tickets(request).await.unwrap().into_inner();
    let request = pb::ListObjectionsRequest { uscc: uscc(), page_size, ..Default::default() };
    let objections = served.objections("CREDIT", "wu").list_objections(request).await.unwrap().into_inner();
    let request = pb::ListRemediesRequest { uscc: uscc(), page_size, ..Default::default() };
    let remedies = served.remedies("CREDIT", "wu").list_remedies(request).await.unwrap().into_inner();
    pb::Dossier {
        records: records.records,
        more_records: !records.next_page_token.is_empty(),
        tickets: tickets.tickets,
        more_tickets: !tickets.next_page_token.is_empty(),
        objections: objections.objections,
        more_objections: !objections.next_page_token.is_empty(),
        remedies: remedies.remedies,
        more_remedies: !remedies.next_page_token.is_empty(),
        missing: Vec::new(),
    }
}

#[tokio::test]
async fn a_dossier_holds_what_its_parts_answer_and_names_what_the_office_may_not_read() {
    let (_registry, served) = with_all_parts().await;
    let whole = served.dossiers("CREDIT", CITY).get_dossier(dossier(100)).await.unwrap().into_inner();
    assert_eq!(whole, of_its_parts(&served, 100).await);
    let counts = (whole.records.len(), whole.tickets.len(), whole.objections.len(), whole.remedies.len());
    assert_eq!((counts, whole.more_records), ((2, 1, 1, 1), false));

    let cut = served.dossiers("CREDIT", CITY).get_dossier(dossier(1)).await.unwrap().into_inner();
    assert_eq!(cut, of_its_parts(&served, 1).await);
    assert_eq!((cut.records.len(), cut.more_records, cut.more_tickets), (1, true, false));

    // Tickets are read by a narrow circle.
    let legal = served.dossiers("LEGAL", CITY).get_dossier(dossier(100)).await.unwrap().into_inner();
    let [missing] = &legal.missing[..] else { panic!("{:?}", legal.missing) };
    assert_eq!((missing.part.as_str(), missing.code.as_str()), ("tickets", "PERMISSION_DENIED"));
    assert_eq!(missing.reason, "ROLE_NOT_PERMITTED");
    let refused = served.tickets("LEGAL", CITY).list_tickets(pb::ListTicketsRequest::default()).await;
    assert_eq!(missing.problem, refused.unwrap_err().message());
    let without_tickets = pb::Dossier { tickets: Vec::new(), missing: legal.missing.clone(), ..whole };
    assert_eq!(legal, without_tickets);

    for (office, divisions) in [("SE_SUPERV", CITY), ("DISTRICT", &["370114"][..])] {
        let hidden = served.dossiers(office, divisions).get_dossier(dossier(100)).await.unwrap().into_inner();
        assert_eq!(hidden, pb::Dossier::default(), "{office}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_bad_question_names_every_field() {
    let served = Served::start(&[]).await;
    let bad = pb::GetDossierRequest { name: FOOD.to_owned(), latest: -1 };
    let refused = served.dossiers("CREDIT", CITY).get_dossier(bad).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), ["name", "latest"]);
    served.stop().await;
}
