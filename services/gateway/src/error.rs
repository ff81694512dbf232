//! What can go wrong in the gateway itself. What a service answered is passed on in its own words.

use std::time::Duration;

use domain::Uscc;
use service::error::{Reason, ServiceError};
use tonic::{Code, Status};

use crate::parts::Failure;

/// Pause that a client is told to make while a service is away: so long the gateway itself leaves one alone.
const AWAY_PAUSE: Duration = Duration::from_secs(1);

/// An error of the gateway.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry does not know the enterprise.
    #[error("enterprise `{0}` is not registered")]
    EnterpriseNotFound(Uscc),
    /// No published letter of commitment in force has this name. Whether there is another one is not said.
    #[error("no published commitment is called `{0}`")]
    CommitmentNotFound(String),
    /// No draw of a task of this name is announced. Whether there is such a task is not said.
    #[error("no announced draw is called `{0}`")]
    DrawNotFound(String),
    /// No published penalty has a text of this name. Whether there is another one is not said.
    #[error("no published decision has the text `{0}`")]
    DecisionNotFound(String),
    /// The one service that could answer did not.
    #[error("{service}: {failure}")]
    Part {
        /// The service that was asked.
        service: &'static str,
        /// What came of it.
        failure: Failure,
    },
    /// Published data cannot be read now. Says nothing of the inside.
    #[error("the published data cannot be read now; retry")]
    PublicationsAway,
    /// A service's answer makes no sense: a fault of a program. The text is for the log.
    #[error("an answer of {service} cannot be read")]
    Unreadable {
        /// The service that answered.
        service: &'static str,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer cannot be written as JSON: a fault of a program. The text is for the log.
    #[error("the answer cannot be written")]
    Unwritable(#[from] contract::json::JsonError),
    /// A workbook could not be written. The text is for the log.
    #[error("the workbook could not be written")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    /// What goes wrong in every service alike.
    #[error(transparent)]
    Common(#[from] service::Error),
}

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::EnterpriseNotFound(uscc) => {
                Reason::new(Code::NotFound, "ENTERPRISE_NOT_FOUND").with("uscc", uscc)
            }
            Self::CommitmentNotFound(name) => {
                Reason::new(Code::NotFound, "COMMITMENT_NOT_FOUND").with("name", name)
            }
            Self::DrawNotFound(name) => Reason::new(Code::NotFound, "DRAW_NOT_FOUND").with("name", name),
            Self::DecisionNotFound(name) => {
                Reason::new(Code::NotFound, "DECISION_NOT_FOUND").with("name", name)
            }
            Self::Part { service, failure } => {
                let refused = Reason::new(failure.code(), "SERVICE_UNAVAILABLE").with("service", service);
                if failure.code() == Code::Unavailable { refused.retry_after(AWAY_PAUSE) } else { refused }
            }
            Self::PublicationsAway => {
                Reason::new(Code::Unavailable, "PUBLICATIONS_UNAVAILABLE").retry_after(AWAY_PAUSE)
            }
            Self::Unreadable { service, .. } => {
                Reason::new(Code::Internal, "ANSWER_UNREADABLE").with("service", service)
            }
            Self::Unwritable(_) => Reason::new(Code::Internal, "INTERNAL"),
            Self::Workbook(_) => Reason::new(Code::Internal, "WORKBOOK_NOT_WRITTEN"),
            Self::Common(error) => error.reason(),
        }
    }
}

service::convert_errors!(Error: service::auth::Denied, service::FieldErrors, service::error::InvalidPageToken,
    service::error::InvalidPageSize);

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            // A refusal in a service's own words keeps its reason, its values and its fields.
            Error::Part { failure: Failure::Refused(status), .. } => {
                Self::with_details(status.code(), status.message(), status.details().to_vec().into())
            }
            error => service::error::status(&error),
        }
    }
}
