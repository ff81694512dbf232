//! Checking one receipt: name, place, path, root, signature.

use super::{BATCH, Receipt, STATEMENT, fact_of, place_of};
use crate::Digest;
use crate::merkle;
use crate::signer::{SignatureRefused, Verifier};

/// Why a receipt is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptRefused {
    /// A line is missing, stands twice or is of another form.
    #[error("`{0}` is missing, stands twice or has another form")]
    Form(&'static str),
    /// The name does not belong to the statement, its place and its batch.
    #[error("the receipt is called `{0}`; statement, place and batch say another name")]
    Name(String),
    /// The statement is not in the batch at its place.
    #[error("the path does not lead from the statement to the root that was signed")]
    Path,
    /// The signature does not belong to the batch and the key.
    #[error(transparent)]
    Signature(#[from] SignatureRefused),
}

impl Receipt {
    /// Accepts the receipt if `key` signed its batch and the statement stands in the batch at its place.
    ///
    /// # Errors
    /// [`ReceiptRefused`] says which part does not agree.
    pub fn verify(&self, key: &dyn Verifier) -> Result<(), ReceiptRefused> {
        let batch = self.batch_id()?;
        let named = place_of(&self.name).is_some_and(|(of, index)| {
            of == batch
                && index as u64 == self.inclusion.index
                && fact_of(&self.statement, "receipt") == Some(&self.name)
        });
        if !named {
            return Err(ReceiptRefused::Name(self.name.clone()));
        }
        if !self.statement.starts_with(&format!("algorithm: {STATEMENT}\nreceipt: ")) {
            return Err(ReceiptRefused::Form("algorithm"));
        }
        let size: u64 = self.of_batch("size")?.parse().map_err(|_| ReceiptRefused::Form("size"))?;
        let root: Digest = self.of_batch("root")?.parse().map_err(|_| ReceiptRefused::Form("root"))?;
        if !merkle::verify(&merkle::leaf_hash(self.statement.as_bytes()), &self.inclusion, size, &root) {
            return Err(ReceiptRefused::Path);
        }
        Ok(key.verify(self.batch.as_bytes(), &self.signature)?)
    }

    fn batch_id(&self) -> Result<&str, ReceiptRefused> {
        if self.of_batch("algorithm")? != BATCH {
            return Err(ReceiptRefused::Form("algorithm"));
        }
        self.of_batch("batch")
    }

    fn of_batch(&self, name: &'static str) -> Result<&str, ReceiptRefused> {
        fact_of(&self.batch, name).ok_or(ReceiptRefused::Form(name))
    }
}
