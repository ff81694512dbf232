//! What can go wrong in every service alike.

use db::{InvalidPageSize, InvalidPageToken, is_contention};
use domain::RequestId;
use rulebook::RuleMissing;
use tonic::{Code, Status};

use super::{FieldErrors, Reason, ServiceError, status};
use crate::{auth::Denied, machine::Refused};

/// Errors that this crate's functions return. A service holds them in one variant of its own enum; see
/// [`convert_errors!`](crate::convert_errors!).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields of the request are missing or wrong.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// The caller may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The state machine does not allow this step now, or not to this person.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// One request id, two different requests.
    #[error("request id `{0}` was used before for another request")]
    RequestIdReused(RequestId),
    /// Another transaction was faster.
    #[error("the record was changed by another request; retry")]
    Contended,
    /// The database failed.
    #[error("the service could not reach its records")]
    Store(#[source] sqlx::Error),
    /// Stored bytes cannot be read: a fault of the program or of the disk. The text says which record; it is for the
    /// log, not for the client.
    #[error("a stored record cannot be read")]
    Corrupt(#[source] Corrupt),
    /// The rulebook has no such rule for the date of the act.
    #[error("the rule for this act is missing: {0}")]
    Rule(#[from] RuleMissing),
}

/// Which stored record cannot be read, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Corrupt(pub String);

impl Error {
    /// A stored record that cannot be read.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt(Corrupt(what.into()))
    }
}

/// Fields that say how far a list was read.
const PLACES: [&str; 2] = ["page_token", "resume_token"];

/// The reason of wrong fields. Where the place in a list is all that is wrong, its reader has one thing to do, which is to begin anew, and
/// so a reason to know it by.
fn wrong(fields: &FieldErrors) -> &'static str {
    let only_place = !fields.is_empty() && fields.iter().all(|field| PLACES.contains(&field.path.as_str()));
    if only_place { "PAGE_TOKEN_INVALID" } else { "INVALID_FIELDS" }
}

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::Invalid(fields) => Reason::new(Code::InvalidArgument, wrong(fields)).fields(fields),
            Self::Denied(denied) => denied.reason(),
            Self::Refused(refused) => refused.reason(),
            Self::RequestIdReused(id) => {
                Reason::new(Code::FailedPrecondition, "REQUEST_ID_REUSED").with("request_id", id)
            }
            Self::Contended => Reason::contended(),
            Self::Store(_) => Reason::new(Code::Unavailable, "STORE_UNAVAILABLE"),
            Self::Corrupt(_) => Reason::new(Code::DataLoss, "RECORD_UNREADABLE"),
            Self::Rule(missing) => {
                Reason::new(Code::FailedPrecondition, "RULE_MISSING").with("rule", missing)
            }
        }
    }
}

/// Written by hand: losing against another transaction is not a failure of the store.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_contention(&error) { Self::Contended } else { Self::Store(error) }
    }
}

impl From<FieldErrors> for Error {
    fn from(fields: FieldErrors) -> Self {
        Self::Invalid(fields)
    }
}

impl From<InvalidPageToken> for Error {
    fn from(problem: InvalidPageToken) -> Self {
        Self::Invalid(FieldErrors::one("page_token", problem))
    }
}

impl From<InvalidPageSize> for Error {
    fn from(problem: InvalidPageSize) -> Self {
        Self::Invalid(FieldErrors::one("page_size", problem))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        status(&error)
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;
    use crate::error::{DOMAIN, causes, reason_of};

    #[test]
    fn a_status_has_one_error_info_with_the_values_of_its_message() {
        let id = RequestId::parse("6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11").unwrap();
        let status = Status::from(Error::RequestIdReused(id.clone()));
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("REQUEST_ID_REUSED", DOMAIN));
        assert_eq!(info.metadata["request_id"], id.as_str());
        assert!(status.message().contains(id.as_str()));
    }

    #[test]
    fn every_bad_field_is_a_violation() {
        let status = Status::from(Error::from(InvalidPageToken));
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "page_token");
        assert_eq!(status.code(), Code::InvalidArgument);
    }

    #[test]
    fn a_place_in_a_list_that_is_all_that_is_wrong_has_a_reason_of_its_own() {
        let reason = |paths: &[&str]| {
            let mut fields = FieldErrors::default();
            paths.iter().for_each(|path| fields.push(*path, "is wrong"));
            Error::from(fields).reason().name()
        };
        assert_eq!(Error::from(InvalidPageToken).reason().name(), "PAGE_TOKEN_INVALID");
        assert_eq!(reason(&["resume_token"]), "PAGE_TOKEN_INVALID");
        for others in [&["page_token", "page_size"][..], &["page_size"], &["part.page_token"], &[]] {
            assert_eq!(reason(others), "INVALID_FIELDS", "{others:?}");
        }
    }

    #[test]
    fn driver_text_stays_inside() {
        let error = Error::from(sqlx::Error::Protocol("secret detail".to_owned()));
        assert!(causes(&error).contains("secret detail"));
        let status = Status::from(error);
        assert!(!format!("{status:?}").contains("secret"), "{status:?}");
    }

    #[test]
    fn losing_a_race_asks_for_a_retry() {
        let status = Status::from(Error::from(sqlx::Error::PoolTimedOut));
        assert_eq!((status.code(), reason_of(&status).as_deref()), (Code::Aborted, Some("CONTENDED")));
        assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    }
}
