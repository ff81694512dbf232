//! `xinjian.inspection.v1.Dossiers`: what inspection knows of one enterprise, as the RPC of the part answers.

use contract::inspection::v1 as pb;
use contract::inspection::v1::dossiers_server::Dossiers;
use contract::inspection::v1::visits_server::Visits;
use service::FieldErrors;
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use tonic::{Request, Response, Status};

use super::{Api, whole};

const VISITS: &str = "/xinjian.inspection.v1.Visits/ListVisits";

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
        let Asked { uscc, page_size } = whole(errors, asked)?;
        let uscc = uscc.to_string();
        let visits = pb::ListVisitsRequest { uscc, page_size, ..pb::ListVisitsRequest::default() };
        let asker = Asker { caller: &caller, book: self.book(), today: self.clock.today() };
        let visits = asker.ask(VISITS, visits, |request| self.list_visits(request)).await;
        let mut missing = Vec::new();
        let visits = part("visits", visits, &mut missing).unwrap_or_default();
        Ok(Response::new(pb::Dossier {
            more_visits: !visits.next_page_token.is_empty(),
            visits: visits.visits,
            missing,
        }))
    }
}
