//! `xinjian.collection.v1.DecisionDocuments`.

use std::sync::Arc;

use contract::collection::v1 as pb;
use contract::collection::v1::decision_documents_server::DecisionDocuments;
use db::page_size;
use files::{Archive, FileId};
use rulebook::Rulebook;
use service::access_log::{self, Read};
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, Error as Common, FieldErrors};
use tonic::{Request, Response, Status};

use super::PAGE;
use crate::convert::{Judge, read_decision, remark};
use crate::domain::NaturalId;
use crate::domain::decision::{DocumentName, MOST_BYTES};
use crate::error::Error;
use crate::store::{Act, Store, VersionFilter};

const UPLOAD: &str = "/xinjian.collection.v1.DecisionDocuments/UploadDecisionDocument";
const GET: &str = "/xinjian.collection.v1.DecisionDocuments/GetDecisionDocument";

/// Serves decision documents, with the archive of their contents.
#[derive(Clone, Debug)]
pub(crate) struct DecisionsService {
    store: Store,
    book: Arc<Rulebook>,
    archive: Option<Archive>,
    clock: Clock,
}

impl DecisionsService {
    /// Serves the documents of `store`, whose contents lie in `archive`; without one they are refused.
    pub(crate) fn new(store: Store, archive: Option<Archive>, clock: Clock) -> Self {
        let archive = archive.map(|archive| archive.with_max_bytes(MOST_BYTES as u64));
        Self { book: store.shared_book(), store, archive, clock }
    }

    fn archive(&self) -> Result<&Archive, Error> {
        self.archive.as_ref().ok_or(Error::ArchiveMissing)
    }

    async fn kept(&self, digest: &str) -> Result<Vec<u8>, Error> {
        let id = digest.parse::<FileId>();
        let id = id.map_err(|problem| Common::corrupt(format!("a digest names no file: {problem}")))?;
        self.archive()?.get(&id).await.map_err(Error::Archive)
    }

    async fn text(&self, digest: &str) -> Result<String, Error> {
        let text = String::from_utf8(self.kept(digest).await?);
        Ok(text.map_err(|_| Common::corrupt(format!("{digest} is no text")))?)
    }
}

#[tonic::async_trait]
impl DecisionDocuments for DecisionsService {
    #[tracing::instrument(skip_all)]
    async fn upload_decision_document(
        &self,
        request: Request<pb::UploadDecisionDocumentRequest>,
    ) -> Result<Response<pb::DecisionDocument>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let judge = Judge { book: &self.book, today: self.clock.today() };
        let (request_id, new) = read_decision(&judge, caller.subject(), &request).map_err(Error::from)?;
        let key = Key { caller: caller.subject(), method: UPLOAD, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), &self.book);
        if let Some(kept) = self.store.takes_decision(&act, &key, &caller, &request, &new).await? {
            return Ok(Response::new(kept));
        }
        let archive = self.archive()?;
        archive.put(&request.content).await.map_err(Error::Archive)?;
        if let Some(text) = &new.text {
            archive.put(text.text.as_bytes()).await.map_err(Error::Archive)?;
        }
        Ok(Response::new(self.store.keep_decision(&act, &key, &caller, &request, &new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_decision_document(
        &self,
        request: Request<pb::GetDecisionDocumentRequest>,
    ) -> Result<Response<pb::DecisionDocumentContent>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let name = errors.check("name", DocumentName::parse(&request.name));
        let purpose = remark(&mut errors, "purpose", request.purpose);
        let (Some(name), true) = (name, errors.is_empty()) else { return Err(Error::from(errors).into()) };
        let document = self.store.decision_document(&name, &caller).await?;
        let content = self.kept(&document.digest).await?;
        let text = match document.text_digest.as_str() {
            "" => String::new(),
            digest => self.text(digest).await?,
        };
        // It names persons: without a row in the log it is not shown.
        let read = Read { subject: &document.name, method: GET, purpose: &purpose };
        access_log::record(self.store.db(), &caller, &read, self.clock.now()).await?;
        Ok(Response::new(pb::DecisionDocumentContent { document: Some(document), content, text }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_decision_documents(
        &self,
        request: Request<pb::ListDecisionDocumentsRequest>,
    ) -> Result<Response<pb::ListDecisionDocumentsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = errors.check("parent", NaturalId::from_name(&request.parent, "records"));
        let size = errors.check("page_size", page_size(request.page_size, PAGE.0, PAGE.1));
        let (Some(id), Some(size)) = (id, size) else { return Err(Error::from(errors).into()) };
        let filter = VersionFilter { id, size, token: request.page_token };
        Ok(Response::new(self.store.decision_documents(&filter, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_decision_text(
        &self,
        request: Request<pb::GetDecisionTextRequest>,
    ) -> Result<Response<pb::DecisionText>, Status> {
        let caller = Caller::of(&request)?;
        let name = request.into_inner().name;
        let id = record_of(&name).map_err(Error::from)?;
        let text_digest = self.store.decision_text(&id, &caller, self.clock.today()).await?;
        let text = self.text(&text_digest).await?;
        Ok(Response::new(pb::DecisionText { name, text, text_digest }))
    }
}

/// The record in the name of the text of its decision.
fn record_of(name: &str) -> Result<NaturalId, FieldErrors> {
    let fault = |problem: String| FieldErrors::one("name", problem);
    let id = name.strip_prefix("records/").and_then(|rest| rest.strip_suffix("/decisionText"));
    let id = id.ok_or_else(|| fault("is not of the form `records/{record}/decisionText`".to_owned()))?;
    NaturalId::parse(id).map_err(|problem| fault(format!("names no record: {problem}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_form_is_told_from_one_of_no_record() {
        let told = |name: &str| {
            let errors = record_of(name).unwrap_err();
            errors.iter().map(|error| error.problem.clone()).collect::<String>()
        };
        for other in ["", "records/nothing", "records/decisionText", "tickets/1/decisionText"] {
            assert!(told(other).starts_with("is not of the form"), "{other}");
        }
        let told = told("records/nothing/decisionText");
        assert_eq!(told, "names no record: an id has 32 lower-case hexadecimal digits");
        assert!(record_of(&format!("records/{}/decisionText", "0".repeat(32))).is_ok());
    }
}
