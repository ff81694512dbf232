//! The text of the decision of a published penalty (order 45 art 4): collection says whether it is public.

use contract::{
    collection::v1::{GetDecisionTextRequest, decision_documents_client::DecisionDocumentsClient},
    public::v1::PublicDecisionText,
};
use tonic::Code;

use super::api::outward;
use crate::{
    Error,
    parts::{Failure, answer},
    peers::Services,
};

/// One public text.
pub(super) async fn one(services: &Services, name: String) -> Result<PublicDecisionText, Error> {
    let mut client = DecisionDocumentsClient::new(services.collection.clone());
    let request = GetDecisionTextRequest { name: name.clone() };
    match answer(services.bound, client.get_decision_text(request)).await {
        Ok(shown) => Ok(PublicDecisionText { name, text: shown.text, text_digest: shown.text_digest }),
        // Whether there is such a record, or a text that is not public, is not said.
        Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
            Err(Error::DecisionNotFound(name))
        }
        Err(failure) => Err(outward(failure)),
    }
}
