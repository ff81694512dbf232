//! Receipts: many statements under one signature, each of which can be shown and checked alone, offline and years later.
//!
//! Exact, so that a stranger can write a verifier from this page. Texts are UTF-8, numbers decimal ASCII, digests lower-case
//! hexadecimal, lines `key: value` and a line feed (0x0A); keys before the first `": "`.
//! - A **statement** begins with the lines `algorithm: xinjian-receipt-v1` and `receipt: receipts/{batch}-{index}`; what is
//!   attested follows.
//! - The **batch** is the lines `algorithm: xinjian-receipts-v1`, `batch`, `size` (number of statements), `root` and `signed_at`,
//!   and nothing else. `root` is the RFC 6962 Merkle root with SM3 over the statements in their order ([`crate::merkle`]).
//! - The **signature** is SM2 with SM3 over the text of the batch ([`crate::signer`]).
//!
//! A receipt is a statement, its place and path in the tree, the text of the batch and the signature. Knows nothing of what is
//! attested, and keeps nothing.

mod verify;

use crate::merkle::{self, Inclusion, Tree};
use crate::signer::{Signature, Signer, SigningFailed};

pub use verify::ReceiptRefused;

/// First line of each statement.
const STATEMENT: &str = "xinjian-receipt-v1";
/// First line of the text that is signed.
const BATCH: &str = "xinjian-receipts-v1";
/// Collection of the names of receipts.
const COLLECTION: &str = "receipts/";

/// Statements that are signed together.
#[derive(Clone, Debug)]
pub struct Batch {
    id: String,
    statements: Vec<String>,
    text: String,
    signature: Signature,
    tree: Tree,
}

/// One statement with all that is needed to check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// `receipts/{batch}-{index}`.
    pub name: String,
    /// What is attested.
    pub statement: String,
    /// Place and path in the tree of the batch.
    pub inclusion: Inclusion,
    /// What was signed.
    pub batch: String,
    /// Who signed it.
    pub signature: Signature,
}

impl Batch {
    /// Signs `facts`, the lines that follow the name of each receipt, as the batch `id`: letters, digits and `-`. `signed_at` is
    /// an instant in RFC 3339.
    ///
    /// # Errors
    /// [`SigningFailed`].
    pub fn sign(
        id: &str,
        facts: &[String],
        signed_at: &str,
        signer: &dyn Signer,
    ) -> Result<Self, SigningFailed> {
        let statement = |(index, facts): (usize, &String)| {
            format!("algorithm: {STATEMENT}\nreceipt: {COLLECTION}{id}-{index}\n{facts}")
        };
        let statements: Vec<String> = facts.iter().enumerate().map(statement).collect();
        let tree = tree_over(&statements);
        let (size, root) = (tree.size(), tree.root());
        let text =
            format!("algorithm: {BATCH}\nbatch: {id}\nsize: {size}\nroot: {root}\nsigned_at: {signed_at}\n");
        let signature = signer.sign(text.as_bytes())?;
        Ok(Self { id: id.to_owned(), statements, text, signature, tree })
    }

    /// A batch that was signed before, from what was kept of it. Whether it is sound, [`Receipt::verify`] says.
    pub fn kept(id: &str, statements: Vec<String>, text: String, signature: Signature) -> Self {
        let tree = tree_over(&statements);
        Self { id: id.to_owned(), statements, text, signature, tree }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The statements in their order.
    pub fn statements(&self) -> &[String] {
        &self.statements
    }

    /// What was signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature over [`text`](Self::text).
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The receipt at a place, from 0; `None` past the last.
    pub fn receipt(&self, index: usize) -> Option<Receipt> {
        Some(Receipt {
            name: format!("{COLLECTION}{}-{index}", self.id),
            statement: self.statements.get(index)?.clone(),
            inclusion: self.tree.inclusion(index as u64)?,
            batch: self.text.clone(),
            signature: self.signature.clone(),
        })
    }
}

fn tree_over(statements: &[String]) -> Tree {
    let write = |number: usize, to: &mut Vec<u8>| to.extend(statements[number].as_bytes());
    Tree::of_leaf_hashes(merkle::leaf_hashes(statements.len(), write))
}

/// Batch and place that the name of a receipt tells; `None` for another text.
pub fn place_of(name: &str) -> Option<(&str, usize)> {
    let (batch, index) = name.strip_prefix(COLLECTION)?.rsplit_once('-')?;
    let place: usize = index.parse().ok()?;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    // One spelling for each place: no sign, no zero before.
    let spelt = place.to_string() == index && (1..=64).contains(&batch.len()) && batch.bytes().all(known);
    spelt.then_some((batch, place))
}

/// What a statement attests: the lines after those that name the receipt; `None` for a text without these.
pub fn attested(statement: &str) -> Option<&str> {
    let name = statement.strip_prefix("algorithm: ")?.strip_prefix(STATEMENT)?.strip_prefix("\nreceipt: ")?;
    Some(name.split_once('\n')?.1)
}

/// The value of the only line `name: …` of a text of lines.
pub fn fact_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut found = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests;
