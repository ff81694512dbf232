//! Letters of commitment (R5): those that the registry calls public, with the texts that they were sent with.

use std::collections::HashMap;

use contract::{
    public::v1::{ListCommitmentsResponse, ListSigningKeysResponse, PublicCommitment, PublicSigningKey},
    registry::v1::{
        Commitment, GetTemplateVersionRequest, ListCommitmentsRequest, ListSigningKeysRequest,
        TemplateVersion, commitment_templates_client::CommitmentTemplatesClient,
        commitments_client::CommitmentsClient,
    },
};
use domain::Uscc;
use service::FieldErrors;

use super::api::outward;
use crate::{Error, labels::Labels, parts::answer, peers::Services};

/// Largest number of letters of one enterprise: one is in force for each key field.
const MOST_LETTERS: i32 = 500;

/// A page of public letters, without their texts.
pub(super) async fn page(
    services: &Services,
    labels: Labels<'_>,
    (uscc, page_size, page_token): (String, i32, String),
) -> Result<ListCommitmentsResponse, Error> {
    let request =
        ListCommitmentsRequest { uscc, page_size, page_token, only_public: true, ..Default::default() };
    let mut client = CommitmentsClient::new(services.registry.clone());
    let page = answer(services.bound, client.list_commitments(request)).await.map_err(outward)?;
    let mut texts = HashMap::new();
    let mut commitments = Vec::with_capacity(page.commitments.len());
    for letter in page.commitments {
        // A page has as many texts as there are campaigns, not as many as letters.
        if !texts.contains_key(&letter.template_version) {
            texts.insert(letter.template_version.clone(), text_of(services, &letter).await?);
        }
        let shown = texts.get(&letter.template_version).map(|text| to_public(letter, text, labels));
        commitments.extend(shown.map(|letter| PublicCommitment { text: String::new(), ..letter }));
    }
    Ok(ListCommitmentsResponse { commitments, next_page_token: page.next_page_token })
}

/// One public letter, with its text.
pub(super) async fn one(
    services: &Services,
    labels: Labels<'_>,
    name: &str,
) -> Result<PublicCommitment, Error> {
    let uscc = enterprise_of(name)?.to_string();
    // Asked as a list, so that one place alone says which letters are public.
    let request =
        ListCommitmentsRequest { uscc, page_size: MOST_LETTERS, only_public: true, ..Default::default() };
    let mut client = CommitmentsClient::new(services.registry.clone());
    let page = answer(services.bound, client.list_commitments(request)).await.map_err(outward)?;
    let letter = page.commitments.into_iter().find(|letter| letter.name == name);
    let letter = letter.ok_or_else(|| Error::CommitmentNotFound(name.to_owned()))?;
    let text = text_of(services, &letter).await?;
    Ok(to_public(letter, &text, labels))
}

/// A page of the keys that letters are attested with.
pub(super) async fn keys(
    services: &Services,
    page_size: i32,
    page_token: String,
) -> Result<ListSigningKeysResponse, Error> {
    let mut client = CommitmentsClient::new(services.registry.clone());
    let request = ListSigningKeysRequest { page_size, page_token };
    let page = answer(services.bound, client.list_signing_keys(request)).await.map_err(outward)?;
    let keys = page.keys.into_iter().map(|key| PublicSigningKey {
        key_id: key.key_id,
        public_key: key.public_key,
        first_used_on: key.first_used_on,
    });
    Ok(ListSigningKeysResponse { keys: keys.collect(), next_page_token: page.next_page_token })
}

/// The enterprise that a letter's name begins with.
fn enterprise_of(name: &str) -> Result<Uscc, FieldErrors> {
    let parts = name.strip_prefix("enterprises/").and_then(|rest| rest.split_once("/commitments/"));
    let code = parts.and_then(|(code, _)| Uscc::parse(code).ok());
    code.ok_or_else(|| FieldErrors::one("name", "is not of the form `enterprises/{uscc}/commitments/{id}`"))
}

async fn text_of(services: &Services, letter: &Commitment) -> Result<TemplateVersion, Error> {
    let request = GetTemplateVersionRequest { name: letter.template_version.clone() };
    let mut client = CommitmentTemplatesClient::new(services.registry.clone());
    answer(services.bound, client.get_template_version(request)).await.map_err(outward)
}

fn to_public(letter: Commitment, text: &TemplateVersion, labels: Labels<'_>) -> PublicCommitment {
    PublicCommitment {
        field: labels.field(&letter.field),
        kind: labels.code("commitment_kind", &text.commitment_kind, &letter.signed_on),
        name: letter.name,
        uscc: letter.uscc,
        legal_name: letter.legal_name,
        title: text.title.clone(),
        text: text.text.clone(),
        text_digest: text.text_digest.clone(),
        signed_on: letter.signed_on,
        published_on: letter.published_on,
        valid_to: letter.valid_to,
        signed_copy: letter.signed_copy,
        statement: letter.statement,
        signature: letter.signature,
        key_id: letter.key_id,
    }
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    #[test]
    fn what_an_inspection_says_about_a_letter_does_not_leave() {
        let book = Rulebook::builtin();
        let secret = || "SECRET".to_owned();
        let letter = Commitment {
            state: secret(),
            check_task: secret(),
            office: secret(),
            field: "FOOD".into(),
            signed_on: "2025-06-03".into(),
            ..Commitment::default()
        };
        let text = TemplateVersion { commitment_kind: "Voluntary".into(), ..TemplateVersion::default() };
        let shown = to_public(letter, &text, Labels::of(&book));
        assert!(!format!("{shown:?}").contains("SECRET"), "{shown:?}");
        assert_eq!((shown.field.as_str(), shown.kind.as_str()), ("食品生产", "主动承诺"));
    }

    #[test]
    fn a_name_that_names_no_letter_of_an_enterprise_is_refused() {
        assert!(enterprise_of("enterprises/91370102MA3C00011F/commitments/x").is_ok());
        for bad in ["", "enterprises/91370102MA3C00011F", "enterprises/1/commitments/x", "commitments/x"] {
            assert!(enterprise_of(bad).is_err(), "{bad}");
        }
    }
}
