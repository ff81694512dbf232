//! What the Feed service refuses.

use crypto::signer::SigningFailed;
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::RetryError;

/// Why a call of the Feed service did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The reader's position is not of this feed: it read a feed that was since restored, or another one.
    #[error("position {seq} of epoch {epoch} is not of this feed (epoch {ours}): {why}")]
    Diverged {
        /// The reader's epoch.
        epoch: i64,
        /// The reader's position.
        seq: i64,
        /// The feed's epoch.
        ours: i64,
        /// What does not agree.
        why: &'static str,
    },
    /// All places for streams are taken.
    #[error("{0} readers follow this feed already; retry later")]
    TooManyReaders(usize),
    /// A verification is running.
    #[error("the chain is being verified for somebody else; retry later")]
    Verifying,
    /// No follower of this name and feed runs in this process.
    #[error("no reader `{reader}` of feed `{feed}` runs here")]
    NoReader {
        /// Name of the reader.
        reader: String,
        /// Feed that it should read.
        feed: String,
    },
    /// Parked events were not all handled.
    #[error(transparent)]
    Retry(#[from] RetryError),
    /// The key for checkpoints did not work.
    #[error("the checkpoint could not be signed")]
    Signing(#[source] SigningFailed),
    /// As in every service.
    #[error(transparent)]
    Common(#[from] service::Error),
}

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::Diverged { epoch, seq, ours, .. } => Reason::new(Code::FailedPrecondition, super::DIVERGED)
                .with("epoch", epoch)
                .with("seq", seq)
                .with("feed_epoch", ours),
            Self::TooManyReaders(most) => {
                Reason::new(Code::ResourceExhausted, "TOO_MANY_READERS").with("most", most)
            }
            Self::Verifying => Reason::new(Code::ResourceExhausted, "VERIFICATION_RUNNING"),
            Self::NoReader { reader, feed } => {
                Reason::new(Code::NotFound, "READER_NOT_FOUND").with("reader", reader).with("feed", feed)
            }
            Self::Retry(RetryError::Poison { seq, why }) => {
                Reason::new(Code::FailedPrecondition, "EVENT_STILL_PARKED").with("seq", seq).with("why", why)
            }
            Self::Retry(RetryError::Unreadable { seq, why }) => {
                Reason::new(Code::FailedPrecondition, "EVENT_UNREADABLE").with("seq", seq).with("why", why)
            }
            Self::Retry(RetryError::Feed(_)) => Reason::new(Code::Unavailable, "FEED_UNAVAILABLE"),
            Self::Retry(RetryError::Later(_)) => Reason::new(Code::Unavailable, "STORE_UNAVAILABLE"),
            Self::Signing(_) => Reason::new(Code::Unavailable, "SIGNER_UNAVAILABLE"),
            Self::Common(common) => common.reason(),
        }
    }
}

service::convert_errors!(Error);
