//! What the service `Deliveries` refuses.

use db::is_contention;
use service::error::{Reason, ServiceError};
use tonic::Code;
use uuid::Uuid;

use super::convert::name;
use crate::{DeliveryState, ExchangeError};

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No delivery has this name.
    #[error("there is no delivery `{0}`")]
    NotFound(Uuid),
    /// It is under way, or another follows it.
    #[error(
        "delivery `{0}` is {1}: only a dead letter, or the latest acknowledged delivery of its subject, is sent again"
    )]
    NotResendable(Uuid, DeliveryState),
    /// As in every service.
    #[error(transparent)]
    Common(#[from] service::Error),
}

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::NotFound(id) => Reason::new(Code::NotFound, "DELIVERY_NOT_FOUND").with("name", name(*id)),
            Self::NotResendable(id, state) => {
                Reason::new(Code::FailedPrecondition, "DELIVERY_NOT_RESENDABLE")
                    .with("name", name(*id))
                    .with("state", state)
            }
            Self::Common(common) => common.reason(),
        }
    }
}

service::convert_errors!(Error);

impl From<ExchangeError> for Error {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::NotFound(id) => Self::NotFound(id),
            ExchangeError::NotResendable { delivery_id, state } => Self::NotResendable(delivery_id, state),
            ExchangeError::Store(error) if is_contention(&error) => service::Error::Contended.into(),
            ExchangeError::Store(error) => service::Error::Store(error).into(),
            ExchangeError::Invalid { field, problem } => service::FieldErrors::one(field, problem).into(),
            // Nothing here enqueues or settles: what is left is a row that cannot be read.
            other => service::Error::corrupt(other.to_string()).into(),
        }
    }
}
