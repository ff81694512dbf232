//! `xinjian.collection.v1.Catalogue`.

use std::sync::Arc;

use chrono::NaiveDate;
use contract::collection::v1::catalogue_server::Catalogue;
use contract::collection::v1::{Attachment, CollectionItem, GetItemCatalogueRequest, ItemCatalogue};
use rulebook::{ItemLevel, Rulebook};
use service::auth::Caller;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use crate::error::Error;

/// Serves the catalogue of items.
#[derive(Clone, Debug)]
pub(crate) struct CatalogueService {
    book: Arc<Rulebook>,
    clock: Clock,
}

impl CatalogueService {
    /// Serves the catalogue of `book`.
    pub(crate) fn new(book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { book, clock }
    }
}

#[tonic::async_trait]
impl Catalogue for CatalogueService {
    #[tracing::instrument(skip_all)]
    async fn get_item_catalogue(
        &self,
        request: Request<GetItemCatalogueRequest>,
    ) -> Result<Response<ItemCatalogue>, Status> {
        Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let as_of = errors.check_optional("as_of", &request.get_ref().as_of, domain::parse_date);
        errors.into_result().map_err(Error::from)?;
        Ok(Response::new(catalogue(&self.book, as_of.unwrap_or_else(|| self.clock.today()))))
    }
}

fn catalogue(book: &Rulebook, on: NaiveDate) -> ItemCatalogue {
    let of = |level| book.collection_items(on).filter(move |item| item.level == level).map(item);
    ItemCatalogue {
        as_of: on.to_string(),
        items: of(ItemLevel::Province).chain(of(ItemLevel::City)).collect(),
        attachments: book.attachments(on).map(attachment).collect(),
        rulebook_hash: book.hash().to_owned(),
    }
}

fn item(item: &rulebook::CollectionItem) -> CollectionItem {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    CollectionItem {
        item: item.item.clone(),
        level: item.level.as_str().to_owned(),
        kind: item.kind.clone(),
        field: item.field.clone(),
        label: item.label_zh.clone(),
        attachment: item.attachment.clone(),
        effective_from: day(item.effective.from),
        effective_to: day(item.effective.to),
        source: item.source.clone(),
    }
}

fn attachment(found: &rulebook::Attachment) -> Attachment {
    Attachment {
        attachment: found.attachment.clone(),
        title: found.title_zh.clone(),
        document_no: found.document_no.clone(),
        supplied: found.supplied,
        status: if found.supplied { "已提供" } else { "未提供" }.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_shows_the_province_first_and_what_is_not_supplied() {
        let book = Rulebook::builtin();
        let found = catalogue(&book, domain::parse_date("2026-03-02").unwrap());
        let levels: Vec<_> = found.items.iter().map(|item| item.level.as_str()).collect();
        assert!(levels.is_sorted_by(|one, other| one >= other), "{levels:?}");
        assert!(levels.contains(&"city"));
        assert!(!found.attachments.is_empty());
        assert!(found.attachments.iter().all(|attachment| attachment.status == "未提供"));
        assert_eq!(found.rulebook_hash, book.hash());
        assert!(catalogue(&book, domain::parse_date("2020-01-01").unwrap()).items.is_empty());
    }
}
