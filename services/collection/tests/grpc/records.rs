use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use tonic::Code;
use tonic_types::StatusExt;

use super::harness::*;

/// Name of the one record that was imported.
async fn only(served: &Served) -> String {
    let page = served.records("CREDIT", CITY).list_records(pb::ListRecordsRequest::default()).await.unwrap();
    page.into_inner().records.remove(0).name
}

fn get(name: &str) -> pb::GetRecordRequest {
    pb::GetRecordRequest { name: name.to_owned(), known_at: None }
}

fn withdrawal(name: &str) -> pb::WithdrawRecordRequest {
    pb::WithdrawRecordRequest {
        name: name.to_owned(),
        reason: "检查结果有误".to_owned(),
        legal_basis: "济市监撤〔2026〕1号".to_owned(),
        request_id: request_id(9),
    }
}

#[tokio::test]
async fn what_is_kept_of_a_person_is_found_by_its_name() {
    let served = Served::start(&[]).await;
    let person = |no: &str, party_name: &str| pb::Record {
        uscc: String::new(),
        party_name: party_name.to_owned(),
        ..inspection(no)
    };
    served.import(1, vec![person("检1", "王二小"), person("检2", "王小二"), inspection("检3")]).await;
    let find = |name: &str| pb::FindRecordsRequest { party_name: name.to_owned(), ..Default::default() };
    let mut officer = served.records("LEGAL", CITY);
    let found = officer.find_records(find("王二 小")).await.unwrap().into_inner().records;
    assert_eq!(found.iter().map(|record| record.document_no.as_str()).collect::<Vec<_>>(), ["检1"]);
    let nameless = officer.find_records(find(" ")).await.unwrap_err();
    assert_eq!(nameless.code(), Code::InvalidArgument);
    served.stop().await;
}

#[tokio::test]
async fn a_record_is_read_listed_and_withdrawn_and_every_step_is_in_the_feed() {
    let served = Served::start(&[]).await;
    assert_eq!(served.import(1, vec![inspection("检1")]).await.unmatched, 1);
    let name = only(&served).await;
    let record = served.records("FOOD_PROD", CITY).get_record(get(&name)).await.unwrap().into_inner();
    assert_eq!((record.state.as_str(), record.document_no.as_str()), ("Unmatched", "检1"));
    let mut officer = served.records("FOOD_PROD", CITY);
    let withdrawn = officer.withdraw_record(withdrawal(&name)).await.unwrap().into_inner();
    assert_eq!(withdrawn.state, "Withdrawn");
    let again = officer.withdraw_record(withdrawal(&name)).await.unwrap().into_inner();
    assert_eq!(again, withdrawn);
    let events = served.events_until("collection.record.withdrawn").await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind.as_str(), event.office.as_str(), event.legal_basis.as_str()))
        .collect();
    let expected = [
        ("collection.record.accepted", "LEGAL", ""),
        ("collection.record.withdrawn", "FOOD_PROD", "济市监撤〔2026〕1号"),
    ];
    assert_eq!(told, expected);
    served.stop().await;
}

#[tokio::test]
async fn a_corrected_record_is_read_listed_and_told_and_a_wrong_correction_names_every_field() {
    let served = Served::start(&[]).await;
    served.import(1, vec![inspection("检1")]).await;
    let name = only(&served).await;
    let mut officer = served.records("FOOD_PROD", CITY);
    let mut record = officer.get_record(get(&name)).await.unwrap().into_inner();
    let found = |result: &str| {
        Some(Content::Inspection(pb::Inspection {
            mode: "Routine".to_owned(),
            result: result.to_owned(),
            ..pb::Inspection::default()
        }))
    };
    record.content = found("5");
    let correction = pb::CorrectRecordRequest {
        record: Some(record.clone()),
        revision: 1,
        reason: "结果录入有误".to_owned(),
        legal_basis: "济市监更〔2026〕1号".to_owned(),
        request_id: request_id(9),
    };
    let corrected = officer.correct_record(correction.clone()).await.unwrap().into_inner();
    assert_eq!((&corrected.content, corrected.revision), (&record.content, 2));
    let versions = pb::ListRecordVersionsRequest { name: name.clone(), ..Default::default() };
    let versions = officer.list_record_versions(versions).await.unwrap().into_inner().versions;
    let said: Vec<_> = versions.into_iter().map(|version| version.record.unwrap().content).collect();
    assert_eq!(said, [found("5"), found("1")]);
    let events = served.events_until("collection.record.corrected").await;
    let told = events.last().unwrap();
    assert_eq!((told.office.as_str(), told.legal_basis.as_str()), ("FOOD_PROD", "济市监更〔2026〕1号"));

    record.content = found("no such result");
    let wrong = pb::CorrectRecordRequest { record: Some(record), ..pb::CorrectRecordRequest::default() };
    let status = officer.correct_record(wrong).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let paths: Vec<_> = violations.into_iter().map(|violation| violation.field).collect();
    assert_eq!(paths, ["request_id", "record.inspection.result", "reason", "legal_basis"]);
    served.stop().await;
}

#[tokio::test]
async fn an_unknown_record_is_not_found() {
    let served = Served::start(&[]).await;
    let unknown = format!("records/{}", "0".repeat(32));
    let expected = (Code::NotFound, Some("RECORD_NOT_FOUND".to_owned()));
    assert_eq!(refusal(served.records("CREDIT", CITY).get_record(get(&unknown)).await), expected);
    assert_eq!(refusal(served.records("LEGAL", CITY).withdraw_record(withdrawal(&unknown)).await), expected);
    served.stop().await;
}

#[tokio::test]
async fn another_field_is_refused_by_name_and_left_out_of_lists() {
    let served = Served::start(&[]).await;
    served.import(1, vec![inspection("检1")]).await;
    let name = only(&served).await;
    let mut other = served.records("SE_SUPERV", CITY);
    let expected = (Code::PermissionDenied, Some("FIELD_NOT_PERMITTED".to_owned()));
    assert_eq!(refusal(other.get_record(get(&name)).await), expected);
    assert_eq!(refusal(other.withdraw_record(withdrawal(&name)).await), expected);
    let page = other.list_records(pb::ListRecordsRequest::default()).await.unwrap().into_inner();
    assert_eq!(page.records, []);
    served.stop().await;
}

#[tokio::test]
async fn bad_requests_name_every_field() {
    let served = Served::start(&[]).await;
    let paths = |status: tonic::Status| {
        let violations = status.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    let empty = pb::WithdrawRecordRequest::default();
    let status = served.records("LEGAL", CITY).withdraw_record(empty).await.unwrap_err();
    assert_eq!(paths(status), ["request_id", "name", "reason", "legal_basis"]);
    let bad = pb::ListRecordsRequest {
        uscc: "1".to_owned(),
        kind: "poem".to_owned(),
        state: "Lost".to_owned(),
        page_size: -1,
        ..pb::ListRecordsRequest::default()
    };
    let status = served.records("LEGAL", CITY).list_records(bad).await.unwrap_err();
    assert_eq!(paths(status), ["uscc", "kind", "state", "page_size"]);
    let foreign =
        pb::ListRecordsRequest { page_token: "AAAA".to_owned(), ..pb::ListRecordsRequest::default() };
    let status = served.records("LEGAL", CITY).list_records(foreign).await.unwrap_err();
    assert_eq!(service::error::reason_of(&status).as_deref(), Some("PAGE_TOKEN_INVALID"));
    assert_eq!(paths(status), ["page_token"]);
    served.stop().await;
}

#[tokio::test]
async fn an_entry_of_a_list_that_others_keep_is_collected_and_corrected_once_it_is_removed() {
    let served = Served::start(&[]).await;
    let entry = |list: &str, removed_on: &str| {
        Some(Content::ListEntry(pb::ListEntry {
            list: list.to_owned(),
            removed_on: removed_on.to_owned(),
            ..pb::ListEntry::default()
        }))
    };
    let court = pb::Record { content: entry("COURT_DEFAULTER", ""), ..inspection("(2025)鲁0102执1号") };
    let ours = pb::Record { content: entry("SERIOUS", ""), ..inspection("济市监列〔2026〕1号") };
    let answer = served.import(1, vec![court, ours]).await;
    assert_eq!((answer.unmatched, answer.rejected.len()), (1, 1));
    assert_eq!(answer.rejected[0].field, "list_entry.list", "our own lists are told, not imported");

    let mut officer = served.records("FOOD_PROD", CITY);
    let listed = officer.list_records(pb::ListRecordsRequest::default()).await.unwrap().into_inner();
    let mut record = listed.records.into_iter().next().unwrap();
    assert!(matches!(&record.content, Some(Content::ListEntry(entry)) if entry.status == "Listed"));
    record.content = entry("COURT_DEFAULTER", &record.decided_on);
    let correction = pb::CorrectRecordRequest {
        revision: record.revision,
        record: Some(record),
        reason: "已履行".to_owned(),
        legal_basis: "(2025)鲁0102执1号".to_owned(),
        request_id: request_id(9),
    };
    let corrected = officer.correct_record(correction).await.unwrap().into_inner();
    assert!(matches!(&corrected.content, Some(Content::ListEntry(entry)) if entry.status == "Removed"));
    served.stop().await;
}
