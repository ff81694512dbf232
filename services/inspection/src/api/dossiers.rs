//! `xinjian.inspection.v1.Dossiers`: what inspection knows of one enterprise, each part as its own RPC answers.

use contract::inspection::v1 as pb;
use contract::inspection::v1::dossiers_server::Dossiers;
use contract::inspection::v1::rectifications_server::Rectifications;
use contract::inspection::v1::visits_server::Visits;
use service::FieldErrors;
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use tonic::{Request, Response, Status};

use super::{Api, whole};
use crate::store::Lists;

const VISITS: &str = "/xinjian.inspection.v1.Visits/ListVisits";
const RECTIFICATIONS: &str = "/xinjian.inspection.v1.Rectifications/ListRectifications";

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
        // What fails here each list says for itself.
        let lists = self.store.lists_of(&uscc).await.unwrap_or(Lists::UNKNOWN);
        let uscc = uscc.to_string();
        let visits =
            pb::ListVisitsRequest { uscc: uscc.clone(), page_size, ..pb::ListVisitsRequest::default() };
        let rectifications =
            pb::ListRectificationsRequest { uscc, page_size, ..pb::ListRectificationsRequest::default() };
        let asker = Asker { caller: &caller, book: self.book(), today: self.clock.today() };
        let visits = asker.ask_if(lists.visits, VISITS, visits, |request| self.list_visits(request)).await;
        // Each belongs to a visit of the same field and division. Where no visit is shown, none need be asked for.
        let some = lists.rectifications && !visits.as_ref().is_ok_and(|page| page.visits.is_empty());
        let rectifications = asker
            .ask_if(some, RECTIFICATIONS, rectifications, |request| self.list_rectifications(request))
            .await;
        let mut missing = Vec::new();
        let visits = part("visits", visits, &mut missing).unwrap_or_default();
        let rectifications = part("rectifications", rectifications, &mut missing).unwrap_or_default();
        Ok(Response::new(pb::Dossier {
            more_visits: !visits.next_page_token.is_empty(),
            visits: visits.visits,
            more_rectifications: !rectifications.next_page_token.is_empty(),
            rectifications: rectifications.rectifications,
            missing,
        }))
    }
}
