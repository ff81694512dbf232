//! Receipts that were given, and the keys to check them with.

use contract::punishment::v1::receipts_server::Receipts;
use contract::punishment::v1::{GetReceiptRequest, ListReceiptKeysRequest, ListReceiptKeysResponse, Receipt};
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::convert::receipt;
use crate::error::Error;
use crate::store::{DEFAULT_PAGE, MAX_PAGE, Store};

/// The service `Receipts`.
#[derive(Clone, Debug)]
pub struct ReceiptsApi {
    store: Store,
}

impl ReceiptsApi {
    /// Answers from `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[tonic::async_trait]
impl Receipts for ReceiptsApi {
    #[tracing::instrument(skip_all)]
    async fn get_receipt(&self, request: Request<GetReceiptRequest>) -> Result<Response<Receipt>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let name = request.into_inner().name;
        let (batch, index) = receipt::receipt_place(&name)?;
        let found = self.store.receipts(batch).await?.and_then(|batch| batch.receipt(index));
        // What another office asked is its own affair: to everybody else there is no such receipt.
        let found = found.filter(|found| receipt::is_of(found, caller.office()));
        let found = found.ok_or_else(|| Error::ReceiptNotFound(name.clone()))?;
        Ok(Response::new(receipt::receipt_to_pb(found)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_receipt_keys(
        &self,
        request: Request<ListReceiptKeysRequest>,
    ) -> Result<Response<ListReceiptKeysResponse>, Status> {
        Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let size = db::page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE).map_err(Error::from)?;
        let (keys, next_page_token) = self.store.receipt_keys(size, &request.page_token).await?;
        let keys = keys.into_iter().map(receipt::receipt_key_to_pb).collect();
        Ok(Response::new(ListReceiptKeysResponse { keys, next_page_token }))
    }
}
