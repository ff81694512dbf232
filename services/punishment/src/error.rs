//! What can go wrong in this service, and the one table of what it means to a client.

mod extension;
mod repair;

use chrono::NaiveDate;
use crypto::signer::SigningFailed;
use domain::{DocumentNumber, LegalName, Uscc};
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::abnormal::LetterRule;
use crate::domain::assessment::MustDrop;
use crate::domain::heavier::NotListable;
use crate::domain::list::EntryName;
use crate::domain::measure::MeasureName;
use crate::domain::remedy::{Against, RemedyName, UnfitChange};

pub use extension::ExtensionRefused;
pub use repair::RepairRefused;

/// Errors of this service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such entry of the directory.
    #[error("entry `{0}` does not exist")]
    EntryNotFound(EntryName),
    /// No such case.
    #[error("case `{0}` does not exist")]
    CaseNotFound(EntryName),
    /// The enterprise has a live entry on the same ground.
    #[error("`{uscc}` already has a live entry on ground `{ground}`")]
    EntryExists {
        /// The enterprise.
        uscc: Uscc,
        /// The ground.
        ground: String,
    },
    /// Of several cases that are asked for together one is refused, and so all are.
    #[error("`{name}`: {refused}")]
    OfBatch {
        /// The case.
        name: EntryName,
        /// Why.
        #[source]
        refused: Box<Error>,
    },
    /// The penalty decision has a live case.
    #[error("`{uscc}` already has a live case for penalty decision `{penalty}`")]
    CaseExists {
        /// The party.
        uscc: Uscc,
        /// The penalty decision.
        penalty: DocumentNumber,
    },
    /// The computed part of the listing test fails.
    #[error(transparent)]
    NotListable(#[from] NotListable),
    /// The party may still defend itself.
    #[error("the party may state its defence until {until}; record it, or wait until that day has passed")]
    DefencePeriodRunning {
        /// Last day of the period.
        until: NaiveDate,
    },
    /// The last day of the period for defence cannot be computed yet.
    #[error("the last day for the defence awaits the calendar of its year")]
    DefencePeriodUnknown,
    /// The date of the act lies in the future or before the step it follows.
    #[error("the act cannot take effect on {on}: {problem}")]
    DateOutOfOrder {
        /// The day given.
        on: NaiveDate,
        /// Why not.
        problem: &'static str,
    },
    /// The letters do not verify that nobody can be reached.
    #[error(
        "{letters} letters are on file; the last {} must be unsigned, each sent {} to {} days after the one before",
        .rule.count, .rule.least, .rule.most
    )]
    LettersMissing {
        /// Letters on file.
        letters: usize,
        /// What the law of the day wants of them.
        rule: LetterRule,
    },
    /// The party was not ordered to publish yet.
    #[error("`{0}` stands for what the party was ordered to publish: no order is on file")]
    OrderMissing(EntryName),
    /// The party may still publish: the period of the order, or of the report, is not over.
    #[error("the party may publish until {until}; the listing is proposed after that day")]
    OrderRunning {
        /// Last day of the period.
        until: NaiveDate,
    },
    /// The ground of the entry asks for no order, or there was one.
    #[error("`{0}` is on a ground without an order to publish, or its order is on file")]
    OrderUnfit(EntryName),
    /// Another authority decided the listing.
    #[error("`{authority}` listed `{name}`, and decides what becomes of it, not `{office}`")]
    ListedByOther {
        /// The entry.
        name: EntryName,
        /// The office that acted.
        office: String,
        /// The one that decided the listing.
        authority: String,
    },
    /// The period for objections is over.
    #[error("the party could object until {until}; reconsideration and suit are still open to it")]
    ObjectionLate {
        /// Last day of the period.
        until: NaiveDate,
    },
    /// The ground of removal is not one for the ground of listing.
    #[error("`{ground}` is no ground to remove what was listed on ground `{listed}`; that is: {fitting}")]
    RemovalGroundUnfit {
        /// The ground of removal.
        ground: String,
        /// The ground of listing.
        listed: String,
        /// Those that are one on the day.
        fitting: String,
    },
    /// The period for this removal does not count from a verification, or what it was asked for is verified already.
    #[error(
        "the removal of `{0}` is to be decided by a period that runs already: no verification begins it anew"
    )]
    RemovalVerificationUnfit(EntryName),
    /// Nobody was asked whether the licence is revoked, or that was answered.
    #[error("whether the licence of the party of `{0}` is revoked is not to be considered, or was")]
    RevocationNotAsked(EntryName),
    /// Nobody was asked whether the entry is made again, or that was answered.
    #[error("whether the entry `{0}` is made again is not to be considered, or was")]
    ReturnNotAsked(EntryName),
    /// The entry stands for annual reports, and the party has not published all of them.
    #[error("`{name}` stands for annual reports: those of {years} are still missing")]
    ReportsMissing {
        /// The entry.
        name: EntryName,
        /// The years, the first first.
        years: String,
    },
    /// The assessment bars the listing.
    #[error("the assessment bars the listing: {}; the case can only be dropped", .0.word())]
    MustBeDropped(MustDrop),
    /// Factors of order 44 art 12 were not weighed.
    #[error("the assessment does not weigh {factors}")]
    FactorsUnweighed {
        /// Codes of the factors.
        factors: String,
    },
    /// The party asked for a hearing too late.
    #[error("the party could ask for a hearing until {until}")]
    HearingRequestLate {
        /// Last day of the period.
        until: NaiveDate,
    },
    /// The party would be told too late of the hearing.
    #[error("told today, the party can be heard on {earliest} at the earliest")]
    HearingTooEarly {
        /// First day on which it may be held.
        earliest: NaiveDate,
    },
    /// The officer who is to conduct the hearing has taken a step of the case.
    #[error("`{person}` handles the case and cannot conduct its hearing")]
    HearerHandlesCase {
        /// The officer.
        person: String,
    },
    /// The province of registration knows how the listing stands, or does not show it.
    #[error("there is nothing that the province of registration is still to be told about `{0}`")]
    NothingToTell(EntryName),
    /// Nobody is to revoke the listing.
    #[error("nobody is to revoke `{0}`: no record of its penalty was withdrawn, or that was answered")]
    NothingToRevoke(EntryName),
    /// No such remedy.
    #[error("remedy `{0}` does not exist")]
    RemedyNotFound(RemedyName),
    /// There is no listing to contest.
    #[error("`{0}` is no listing: it was never decided, or counts as never made")]
    NotListed(EntryName),
    /// There is no refusal to contest.
    #[error("`{0}` holds no answer against the party that is known to be open to a remedy")]
    NotRefused(Against),
    /// The matter is registered already.
    #[error("remedy `{document_no}` against `{entry}` is registered already")]
    RemedyExists {
        /// What it is against.
        entry: Against,
        /// Number of the matter.
        document_no: DocumentNumber,
    },
    /// What is to be told to others cannot be put on its way.
    #[error("what is to be told to others could not be handed to the exchange")]
    Exchange(#[source] Box<exchange::ExchangeError>),
    /// What a case that needs more time is refused.
    #[error(transparent)]
    Extension(#[from] ExtensionRefused),
    /// What an application for repair is refused.
    #[error(transparent)]
    Repair(#[from] RepairRefused),
    /// No such measure.
    #[error("measure `{0}` does not exist")]
    MeasureNotFound(MeasureName),
    /// Another basis was checked than the measure has.
    #[error("the basis of `{name}` is `{basis}`; another one was cited")]
    BasisDiffers {
        /// The measure.
        name: MeasureName,
        /// Its basis.
        basis: String,
    },
    /// A system cannot be told of a measure in its own words.
    #[error("`{receiver}` cannot be told of the measure: {problem}")]
    ReceiverNotTold {
        /// The system.
        receiver: String,
        /// Why not.
        problem: Box<exchange::Unmappable>,
    },
    /// A system that is not told of the measure.
    #[error("`{receiver}` is not told of `{name}`")]
    ReceiverUnknown {
        /// The measure.
        name: MeasureName,
        /// The system.
        receiver: String,
    },
    /// A system that has not taken the measure cannot have applied it.
    #[error("`{receiver}` has not taken `{name}`: there is no use of it to report")]
    ReceiverHasNotTaken {
        /// The measure.
        name: MeasureName,
        /// The system.
        receiver: String,
    },
    /// Another office speaks for the system.
    #[error("`{speaker}` reports what `{receiver}` does by `{name}`, not `{office}`")]
    NotReceiversOffice {
        /// The measure.
        name: MeasureName,
        /// The system.
        receiver: String,
        /// The office that reported.
        office: String,
        /// The one that speaks for the system.
        speaker: String,
    },
    /// No party has or had this name.
    #[error("no party is or was called `{0}`; ask by its credit code")]
    PartyNameUnknown(LegalName),
    /// No such receipt.
    #[error("receipt `{0}` does not exist")]
    ReceiptNotFound(String),
    /// The service has no key to sign receipts with.
    #[error("this service has no key for receipts; ask without one")]
    ReceiptsNotSigned,
    /// A receipt could not be signed.
    #[error("the receipt could not be signed; retry")]
    Signing(#[from] SigningFailed),
    /// A receipt could not be made durable, so the answer was not given.
    #[error("the receipt could not be kept, so there is no answer; retry")]
    ReceiptNotKept,
    /// What every service has.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl Error {
    /// The same as the refusal of one case among several: whoever sent five hundred is told which.
    pub(crate) fn of_batch(self, name: &EntryName) -> Self {
        Self::OfBatch { name: name.clone(), refused: Box::new(self) }
    }
}

impl From<UnfitChange> for Error {
    fn from(unfit: UnfitChange) -> Self {
        service::FieldErrors::one(format!("outcome.{}", unfit.field), unfit.problem).into()
    }
}

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        match self {
            Self::EntryNotFound(name) => Reason::new(Code::NotFound, "ENTRY_NOT_FOUND").with("name", name),
            Self::CaseNotFound(name) => Reason::new(Code::NotFound, "CASE_NOT_FOUND").with("name", name),
            Self::EntryExists { uscc, ground } => {
                Reason::new(Code::AlreadyExists, "ENTRY_EXISTS").with("uscc", uscc).with("ground", ground)
            }
            Self::OfBatch { name, refused } => refused.reason().with("name", name),
            Self::CaseExists { uscc, penalty } => Reason::new(Code::AlreadyExists, "CASE_EXISTS")
                .with("uscc", uscc)
                .with("penalty_document_no", penalty),
            Self::NotListable(NotListable::GroundUnknown { ground, on }) => {
                Reason::new(Code::InvalidArgument, "GROUND_UNKNOWN").with("ground", ground).with("on", on)
            }
            Self::NotListable(NotListable::OtherField { ground, field, of }) => {
                Reason::new(Code::InvalidArgument, "GROUND_OF_ANOTHER_FIELD")
                    .with("ground", ground)
                    .with("field", field)
                    .with("of", of)
            }
            Self::NotListable(NotListable::NotHeavier { kinds, grade }) => {
                Reason::new(Code::FailedPrecondition, "PENALTY_NOT_HEAVIER")
                    .with("kinds", kinds)
                    .with("grade", grade)
            }
            Self::DefencePeriodRunning { until } => {
                Reason::new(Code::FailedPrecondition, "DEFENCE_PERIOD_RUNNING").with("until", until)
            }
            Self::DefencePeriodUnknown => Reason::new(Code::FailedPrecondition, "DEFENCE_PERIOD_UNKNOWN"),
            Self::DateOutOfOrder { on, problem } => Reason::new(Code::InvalidArgument, "DATE_OUT_OF_ORDER")
                .with("on", on)
                .with("problem", problem),
            Self::LettersMissing { letters, rule } => {
                Reason::new(Code::FailedPrecondition, "LETTERS_MISSING")
                    .with("letters", letters)
                    .with("count", rule.count)
                    .with("least_days", rule.least)
                    .with("most_days", rule.most)
            }
            Self::OrderMissing(name) => {
                Reason::new(Code::FailedPrecondition, "ORDER_MISSING").with("name", name)
            }
            Self::OrderRunning { until } => {
                Reason::new(Code::FailedPrecondition, "ORDER_RUNNING").with("until", until)
            }
            Self::OrderUnfit(name) => Reason::new(Code::FailedPrecondition, "ORDER_UNFIT").with("name", name),
            Self::ListedByOther { name, office, authority } => {
                Reason::new(Code::PermissionDenied, "LISTED_BY_OTHER")
                    .with("name", name)
                    .with("office", office)
                    .with("authority", authority)
            }
            Self::ObjectionLate { until } => {
                Reason::new(Code::FailedPrecondition, "OBJECTION_LATE").with("until", until)
            }
            Self::RemovalGroundUnfit { ground, listed, fitting } => {
                Reason::new(Code::InvalidArgument, "REMOVAL_GROUND_UNFIT")
                    .with("ground", ground)
                    .with("listed", listed)
                    .with("fitting", fitting)
            }
            Self::RemovalVerificationUnfit(name) => {
                Reason::new(Code::FailedPrecondition, "REMOVAL_VERIFICATION_UNFIT").with("name", name)
            }
            Self::RevocationNotAsked(name) => {
                Reason::new(Code::FailedPrecondition, "REVOCATION_NOT_ASKED").with("name", name)
            }
            Self::ReturnNotAsked(name) => {
                Reason::new(Code::FailedPrecondition, "RETURN_NOT_ASKED").with("name", name)
            }
            Self::ReportsMissing { name, years } => Reason::new(Code::FailedPrecondition, "REPORTS_MISSING")
                .with("name", name)
                .with("years", years),
            Self::MustBeDropped(why) => {
                Reason::new(Code::FailedPrecondition, "MUST_BE_DROPPED").with("why", why.word())
            }
            Self::FactorsUnweighed { factors } => {
                Reason::new(Code::InvalidArgument, "FACTORS_UNWEIGHED").with("factors", factors)
            }
            Self::HearingRequestLate { until } => {
                Reason::new(Code::FailedPrecondition, "HEARING_REQUEST_LATE").with("until", until)
            }
            Self::HearingTooEarly { earliest } => {
                Reason::new(Code::FailedPrecondition, "HEARING_TOO_EARLY").with("earliest", earliest)
            }
            Self::HearerHandlesCase { person } => {
                Reason::new(Code::FailedPrecondition, "HEARER_HANDLES_CASE").with("person", person)
            }
            Self::NothingToTell(name) => {
                Reason::new(Code::FailedPrecondition, "NOTHING_TO_TELL").with("name", name)
            }
            Self::NothingToRevoke(name) => {
                Reason::new(Code::FailedPrecondition, "NOTHING_TO_REVOKE").with("name", name)
            }
            Self::RemedyNotFound(name) => Reason::new(Code::NotFound, "REMEDY_NOT_FOUND").with("name", name),
            Self::NotListed(name) => Reason::new(Code::FailedPrecondition, "NOT_LISTED").with("name", name),
            Self::NotRefused(name) => Reason::new(Code::FailedPrecondition, "NOT_REFUSED").with("name", name),
            Self::RemedyExists { entry, document_no } => Reason::new(Code::AlreadyExists, "REMEDY_EXISTS")
                .with("entry", entry)
                .with("document_no", document_no),
            Self::Exchange(_) => Reason::new(Code::Internal, "EXCHANGE_FAILED"),
            Self::Extension(refused) => refused.reason(),
            Self::Repair(refused) => refused.reason(),
            Self::MeasureNotFound(name) => {
                Reason::new(Code::NotFound, "MEASURE_NOT_FOUND").with("name", name)
            }
            Self::BasisDiffers { name, basis } => {
                Reason::new(Code::FailedPrecondition, "BASIS_DIFFERS").with("name", name).with("basis", basis)
            }
            Self::ReceiverNotTold { receiver, problem } => {
                Reason::new(Code::FailedPrecondition, "RECEIVER_NOT_TOLD")
                    .with("receiver", receiver)
                    .with("problem", problem)
            }
            Self::ReceiverUnknown { name, receiver } => {
                Reason::new(Code::FailedPrecondition, "RECEIVER_UNKNOWN")
                    .with("name", name)
                    .with("receiver", receiver)
            }
            Self::ReceiverHasNotTaken { name, receiver } => {
                Reason::new(Code::FailedPrecondition, "MEASURE_NOT_TAKEN")
                    .with("name", name)
                    .with("receiver", receiver)
            }
            Self::NotReceiversOffice { name, receiver, office, speaker } => {
                Reason::new(Code::PermissionDenied, "NOT_RECEIVERS_OFFICE")
                    .with("name", name)
                    .with("receiver", receiver)
                    .with("office", office)
                    .with("speaker", speaker)
            }
            Self::PartyNameUnknown(name) => {
                Reason::new(Code::NotFound, "PARTY_NAME_UNKNOWN").with("party_name", name)
            }
            Self::ReceiptNotFound(name) => {
                Reason::new(Code::NotFound, "RECEIPT_NOT_FOUND").with("name", name)
            }
            Self::ReceiptsNotSigned => Reason::new(Code::FailedPrecondition, "RECEIPTS_NOT_SIGNED"),
            Self::Signing(_) | Self::ReceiptNotKept => Reason::new(Code::Unavailable, "RECEIPT_NOT_KEPT"),
            Self::Common(error) => error.reason(),
        }
    }
}
