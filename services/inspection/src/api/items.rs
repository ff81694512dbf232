//! `xinjian.inspection.v1.Items`.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use contract::inspection::v1::items_server::Items;
use rulebook::SupervisionItem;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::{Api, whole};
use crate::convert;

#[tonic::async_trait]
impl Items for Api {
    #[tracing::instrument(skip_all)]
    async fn get_supervision_catalogue(
        &self,
        request: Request<pb::GetSupervisionCatalogueRequest>,
    ) -> Result<Response<pb::SupervisionCatalogue>, Status> {
        Caller::of(&request)?;
        let sent = request.into_inner();
        let mut errors = FieldErrors::default();
        let field = convert::field(&mut errors, "field", &sent.field, self.book());
        let as_of = errors.check_optional("as_of", &sent.as_of, domain::parse_date);
        let field = whole(errors, field)?;
        let on = as_of.unwrap_or_else(|| self.clock.today());
        Ok(Response::new(pb::SupervisionCatalogue {
            field: field.to_string(),
            as_of: on.to_string(),
            items: self.book().supervision_items(&field, on).map(item_to_pb).collect(),
            rulebook_hash: self.book().hash().to_owned(),
        }))
    }
}

fn item_to_pb(item: &SupervisionItem) -> pb::SupervisionItem {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    pb::SupervisionItem {
        item: item.item.clone(),
        label: item.label_zh.clone(),
        body: item.body.to_string(),
        object: item.object_zh.clone(),
        measure: item.measure_zh.clone(),
        basis: item.basis.clone(),
        risk: item.risk_zh.clone(),
        category: item.category.as_str().to_owned(),
        commitment: item.commitment,
        attachment: item.attachment.clone(),
        effective_from: day(item.effective.from),
        effective_to: day(item.effective.to),
        source: item.source.clone(),
    }
}
