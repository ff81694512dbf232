//! The decision of a penalty, from its upload to its text on the publicity system.

use contract::collection::v1 as pb;
use contract::common::v1::ListReadsRequest;
use rulebook::Rulebook;
use serde_json::Value;
use service::testing::until;
use tonic::Code;
use tonic_types::StatusExt;

use super::harness::*;
use super::publication::{City, penalty};

const SCAN: &[u8] = b"%PDF-1.7 13800138000";
const TEXT: &str = "济南市市场监督管理局 行政处罚决定书\n济市监罚〔2026〕1号\n联系电话：（略）";

fn upload(record: &str, text: &str) -> pb::UploadDecisionDocumentRequest {
    let today = domain::shanghai_date(domain::MicrosUtc::now());
    let book = Rulebook::builtin();
    let kinds = book.codes("redaction_kind", today);
    let redactions = kinds.map(|kind| pb::Redaction { kind: kind.code.clone(), places: 1 }).collect();
    pb::UploadDecisionDocumentRequest {
        parent: record.to_owned(),
        content: SCAN.to_vec(),
        media_type: "application/pdf".to_owned(),
        text: text.to_owned(),
        redactions,
        secrecy_reviewer: "保密审查人".to_owned(),
        request_id: request_id(7),
    }
}

#[tokio::test]
async fn a_decision_is_uploaded_read_for_a_purpose_and_its_text_shown_until_the_penalty_is_withdrawn() {
    let archive = tempfile::tempdir().unwrap();
    let city = City::start(&["--collection-archive-folder", archive.path().to_str().unwrap()]).await;
    city.served.import(1, vec![penalty()]).await;
    let record = city.shown().await;
    let mut officer = city.served.decisions("ENFORCEMENT", CITY);

    let telling = upload(&record.name, &format!("{TEXT}\n当事人电话13800138000"));
    let status = officer.upload_decision_document(telling).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let found: Vec<_> = violations.iter().map(|one| (one.field.as_str(), one.description.as_str())).collect();
    assert_eq!(found, [("text", "line 4: seems to hold a telephone number")]);

    let kept = officer.upload_decision_document(upload(&record.name, TEXT)).await.unwrap().into_inner();
    let again = officer.upload_decision_document(upload(&record.name, TEXT)).await.unwrap().into_inner();
    assert_eq!(kept, again, "one request");
    until("the publicity system shows the text", async || {
        let shown = city.publicity.inbox().shown();
        let content: Value = serde_json::from_slice(&shown[&record.name].content).unwrap();
        (content["行政处罚决定书校验值"] == kept.text_digest.as_str()).then_some(())
    })
    .await;

    let name = format!("{}/decisionText", record.name);
    let asked = pb::GetDecisionTextRequest { name: name.clone() };
    let text = city.served.decisions("GATEWAY", CITY).get_decision_text(asked.clone()).await.unwrap();
    let expected = pb::DecisionText { name, text: TEXT.to_owned(), text_digest: kept.text_digest.clone() };
    assert_eq!(text.into_inner(), expected);

    let original =
        pb::GetDecisionDocumentRequest { name: kept.name.clone(), purpose: "行政复议".to_owned() };
    let refused = city.served.decisions("GATEWAY", CITY).get_decision_document(original.clone()).await;
    assert_eq!(refusal(refused), (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    let read = city.served.decisions("LEGAL", CITY).get_decision_document(original).await.unwrap();
    let read = read.into_inner();
    assert_eq!((read.content.as_slice(), read.text.as_str()), (SCAN, TEXT));
    let log = ListReadsRequest {
        subject: kept.name.clone(),
        purpose: "监督检查".to_owned(),
        ..ListReadsRequest::default()
    };
    let reads = city.served.reads().list_reads(log).await.unwrap().into_inner().reads;
    let logged: Vec<_> = reads.iter().map(|read| (read.subject.as_str(), read.purpose.as_str())).collect();
    assert_eq!(
        logged,
        [(kept.name.as_str(), "行政复议")],
        "the text is public, and reading it is not logged"
    );

    let withdrawal = pb::WithdrawRecordRequest {
        name: record.name.clone(),
        reason: "处罚决定被撤销".to_owned(),
        legal_basis: "济行复〔2026〕3号".to_owned(),
        request_id: request_id(8),
    };
    city.served.records("ENFORCEMENT", CITY).withdraw_record(withdrawal).await.unwrap();
    let refused = city.served.decisions("GATEWAY", CITY).get_decision_text(asked).await;
    assert_eq!(refusal(refused), (Code::NotFound, Some("DECISION_NOT_FOUND".to_owned())));
    city.served.stop().await;
}

#[tokio::test]
async fn while_the_archive_is_away_a_decision_is_refused_for_now_and_kept_when_it_is_sent_again() {
    let place = tempfile::tempdir().unwrap();
    let (archive, away) = (place.path().join("archive"), place.path().join("away"));
    let city = City::start(&["--collection-archive-folder", archive.to_str().unwrap()]).await;
    city.served.import(1, vec![penalty()]).await;
    let record = city.shown().await;
    let mut officer = city.served.decisions("ENFORCEMENT", CITY);
    std::fs::rename(&archive, &away).unwrap();
    std::fs::write(&archive, b"").unwrap();
    let refused = officer.upload_decision_document(upload(&record.name, TEXT)).await;
    assert_eq!(refusal(refused), (Code::Unavailable, Some("ARCHIVE_UNAVAILABLE".to_owned())));
    std::fs::remove_file(&archive).unwrap();
    std::fs::rename(&away, &archive).unwrap();
    let kept = officer.upload_decision_document(upload(&record.name, TEXT)).await.unwrap().into_inner();
    assert_eq!(kept.name, format!("{}/documents/1", record.name));
    city.served.stop().await;
}

#[tokio::test]
async fn without_an_archive_a_decision_is_refused() {
    let city = City::start(&[]).await;
    city.served.import(1, vec![penalty()]).await;
    let record = city.shown().await;
    let mut officer = city.served.decisions("ENFORCEMENT", CITY);
    let refused = officer.upload_decision_document(upload(&record.name, TEXT)).await;
    assert_eq!(refusal(refused), (Code::FailedPrecondition, Some("ARCHIVE_MISSING".to_owned())));
    city.served.stop().await;
}
