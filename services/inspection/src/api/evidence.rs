//! `xinjian.inspection.v1.EvidenceFiles`.

use contract::inspection::v1 as pb;
use contract::inspection::v1::evidence_files_server::EvidenceFiles;
use files::{Archive, FileId};
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::{Api, whole};
use crate::convert::{self, evidence as form};
use crate::domain::evidence::{EvidenceFile, EvidenceName};
use crate::error::Error;

const UPLOAD: &str = "/xinjian.inspection.v1.EvidenceFiles/UploadEvidence";
const GET: &str = "/xinjian.inspection.v1.EvidenceFiles/GetEvidence";
/// Longest purpose, in characters.
const LONGEST_PURPOSE: usize = 200;

#[tonic::async_trait]
impl EvidenceFiles for Api {
    #[tracing::instrument(skip_all)]
    async fn upload_evidence(
        &self,
        request: Request<pb::UploadEvidenceRequest>,
    ) -> Result<Response<pb::EvidenceFile>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = form::parse_upload(&mut errors, &body);
        let (request_id, name) = whole(errors, request_id.zip(name))?;
        self.may_act_on_visit(&caller, &name.visit).await?;
        self.store.names_evidence(&name).await?;
        self.archive()?.put(&body.content).await.map_err(Error::Archive)?;
        let file = EvidenceFile {
            name,
            media_type: body.media_type.clone(),
            size_bytes: body.content.len() as u64,
            uploaded_at: self.clock.now(),
        };
        let act = self.act(&caller, UPLOAD, &request_id);
        Ok(Response::new(self.store.keep_evidence(&act, &body, file).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_evidence(
        &self,
        request: Request<pb::GetEvidenceRequest>,
    ) -> Result<Response<pb::EvidenceContent>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let name = errors.check("name", EvidenceName::parse(&body.name));
        let purpose = convert::text(&mut errors, "purpose", &body.purpose, (1, LONGEST_PURPOSE));
        let (name, purpose) = whole(errors, name.zip(purpose))?;
        self.may_act_on_visit(&caller, &name.visit).await?;
        let file = self.store.evidence(&name).await?;
        let id: FileId = format!("sm3:{}", name.digest).parse().map_err(unreadable)?;
        let content = self.archive()?.get(&id).await.map_err(Error::Archive)?;
        // It shows people and premises: without a row in the log it is not shown.
        let read = Read { subject: &body.name, method: GET, purpose: &purpose };
        access_log::record(&self.store.db, &caller, &read, self.clock.now()).await?;
        Ok(Response::new(pb::EvidenceContent { file: Some(form::to_pb(&file)), content }))
    }
}

impl Api {
    fn archive(&self) -> Result<&Archive, Error> {
        self.archive.as_ref().ok_or(Error::ArchiveMissing)
    }
}

fn unreadable(problem: files::InvalidFileId) -> Error {
    service::Error::corrupt(format!("a digest that names no file: {problem}")).into()
}
