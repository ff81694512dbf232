//! What an application for repair can be refused, and what that means to a client.

use chrono::NaiveDate;
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::repair::{RepairName, Subject};

/// Refusals of applications for repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepairRefused {
    /// No such application.
    #[error("repair `{0}` does not exist")]
    NotFound(RepairName),
    /// Nothing of this name can be repaired: it does not exist, was never decided, or is void.
    #[error("`{0}` is nothing that can be repaired")]
    SubjectNotFound(Subject),
    /// The subject has an application that is not over.
    #[error("`{0}` already has an application that is not over")]
    Exists(Subject),
    /// Something stands in the way.
    #[error("`{subject}` may not be repaired yet; first day: {}; in the way: {blocks}", first(*eligible_from))]
    NotEligible {
        /// The subject.
        subject: Subject,
        /// First day as things stand; `None` while it is not known.
        eligible_from: Option<NaiveDate>,
        /// What stands in the way, codes with their facts.
        blocks: String,
    },
    /// Another office decided, and so repairs.
    #[error("office `{office}` does not decide about this subject; that is for: {authorities}")]
    NotAuthority {
        /// The office of the caller.
        office: String,
        /// Those that do.
        authorities: String,
    },
    /// Papers are missing, so it cannot be accepted.
    #[error("papers are missing: {missing}")]
    Incomplete {
        /// Kinds of paper.
        missing: String,
    },
    /// Nothing is missing, so there is nothing to ask for.
    #[error("no gap is named and no paper is missing")]
    NoGaps,
    /// The party is registered in this province.
    #[error("the party of `{0}` is registered in this province: there is no other one to tell")]
    RegisteredHere(RepairName),
    /// No province was told that could have answered.
    #[error("nothing that the other province was told about `{0}` waits for its answer")]
    NothingPushed(RepairName),
    /// The first list of gaps did not name it.
    #[error("the first list of gaps did not name: {gaps}; an authority asks once")]
    GapNotNamedBefore {
        /// Kinds of paper.
        gaps: String,
    },
    /// The last verification, or one on site, does not confirm what must be proven.
    #[error("it is not verified: {wanted}")]
    NotVerified {
        /// What is missing.
        wanted: &'static str,
    },
    /// The breach is grave or repeated.
    #[error("the breach is grave or repeated ({reasons}): the panel comes first")]
    PanelRequired {
        /// Codes of the set `repair_strict`.
        reasons: String,
    },
    /// Offices of the panel have not said what they think.
    #[error("opinions of the panel are missing: {missing}")]
    PanelIncomplete {
        /// The offices.
        missing: String,
    },
    /// The repair took nothing away that could come back.
    #[error("`{0}` is not restored: a new decision lists it again")]
    NothingToRestore(Subject),
}

fn first(day: Option<NaiveDate>) -> String {
    day.map_or_else(|| "not known".to_owned(), |day| day.to_string())
}

impl ServiceError for RepairRefused {
    fn reason(&self) -> Reason {
        let precondition = |name| Reason::new(Code::FailedPrecondition, name);
        match self {
            Self::NotFound(name) => Reason::new(Code::NotFound, "REPAIR_NOT_FOUND").with("name", name),
            Self::SubjectNotFound(subject) => {
                Reason::new(Code::NotFound, "REPAIR_SUBJECT_NOT_FOUND").with("subject", subject)
            }
            Self::Exists(subject) => {
                Reason::new(Code::AlreadyExists, "REPAIR_EXISTS").with("subject", subject)
            }
            Self::NotEligible { subject, eligible_from, blocks } => precondition("NOT_ELIGIBLE")
                .with("subject", subject)
                .with("eligible_from", eligible_from.map(|day| day.to_string()).unwrap_or_default())
                .with("blocks", blocks),
            Self::NotAuthority { office, authorities } => {
                Reason::new(Code::PermissionDenied, "NOT_DECIDING_AUTHORITY")
                    .with("office", office)
                    .with("authorities", authorities)
            }
            Self::Incomplete { missing } => precondition("REPAIR_INCOMPLETE").with("missing", missing),
            Self::NoGaps => precondition("NO_GAPS"),
            Self::RegisteredHere(name) => precondition("REGISTERED_HERE").with("name", name),
            Self::NothingPushed(name) => precondition("NOTHING_PUSHED").with("name", name),
            Self::GapNotNamedBefore { gaps } => precondition("GAP_NOT_NAMED_BEFORE").with("gaps", gaps),
            Self::NotVerified { wanted } => precondition("VERIFICATION_MISSING").with("wanted", wanted),
            Self::PanelRequired { reasons } => precondition("PANEL_REQUIRED").with("reasons", reasons),
            Self::PanelIncomplete { missing } => precondition("PANEL_INCOMPLETE").with("missing", missing),
            Self::NothingToRestore(subject) => precondition("NOTHING_TO_RESTORE").with("subject", subject),
        }
    }
}
