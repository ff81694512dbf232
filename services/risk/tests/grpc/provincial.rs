//! Classes by the province, from the import stream to the class of an enterprise.

use contract::risk::v1 as pb;
use tonic_types::StatusExt;

use crate::grpc::server::{A, B, Risk, approval, class_name, reason, request_id};

fn row(uscc: &str, code: &str) -> pb::ProvincialClass {
    pb::ProvincialClass {
        uscc: uscc.into(),
        scheme: "shandong2020".into(),
        code: code.into(),
        // A class is valid for a year from its day.
        classified_on: service::Clock::System.today().to_string(),
        source_document: "省局分类结果".into(),
        ..Default::default()
    }
}

fn message(number: u128, classes: Vec<pb::ProvincialClass>) -> pb::ImportProvincialClassesRequest {
    pb::ImportProvincialClassesRequest { classes, request_id: request_id(number) }
}

async fn import(
    risk: &Risk,
    office: &str,
    messages: Vec<pb::ImportProvincialClassesRequest>,
) -> Result<Vec<pb::ImportProvincialClassesResponse>, tonic::Status> {
    let mut client = risk.provincial(office, &["370100"]);
    let mut stream = client.import_provincial_classes(futures::stream::iter(messages)).await?.into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await? {
        answers.push(answer);
    }
    Ok(answers)
}

fn list(uscc: &str) -> pb::ListProvincialClassesRequest {
    pb::ListProvincialClassesRequest {
        parent: format!("enterprises/{uscc}"),
        purpose: "核查".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_stream_answers_each_message_and_every_bad_row_with_field_and_reason() {
    let risk = Risk::start().await;
    let bad = pb::ProvincialClass { code: "F".into(), source_document: String::new(), ..row(B, "A") };
    let first = message(1, vec![row(A, "D"), bad, row("91370102MA3C00012F", "A")]);
    let answers = import(&risk, "CREDIT", vec![first.clone(), message(2, vec![row(A, "D")])]).await.unwrap();
    assert_eq!((answers[0].taken, answers[1].duplicates), (1, 1));
    assert_eq!(
        (answers[0].request_id.clone(), answers[1].request_id.clone()),
        (request_id(1), request_id(2))
    );
    let rejected: Vec<_> =
        answers[0].rejected.iter().map(|fault| (fault.index, fault.field.as_str())).collect();
    assert_eq!(rejected, [(1, "code"), (1, "source_document"), (2, "uscc")]);
    assert!(answers[0].rejected[0].problem.contains("A, B, C, D, E"), "{:?}", answers[0].rejected[0]);
    assert_eq!(import(&risk, "CREDIT", vec![first]).await.unwrap()[0], answers[0], "sent again");
    let empty = import(&risk, "CREDIT", vec![message(3, Vec::new())]).await.unwrap_err();
    assert_eq!(reason(&empty), "INVALID_FIELDS");
    let stranger = import(&risk, "FOOD_PROD", vec![message(4, vec![row(A, "D")])]).await.unwrap_err();
    assert_eq!(reason(&stranger), "ROLE_NOT_PERMITTED");
    risk.stop().await;
}

/// What REST sends: one message, one answer.
#[tokio::test]
async fn a_batch_is_imported_like_a_message_of_the_stream_and_once_for_each_request_id() {
    let risk = Risk::start().await;
    let batch =
        |number, classes| pb::BatchImportProvincialClassesRequest { classes, request_id: request_id(number) };
    let first = batch(1, vec![row(A, "D"), row(B, "F")]);
    let mut client = risk.provincial("CREDIT", &["370100"]);
    let answer = client.batch_import_provincial_classes(first.clone()).await.unwrap().into_inner();
    assert_eq!((answer.taken, answer.rejected.len()), (1, 1));
    assert_eq!((answer.rejected[0].index, answer.rejected[0].field.as_str()), (1, "code"));
    assert_eq!(
        client.batch_import_provincial_classes(first).await.unwrap().into_inner(),
        answer,
        "sent again"
    );
    // By the stream the same row is there already.
    let again = import(&risk, "CREDIT", vec![message(2, vec![row(A, "D")])]).await.unwrap();
    assert_eq!((again[0].taken, again[0].duplicates), (0, 1));
    let empty = client.batch_import_provincial_classes(batch(3, Vec::new())).await.unwrap_err();
    assert_eq!(reason(&empty), "INVALID_FIELDS");
    let mut stranger = risk.provincial("FOOD_PROD", &["370100"]);
    let refused = stranger.batch_import_provincial_classes(batch(4, vec![row(A, "D")])).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_NOT_PERMITTED");
    risk.stop().await;
}

#[tokio::test]
async fn what_was_imported_wrongly_is_taken_back_with_a_reason() {
    let risk = Risk::start().await;
    import(&risk, "IT", vec![message(1, vec![row(A, "D")])]).await.unwrap();
    let taken_back = |number, name: String| pb::WithdrawProvincialClassRequest {
        name,
        reason: "录错企业".into(),
        request_id: request_id(number),
    };
    let day = row(A, "D").classified_on;
    let name = format!("enterprises/{A}/provincialClasses/shandong2020-{day}");
    let mut stranger = risk.provincial("FOOD_PROD", &["370100"]);
    let refused = stranger.withdraw_provincial_class(taken_back(2, name.clone())).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_NOT_PERMITTED");
    let mut client = risk.provincial("CREDIT", &["370100"]);
    let answer = client.withdraw_provincial_class(taken_back(3, name.clone())).await.unwrap().into_inner();
    assert_eq!(answer.name, name);
    let gone = client.withdraw_provincial_class(taken_back(4, name)).await.unwrap_err();
    assert_eq!(reason(&gone), "PROVINCIAL_CLASS_NOT_FOUND");
    let empty = pb::WithdrawProvincialClassRequest::default();
    let wrong = client.withdraw_provincial_class(empty).await.unwrap_err();
    let wrong = wrong.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = wrong.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "name", "reason"]);
    risk.stop().await;
}

#[tokio::test]
async fn a_class_by_the_province_is_explained_listed_in_its_division_and_each_read_is_noted() {
    let risk = Risk::with_classes().await;
    import(&risk, "IT", vec![message(1, vec![row(A, "D")])]).await.unwrap();
    let run = risk.reviewed_run(7_000).await;
    risk.agree(&run).await;
    risk.runs_as("li").approve_run(approval(&run.name, 7_001)).await.unwrap();
    let class = risk.wait_for_class(A, "B").await;
    assert_eq!((class.general_code.as_str(), class.professional_code.as_str()), ("D", "A"));
    let request =
        pb::ExplainClassRequest { name: class_name(A, "FOOD"), purpose: "test".into(), ..Default::default() };
    let explained = risk.classes("CREDIT", &["370100"]).explain_class(request).await.unwrap().into_inner();
    assert!(explained.combination.contains("通用D类取自省局分类"), "{}", explained.combination);
    let line = explained.contributions.iter().find(|line| line.model == "models/provincial").unwrap();
    assert_eq!(line.counted[0].document_no, "省局分类结果");

    let mut district = risk.provincial("DISTRICT", &["370102"]);
    let listed = district.list_provincial_classes(list(A)).await.unwrap().into_inner().classes;
    assert_eq!(listed.iter().map(|class| (class.code.as_str(), class.rank)).collect::<Vec<_>>(), [("D", 4)]);
    let elsewhere = district.list_provincial_classes(list(B)).await.unwrap_err();
    assert_eq!(reason(&elsewhere), "DIVISION_NOT_PERMITTED");
    let reads = risk.reads(&format!("enterprises/{A}/provincialClasses")).await;
    assert_eq!(reads.iter().map(|read| read.purpose.as_str()).collect::<Vec<_>>(), ["核查"]);
    risk.stop().await;
}
