//! What can go wrong with letters of commitment.

use domain::{FieldCode, OfficeCode, Uscc};
use service::error::Reason;
use service::machine::Refused;
use tonic::Code;

use crate::domain::{BreachKey, BreachUnfit, CommitmentKey, TemplateKey};

/// Why a letter, or the text of one, was not handled as asked.
#[derive(Debug, thiserror::Error)]
pub enum CommitmentError {
    /// There is no such version of a template.
    #[error("there is no `{}`", .0.name())]
    TemplateNotFound(TemplateKey),
    /// A letter was sent with the version: it can no longer change.
    #[error("a letter was sent with `{}`: it cannot change any more; add a version", .0.name())]
    TemplateInUse(TemplateKey),
    /// All versions of a template belong to one field.
    #[error("template `{template}` belongs to field `{field}`")]
    TemplateOfAnotherField {
        /// The template.
        template: String,
        /// Its field.
        field: FieldCode,
    },
    /// The version is not in effect on the day of the act.
    #[error("`{}` is not in effect today", .0.name())]
    TemplateNotEffective(TemplateKey),
    /// There is no such letter.
    #[error("there is no `{}`", .0.name())]
    NotFound(CommitmentKey),
    /// Only who holds a licence of the field signs its letter.
    #[error("enterprise `{uscc}` holds no valid licence of field `{field}`")]
    LicenceRequired {
        /// The enterprise.
        uscc: Uscc,
        /// The field.
        field: FieldCode,
    },
    /// One letter for each enterprise and field is in force.
    #[error("enterprise `{uscc}` has a letter in force in field `{field}`")]
    InForce {
        /// The enterprise.
        uscc: Uscc,
        /// The field.
        field: FieldCode,
    },
    /// The letter did not come back signed yet.
    #[error("`{}` is not signed", .0.name())]
    NotSigned(CommitmentKey),
    /// The letter is in a state in which this cannot be done.
    #[error("`{commitment}`: {refused}")]
    Refused {
        /// Name of the letter.
        commitment: String,
        /// What would be possible.
        refused: Box<Refused>,
    },
    /// The step belongs to other offices.
    #[error("office `{office}` may not take this step with `{commitment}`; that is for: {}", offices.join(", "))]
    Office {
        /// Office of the caller.
        office: OfficeCode,
        /// Name of the letter.
        commitment: String,
        /// Offices that may.
        offices: Vec<String>,
    },
    /// There is no such breach.
    #[error("there is no `{}`", .0.name())]
    BreachNotFound(BreachKey),
    /// The breach is closed; what comes after is another one.
    #[error("`{}` is closed", .0.name())]
    BreachClosed(BreachKey),
    /// What is told does not fit the breach.
    #[error(transparent)]
    Unfit(#[from] BreachUnfit),
    /// The service was started without an archive.
    #[error("this registry has no archive for signed copies")]
    ArchiveMissing,
    /// The archive refused, or what it holds is not what was put.
    #[error("the archive cannot serve the signed copy")]
    Archive(#[from] files::FilesError),
    /// The key could not sign.
    #[error("the service could not sign what it attests")]
    Signing(#[from] crypto::signer::SigningFailed),
}

impl CommitmentError {
    /// Status code, reason and details for the client.
    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::TemplateNotFound(key) => {
                Reason::new(Code::NotFound, "TEMPLATE_NOT_FOUND").with("template", key.name())
            }
            Self::TemplateInUse(key) => {
                Reason::new(Code::FailedPrecondition, "TEMPLATE_IN_USE").with("template", key.name())
            }
            Self::TemplateOfAnotherField { template, field } => {
                Reason::new(Code::FailedPrecondition, "TEMPLATE_OF_ANOTHER_FIELD")
                    .with("template", template)
                    .with("field", field)
            }
            Self::TemplateNotEffective(key) => {
                Reason::new(Code::FailedPrecondition, "TEMPLATE_NOT_EFFECTIVE").with("template", key.name())
            }
            Self::NotFound(key) => {
                Reason::new(Code::NotFound, "COMMITMENT_NOT_FOUND").with("commitment", key.name())
            }
            Self::LicenceRequired { uscc, field } => {
                Reason::new(Code::FailedPrecondition, "LICENCE_REQUIRED")
                    .with("uscc", uscc)
                    .with("field", field)
            }
            Self::InForce { uscc, field } => Reason::new(Code::AlreadyExists, "COMMITMENT_IN_FORCE")
                .with("uscc", uscc)
                .with("field", field),
            Self::NotSigned(key) => {
                Reason::new(Code::FailedPrecondition, "NOT_SIGNED").with("commitment", key.name())
            }
            Self::Refused { commitment, refused } => {
                use service::error::ServiceError as _;
                refused.reason().with("commitment", commitment)
            }
            Self::Office { office, commitment, offices } => {
                Reason::new(Code::PermissionDenied, "OFFICE_NOT_ALLOWED")
                    .with("office", office)
                    .with("commitment", commitment)
                    .with("offices", offices.join(", "))
            }
            Self::BreachNotFound(key) => {
                Reason::new(Code::NotFound, "BREACH_NOT_FOUND").with("breach", key.name())
            }
            Self::BreachClosed(key) => {
                Reason::new(Code::FailedPrecondition, "BREACH_CLOSED").with("breach", key.name())
            }
            Self::Unfit(BreachUnfit::PartyNotHeard) => {
                Reason::new(Code::FailedPrecondition, "PARTY_NOT_HEARD")
            }
            Self::Unfit(BreachUnfit::LimitNotPassed(limit)) => {
                Reason::new(Code::FailedPrecondition, "LIMIT_NOT_PASSED").with("correct_by", limit)
            }
            Self::Unfit(BreachUnfit::LicenceNotNamed(held)) => {
                Reason::new(Code::FailedPrecondition, "LICENCE_NOT_NAMED").with("licences", held.join(", "))
            }
            Self::Unfit(BreachUnfit::NotItsLicence(number)) => {
                Reason::new(Code::FailedPrecondition, "NOT_ITS_LICENCE").with("licence_no", number)
            }
            Self::Unfit(BreachUnfit::DayTooEarly { field, earliest }) => {
                Reason::new(Code::FailedPrecondition, "DAY_TOO_EARLY")
                    .with("field", field)
                    .with("earliest", earliest)
            }
            Self::ArchiveMissing => Reason::new(Code::FailedPrecondition, "ARCHIVE_MISSING"),
            Self::Archive(problem) if problem.is_lost() => Reason::new(Code::DataLoss, "FILE_UNREADABLE"),
            Self::Archive(_) => Reason::new(Code::Unavailable, "ARCHIVE_UNAVAILABLE"),
            Self::Signing(_) => Reason::new(Code::Internal, "SIGNING_FAILED"),
        }
    }
}
