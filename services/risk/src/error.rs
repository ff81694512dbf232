//! What can go wrong, and what it means to a client.

use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::engine::NotReady;

/// Why risk did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The enterprise has no class in this field: it is not marked there, or no run has taken effect yet.
    #[error("there is no class `{0}`")]
    ClassNotFound(String),
    /// There is no such run.
    #[error("there is no run `{0}`")]
    RunNotFound(String),
    /// A run is being computed; one at a time.
    #[error("run `{0}` is still being computed")]
    RunInProgress(String),
    /// Nothing can be computed for the day.
    #[error("no class can be computed: {0}")]
    NotReady(#[from] NotReady),
    /// What every service refuses alike.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::ClassNotFound(name) => Reason::new(Code::NotFound, "CLASS_NOT_FOUND").with("class", name),
            Self::RunNotFound(id) => Reason::new(Code::NotFound, "RUN_NOT_FOUND").with("run", id),
            Self::RunInProgress(id) => {
                Reason::new(Code::FailedPrecondition, "RUN_IN_PROGRESS").with("run", id)
            }
            Self::NotReady(problem) => {
                Reason::new(Code::FailedPrecondition, "NO_EFFECTIVE_MODEL").with("problem", problem)
            }
            Self::Common(common) => common.reason(),
        }
    }
}
