//! Letters of commitment through the API: from the text to the publicity system, with the signed copy in the archive.

use std::collections::BTreeSet;

use contract::registry::v1 as pb;
use crypto::signer::{self, Sm2Signer};
use domain::shanghai_date;
use service::Clock;
use service::testing::until;
use tempfile::TempDir;
use tonic::Code;

use crate::grpc::server::{A, B, ORDINARY, Registry, reason, request_id};

const PDF: &[u8] = b"%PDF-1.7 signed";

pub(crate) fn today() -> String {
    shanghai_date(Clock::System.now()).to_string()
}

/// A registry with an archive and a key, in a folder that lives as long as the test.
pub(crate) async fn with_archive() -> (Registry, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("service.pem");
    signer::save_new(&Sm2Signer::from_random(&[7; 32]).unwrap(), &key).unwrap();
    let flags = [
        format!("--registry-archive-folder={}", folder.path().join("archive").display()),
        format!("--checkpoint-key={}", key.display()),
    ];
    (Registry::start_with(&flags).await, folder)
}

/// Adds a text, registers A with a licence and sends it a letter. Answers its name.
pub(crate) async fn sent(registry: &Registry) -> String {
    registry.with_licence(1, A, ORDINARY).await;
    let version = pb::TemplateVersion {
        field: "FOOD".into(),
        commitment_kind: "Voluntary".into(),
        title: "食品生产企业信用承诺书".into(),
        text: "本企业承诺依法生产。".into(),
        effective_from: "2021-09-27".into(),
        ..Default::default()
    };
    let template = "food".to_owned();
    let create =
        pb::CreateTemplateVersionRequest { template, version: Some(version), request_id: request_id(10) };
    let mut templates = registry.templates("FOOD_PROD", &["370100"]);
    let version = templates.create_template_version(create).await.unwrap().into_inner();
    let issue = pb::IssueCommitmentsRequest {
        enterprises: vec![format!("enterprises/{A}")],
        template_version: version.name,
        request_id: request_id(11),
        ..Default::default()
    };
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    letters.issue_commitments(issue).await.unwrap().into_inner().commitments.remove(0).name
}

pub(crate) fn sign(number: u128, name: &str) -> pb::SignCommitmentRequest {
    pb::SignCommitmentRequest {
        name: name.into(),
        content: PDF.into(),
        media_type: "application/pdf".into(),
        signed_on: today(),
        request_id: request_id(number),
    }
}

#[tokio::test]
async fn a_letter_goes_from_the_text_to_the_publicity_system_and_its_copy_is_read_back() {
    let (registry, _folder) = with_archive().await;
    let name = sent(&registry).await;
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    let signed = letters.sign_commitment(sign(20, &name)).await.unwrap().into_inner();
    assert_eq!((signed.state.as_str(), signed.signature.len()), ("Archived", 128));
    let copy = pb::GetSignedCopyRequest { name: name.clone() };
    let copy = letters.get_signed_copy(copy).await.unwrap().into_inner();
    assert_eq!((copy.content.as_slice(), copy.file), (PDF, signed.signed_copy));
    let publish = pb::PublishCommitmentRequest { name: name.clone(), request_id: request_id(21) };
    assert_eq!(letters.publish_commitment(publish).await.unwrap().into_inner().state, "Published");
    until("the letter is acknowledged", async || {
        let letter = letters.get_commitment(pb::GetCommitmentRequest { name: name.clone() }).await;
        letter.unwrap().into_inner().acknowledge_time
    })
    .await;
    let coverage = pb::GetCommitmentCoverageRequest { field: "FOOD".into(), ..Default::default() };
    let coverage = letters.get_commitment_coverage(coverage).await.unwrap().into_inner();
    assert_eq!((coverage.due, coverage.signed, coverage.divisions.len()), (1, 1, 1));
    registry.stop().await;
}

#[tokio::test]
async fn who_may_not_see_a_letter_neither_signs_nor_reads_it() {
    let (registry, _folder) = with_archive().await;
    let name = sent(&registry).await;
    let mut elsewhere = registry.commitments("FOOD_PROD", &["370103"]);
    let refused = elsewhere.sign_commitment(sign(20, &name)).await.unwrap_err();
    assert_eq!(reason(&refused), "DIVISION_NOT_PERMITTED");
    let mut other_field = registry.commitments("SE_SUPERV", &["370100"]);
    let read = pb::GetCommitmentRequest { name: name.clone() };
    assert_eq!(reason(&other_field.get_commitment(read).await.unwrap_err()), "FIELD_NOT_PERMITTED");
    let list = pb::ListMissingCommitmentsRequest { field: "FOOD".into(), ..Default::default() };
    assert!(elsewhere.list_missing_commitments(list).await.unwrap().into_inner().enterprises.is_empty());
    let mut legal = registry.commitments("LEGAL", &["370100"]);
    let refused = legal.sign_commitment(sign(21, &name)).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_NOT_PERMITTED");
    registry.stop().await;
}

#[tokio::test]
async fn bad_input_is_named_field_by_field_and_nothing_reaches_the_archive() {
    let (registry, folder) = with_archive().await;
    let name = sent(&registry).await;
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    let bad = pb::SignCommitmentRequest {
        content: b"<html>".into(),
        signed_on: "2999-01-01".into(),
        ..sign(20, &name)
    };
    let refused = letters.sign_commitment(bad).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    assert!(refused.message().contains("content") && refused.message().contains("signed_on"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path().join("archive")).unwrap().count(), 0);
    let unknown = pb::GetCommitmentRequest { name: name.replace(A, B) };
    assert_eq!(reason(&letters.get_commitment(unknown).await.unwrap_err()), "COMMITMENT_NOT_FOUND");
    let copy = letters.get_signed_copy(pb::GetSignedCopyRequest { name }).await.unwrap_err();
    assert_eq!(reason(&copy), "NOT_SIGNED");
    registry.stop().await;
}

#[tokio::test]
async fn a_letter_that_was_sent_by_mistake_is_taken_back_before_it_is_signed_and_another_is_sent() {
    let (registry, _folder) = with_archive().await;
    let name = sent(&registry).await;
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    let recall = |number: u128, name: &str| pb::RecallCommitmentRequest {
        name: name.into(),
        reason: "文本有误".into(),
        request_id: request_id(number),
    };
    let mut elsewhere = registry.commitments("FOOD_PROD", &["370103"]);
    let refused = elsewhere.recall_commitment(recall(20, &name)).await.unwrap_err();
    assert_eq!(reason(&refused), "DIVISION_NOT_PERMITTED");
    let gone = letters.recall_commitment(recall(21, &name)).await.unwrap().into_inner();
    assert_eq!((gone.state.as_str(), gone.ended_on), ("Lapsed", today()));
    assert_eq!(
        reason(&letters.sign_commitment(sign(22, &name)).await.unwrap_err()),
        "TRANSITION_NOT_ALLOWED"
    );

    let issue = pb::IssueCommitmentsRequest {
        enterprises: vec![format!("enterprises/{A}")],
        template_version: gone.template_version,
        request_id: request_id(23),
        ..Default::default()
    };
    let next = letters.issue_commitments(issue).await.unwrap().into_inner().commitments.remove(0).name;
    letters.sign_commitment(sign(24, &next)).await.unwrap();
    let refused = letters.recall_commitment(recall(25, &next)).await.unwrap_err();
    assert_eq!(reason(&refused), "TRANSITION_NOT_ALLOWED", "it is signed");
    registry.stop().await;
}

/// How many files lie in a folder, and in those below it.
fn files_below(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn a_copy_that_no_letter_waits_for_does_not_reach_the_archive() {
    let (registry, folder) = with_archive().await;
    let name = sent(&registry).await;
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    let signed = letters.sign_commitment(sign(20, &name)).await.unwrap().into_inner();
    let other = pb::SignCommitmentRequest { content: b"%PDF-1.7 another".into(), ..sign(21, &name) };
    let refused = letters.sign_commitment(other).await.unwrap_err();
    assert_eq!(reason(&refused), "TRANSITION_NOT_ALLOWED");
    assert_eq!(files_below(&folder.path().join("archive")), 1);
    let again = letters.sign_commitment(sign(20, &name)).await.unwrap().into_inner();
    assert_eq!(again, signed, "the same request is answered again");
    registry.stop().await;
}

#[tokio::test]
async fn without_an_archive_no_signed_copy_is_taken() {
    let registry = Registry::start().await;
    let name = sent(&registry).await;
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    let refused = letters.sign_commitment(sign(20, &name)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "ARCHIVE_MISSING"));
    registry.stop().await;
}

#[tokio::test]
async fn a_page_of_the_longest_texts_fits_into_an_answer_and_the_next_goes_on_behind_it() {
    // Together they are 4.8 MB.
    const COUNT: u128 = 80;
    let registry = Registry::start().await;
    let mut templates = registry.templates("FOOD_PROD", &["370100"]);
    for number in 0..COUNT {
        let version = pb::TemplateVersion {
            field: "FOOD".into(),
            commitment_kind: "Voluntary".into(),
            title: "食品生产企业信用承诺书".into(),
            text: "诺".repeat(20_000),
            effective_from: "2021-09-27".into(),
            ..Default::default()
        };
        let create = pb::CreateTemplateVersionRequest {
            template: format!("food-{number}"),
            version: Some(version),
            request_id: request_id(100 + number),
        };
        templates.create_template_version(create).await.unwrap();
    }
    let (mut sizes, mut names, mut page_token) = (Vec::new(), BTreeSet::new(), String::new());
    loop {
        let list = pb::ListTemplateVersionsRequest { page_size: 1_000, page_token, ..Default::default() };
        let page = templates.list_template_versions(list).await.unwrap().into_inner();
        sizes.push(page.versions.len());
        names.extend(page.versions.into_iter().map(|version| version.name));
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    assert_eq!((sizes.iter().sum::<usize>(), names.len()), (80, 80), "pages of {sizes:?}");
    assert!(sizes.len() == 2 && sizes[0] > 60, "no page is shorter than it has to be: {sizes:?}");
    registry.stop().await;
}
