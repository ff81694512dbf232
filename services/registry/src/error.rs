//! What can go wrong, and what it means to a client.

use chrono::NaiveDate;
use domain::{OfficeCode, Uscc};
use service::error::{Reason, ServiceError};
use service::machine::Refused;
use tonic::Code;

use crate::domain::{MarkKey, PartyId};

mod commitment;

pub use commitment::CommitmentError;

/// Why the registry did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The enterprise is not in the register.
    #[error("enterprise `{0}` is not registered")]
    EnterpriseNotFound(Uscc),
    /// The party is not in the register.
    #[error("there is no party `{}`", .0.name())]
    PartyNotFound(PartyId),
    /// No erasure of who this record is about waits to be followed.
    #[error("no erasure of `{0}` waits to be followed here")]
    ErasureNotOpen(String),
    /// Another entry has this code.
    #[error("credit code `{0}` is already registered")]
    UsccTaken(Uscc),
    /// The entry has changed since the caller read it.
    #[error("enterprise `{0}` has changed since it was read; read it again")]
    EtagMismatch(Uscc),
    /// The party has changed since the caller read it.
    #[error("party `{}` has changed since it was read; read it again", .0.name())]
    PartyEtagMismatch(PartyId),
    /// Who the party is was erased.
    #[error("party `{}` was erased", .0.name())]
    PartyErased(PartyId),
    /// There is no licence of this number.
    #[error("there is no licence `{0}`")]
    LicenceNotFound(String),
    /// The number belongs to a licence of another holder or field.
    #[error("licence `{licence_no}` belongs to `{holder}`")]
    LicenceHeldByAnother {
        /// The number.
        licence_no: String,
        /// Who holds it, in which field: name of the mark that it carries.
        holder: String,
    },
    /// A record that stands tells the licence, whatever an officer has made of it since.
    #[error(
        "licence `{licence_no}` was told by `{record}`: its provider withdraws the record, and what is wrong is put right by hand"
    )]
    LicenceFromRecord {
        /// The number.
        licence_no: String,
        /// The record.
        record: String,
    },
    /// The licence says something else by a later decision.
    #[error("licence `{licence_no}` says something else by the decision of {decided_on}, which stands")]
    LaterDecisionKnown {
        /// The number.
        licence_no: String,
        /// Day of that decision.
        decided_on: NaiveDate,
    },
    /// The enterprise has no mark in this field.
    #[error("there is no mark `{}`", .0.name())]
    MarkNotFound(MarkKey),
    /// The step belongs to the offices that the rulebook names for the sub-kinds of the mark.
    #[error("office `{office}` may not decide about `{mark}`; that is for: {}", list(offices))]
    OfficeNotAllowed {
        /// Office of the caller.
        office: OfficeCode,
        /// Name of the mark.
        mark: String,
        /// Offices that may.
        offices: Vec<String>,
    },
    /// The mark is in a state in which this cannot be done.
    #[error("`{mark}`: {refused}")]
    MarkRefused {
        /// Name of the mark.
        mark: String,
        /// What would be possible.
        refused: Refused,
    },
    /// A letter of commitment, or the text of one, was not handled as asked.
    #[error(transparent)]
    Commitment(#[from] CommitmentError),
    /// The review is of another office.
    #[error("a review for `{purpose}` is not for `{office}`; it is for: {}", list(offices))]
    PurposeNotYours {
        /// What is applied for.
        purpose: String,
        /// Office of the caller.
        office: OfficeCode,
        /// Offices that may ask.
        offices: Vec<String>,
    },
    /// The review is of foreign-invested enterprises alone.
    #[error("enterprise `{0}` is not foreign-invested")]
    NotForeignInvested(Uscc),
    /// What is to be told to the publicity system could not be handed over: a fault of the program or of the store.
    #[error("the registry could not hand over what is to be published")]
    Exchange(#[source] Box<exchange::ExchangeError>),
    /// What every service refuses alike.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::EnterpriseNotFound(uscc) => {
                Reason::new(Code::NotFound, "ENTERPRISE_NOT_FOUND").with("uscc", uscc)
            }
            Self::PartyNotFound(id) => {
                Reason::new(Code::NotFound, "PARTY_NOT_FOUND").with("party", id.name())
            }
            Self::ErasureNotOpen(name) => Reason::new(Code::NotFound, "ERASURE_NOT_OPEN").with("name", name),
            Self::UsccTaken(uscc) => Reason::new(Code::AlreadyExists, "USCC_TAKEN").with("uscc", uscc),
            Self::EtagMismatch(uscc) => Reason::new(Code::Aborted, "ETAG_MISMATCH").with("uscc", uscc),
            Self::PartyEtagMismatch(id) => {
                Reason::new(Code::Aborted, "ETAG_MISMATCH").with("party", id.name())
            }
            Self::PartyErased(id) => {
                Reason::new(Code::FailedPrecondition, "PARTY_ERASED").with("party", id.name())
            }
            Self::LicenceNotFound(number) => {
                Reason::new(Code::NotFound, "LICENCE_NOT_FOUND").with("licence_no", number)
            }
            Self::LicenceHeldByAnother { licence_no, holder } => {
                Reason::new(Code::AlreadyExists, "LICENCE_HELD_BY_ANOTHER")
                    .with("licence_no", licence_no)
                    .with("holder", holder)
            }
            Self::LicenceFromRecord { licence_no, record } => {
                Reason::new(Code::FailedPrecondition, "LICENCE_FROM_RECORD")
                    .with("licence_no", licence_no)
                    .with("record", record)
            }
            Self::LaterDecisionKnown { licence_no, decided_on } => {
                Reason::new(Code::FailedPrecondition, "LATER_DECISION_KNOWN")
                    .with("licence_no", licence_no)
                    .with("decided_on", decided_on)
            }
            Self::MarkNotFound(key) => Reason::new(Code::NotFound, "MARK_NOT_FOUND").with("mark", key.name()),
            Self::OfficeNotAllowed { office, mark, offices } => {
                Reason::new(Code::PermissionDenied, "OFFICE_NOT_ALLOWED")
                    .with("office", office)
                    .with("mark", mark)
                    .with("offices", list(offices))
            }
            Self::PurposeNotYours { purpose, office, offices } => {
                Reason::new(Code::PermissionDenied, "PURPOSE_NOT_YOURS")
                    .with("purpose", purpose)
                    .with("office", office)
                    .with("offices", list(offices))
            }
            Self::NotForeignInvested(uscc) => {
                Reason::new(Code::FailedPrecondition, "NOT_FOREIGN_INVESTED").with("uscc", uscc)
            }
            Self::MarkRefused { mark, refused } => refused.reason().with("mark", mark),
            Self::Commitment(problem) => problem.reason(),
            Self::Exchange(_) => Reason::new(Code::Internal, "EXCHANGE_FAILED"),
            Self::Common(common) => common.reason(),
        }
    }
}

fn list(offices: &[String]) -> String {
    offices.join(", ")
}

/// Losing a race may pass; what our own rules refuse, they refuse each time.
impl From<Error> for feed::ApplyError {
    fn from(error: Error) -> Self {
        match error {
            Error::Common(common) => common.into(),
            Error::Exchange(problem) => Self::Later(problem),
            refused => Self::poison(refused),
        }
    }
}
