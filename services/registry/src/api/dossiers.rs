//! `xinjian.registry.v1.Dossiers`: what the registry knows of one enterprise, each part as its own RPC answers.

use contract::registry::v1 as pb;
use contract::registry::v1::dossiers_server::Dossiers;
use contract::registry::v1::licences_server::Licences;
use contract::registry::v1::marks_server::Marks;
use service::FieldErrors;
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use service::error::reason_of;
use tonic::{Code, Request, Response, Status};

use super::Api;
use super::enterprises::may_see;
use crate::convert;
use crate::error::Error;
use crate::store::Lists;

const ENTERPRISE: &str = "/xinjian.registry.v1.Enterprises/GetEnterprise";
const LICENCES: &str = "/xinjian.registry.v1.Licences/ListLicences";
const MARKS: &str = "/xinjian.registry.v1.Marks/ListMarks";
const COMMITMENTS: &str = "/xinjian.registry.v1.Commitments/ListCommitments";

#[tonic::async_trait]
impl Dossiers for Api {
    async fn get_dossier(
        &self,
        request: Request<pb::GetDossierRequest>,
    ) -> Result<Response<pb::Dossier>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let asked = Asked::read(&mut errors, &body.name, body.latest);
        let Some(Asked { uscc, page_size }) = asked else { return Err(Error::from(errors).into()) };
        let (enterprise, lists) = match self.store.enterprise_with_lists(&uscc).await {
            Ok((enterprise, lists)) => (Ok(enterprise), lists),
            // What fails here each list says for itself.
            Err(error) => (Err(error), Lists::UNKNOWN),
        };
        let asker = Asker { caller: &caller, book: self.book(), today: self.clock.today() };
        let enterprise = asker.may(ENTERPRISE).map_err(Status::from).and_then(|()| {
            let enterprise = enterprise?;
            may_see(&caller, &enterprise)?;
            Ok(convert::enterprise_to_pb(&enterprise))
        });
        let enterprise = of_the_whole(enterprise)?;

        let uscc = uscc.to_string();
        let licences =
            pb::ListLicencesRequest { uscc: uscc.clone(), page_size, ..pb::ListLicencesRequest::default() };
        let marks = pb::ListMarksRequest { uscc: uscc.clone(), page_size, ..pb::ListMarksRequest::default() };
        let letters = pb::ListCommitmentsRequest { uscc, page_size, ..pb::ListCommitmentsRequest::default() };
        let (licences, marks, letters) = tokio::join!(
            asker.ask_if(lists.licences, LICENCES, licences, |request| self.list_licences(request)),
            asker.ask_if(lists.marks, MARKS, marks, |request| self.list_marks(request)),
            // Boxed, as the answers of the RPCs are.
            asker.ask_if(lists.commitments, COMMITMENTS, letters, |request| Box::pin(self.letters(request))),
        );
        let mut missing = Vec::new();
        let enterprise = part("enterprise", enterprise, &mut missing);
        let licences = part("licences", licences, &mut missing).unwrap_or_default();
        let marks = part("marks", marks, &mut missing).unwrap_or_default();
        let letters = part("commitments", letters, &mut missing).unwrap_or_default();
        Ok(Response::new(pb::Dossier {
            enterprise,
            more_licences: !licences.next_page_token.is_empty(),
            licences: licences.licences,
            more_marks: !marks.next_page_token.is_empty(),
            marks: marks.marks,
            more_commitments: !letters.next_page_token.is_empty(),
            commitments: letters.commitments,
            missing,
        }))
    }
}

/// The answer about the enterprise itself, unless it refuses the whole: there is no such enterprise, or it is outside the caller's
/// divisions.
fn of_the_whole<T>(answer: Result<T, Status>) -> Result<Result<T, Status>, Status> {
    match answer {
        Err(status) if status.code() == Code::NotFound => Err(status),
        Err(status) if reason_of(&status).as_deref() == Some("DIVISION_NOT_PERMITTED") => Err(status),
        answer => Ok(answer),
    }
}
