//! What can go wrong, and what it means to a client.

use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::NaturalId;

/// Why collection did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record.
    #[error("there is no record `records/{0}`")]
    RecordNotFound(NaturalId),
    /// What every service refuses alike.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::RecordNotFound(id) => {
                Reason::new(Code::NotFound, "RECORD_NOT_FOUND").with("name", format_args!("records/{id}"))
            }
            Self::Common(common) => common.reason(),
        }
    }
}
