//! Before the event: letters of commitment, sent, come back signed, published.

use contract::registry::v1::{
    Commitment, CreateTemplateVersionRequest, IssueCommitmentsRequest, PublishCommitmentRequest,
    SignCommitmentRequest, TemplateVersion,
};

use crate::people::People;
use crate::{id, today};

/// Text of the letters.
pub const TEXT: &str = "本企业承诺依法生产,如实报告。";
/// What comes back signed.
pub const SIGNED_COPY: &[u8] = b"%PDF-1.7 signed and sealed";

/// Sends a letter to a food producer, archives its signed copy and leaves it unpublished.
pub async fn sign(people: &People, uscc: &str) -> Commitment {
    let clients = people.officer("commitments", "FOOD_PROD");
    let version = TemplateVersion {
        field: "FOOD".to_owned(),
        commitment_kind: "Voluntary".to_owned(),
        title: "食品生产企业信用承诺书".to_owned(),
        text: TEXT.to_owned(),
        effective_from: "2021-09-27".to_owned(),
        ..TemplateVersion::default()
    };
    let template = "food".to_owned();
    let request = CreateTemplateVersionRequest { template, version: Some(version), request_id: id() };
    let version = clients.commitment_templates().create_template_version(request).await;
    let request = IssueCommitmentsRequest {
        enterprises: vec![format!("enterprises/{uscc}")],
        template_version: version.expect("the line office writes texts").into_inner().name,
        request_id: id(),
        ..IssueCommitmentsRequest::default()
    };
    let issued =
        clients.commitments().issue_commitments(request).await.expect("the line office sends letters");
    let request = SignCommitmentRequest {
        name: issued.into_inner().commitments.remove(0).name,
        content: SIGNED_COPY.to_vec(),
        media_type: "application/pdf".to_owned(),
        signed_on: today().to_string(),
        request_id: id(),
    };
    let signed = clients.commitments().sign_commitment(request).await;
    signed.expect("the line office archives the signed copy").into_inner()
}

/// Publishes a signed letter.
pub async fn publish(people: &People, name: &str) -> Commitment {
    let request = PublishCommitmentRequest { name: name.to_owned(), request_id: id() };
    let published =
        people.officer("commitments", "FOOD_PROD").commitments().publish_commitment(request).await;
    published.expect("the line office publishes a signed letter").into_inner()
}
