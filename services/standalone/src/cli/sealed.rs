//! What the commands are asked that check offline what was signed: `xinjian commitment` and `xinjian receipt`.

use std::path::PathBuf;

use clap::Subcommand;

/// Commands of `commitment`.
#[derive(Debug, Subcommand)]
pub enum CommitmentCommand {
    /// Check a published letter offline: what it says about itself, and who attests to it. Exit code 1 when it is refused.
    Verify {
        /// The letter as the public listener answers it: `/public/v1/enterprises/…/commitments/…`.
        #[arg(value_name = "LETTER")]
        file: PathBuf,
        /// The public key that it was signed with (PEM), from the bureau or from `/public/v1/signingKeys`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The signed copy, if it is at hand: it must be the one that was archived.
        #[arg(long, value_name = "FILE")]
        copy: Option<PathBuf>,
    },
}

/// Commands of `receipt`.
#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Check a receipt offline: what was answered, that it stands in its batch, and who signed that. Exit code 1 when it is refused.
    Verify {
        /// The receipt as `GetReceipt` answers it in JSON (`/v1/receipts/…`), or the answer of a check that holds one.
        #[arg(value_name = "RECEIPT")]
        file: PathBuf,
        /// The public key that it was signed with (PEM), from the bureau or from `/v1/receiptKeys`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}
