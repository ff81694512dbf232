//! What can go wrong, and what it means to a client.

use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::NaturalId;
use domain::Uscc;

/// Why collection did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record.
    #[error("there is no record `records/{0}`")]
    RecordNotFound(NaturalId),
    /// Somebody else changed the record.
    #[error("`records/{id}` stands at revision {revision}; read it again")]
    RecordChanged {
        /// The record.
        id: NaturalId,
        /// Its present revision.
        revision: i64,
    },
    /// The record says already what it is to say.
    #[error("`records/{0}` says that already; there is nothing to correct")]
    NothingToCorrect(NaturalId),
    /// The record follows from what another service keeps.
    #[error("`{name}` is told by `{origin}`; what it says is put right there")]
    DerivedRecord {
        /// The record.
        name: String,
        /// The service.
        origin: String,
    },
    /// The law of a publication is not open to be chosen, or is not one of those that are.
    #[error("`{regime}` cannot be chosen as the law of `{name}` on `{chain}`; open are: {open}")]
    LawNotOpen {
        /// The record.
        name: String,
        /// The chain.
        chain: String,
        /// The law that was asked for.
        regime: String,
        /// The laws that are open, parted by commas; empty where none is.
        open: String,
    },
    /// The caller's office neither answers for the record nor provided it.
    #[error("`{name}` is not {office}'s: {offices} may do this")]
    NotProvider {
        /// The record.
        name: String,
        /// The caller's office.
        office: String,
        /// The offices that may, and the unit that provided it, parted by commas.
        offices: String,
    },
    /// The record is about a party that has a credit code.
    #[error("`{name}` is about `{uscc}`; only who has no credit code is erased from records")]
    PartyHasCode {
        /// The record.
        name: String,
        /// The code.
        uscc: String,
    },
    /// No erasure of this party waits to be followed.
    #[error("no erasure of `{0}` waits to be followed here")]
    ErasureNotOpen(String),
    /// Something about the record is still under way.
    #[error("`{name}` is still open: {by}; that ends first")]
    RecordOpen {
        /// The record.
        name: String,
        /// What is open: a receiver that shows it, the division of another province that was told of it, an objection, a remedy or a
        /// match.
        by: String,
    },
    /// An objection to the record waits for its answer.
    #[error("an objection to `{0}` waits for its answer; answer that first")]
    ObjectionOpen(String),
    /// There is no such objection.
    #[error("there is no objection `objections/{0}`")]
    ObjectionNotFound(NaturalId),
    /// There is no such remedy.
    #[error("there is no remedy `remedies/{0}`")]
    RemedyNotFound(NaturalId),
    /// The remedy is registered already.
    #[error("`{0}` is registered already")]
    RemedyExists(String),
    /// The decision behind an entry of a list is kept by another service.
    #[error("the decision behind `{name}` is kept by `{origin}`; enter the remedy there")]
    ListedElsewhere {
        /// The record.
        name: String,
        /// The service.
        origin: String,
    },
    /// What is to be kept is the decision of no penalty, or of one that was withdrawn or is about a party without a credit code.
    #[error("`{0}` takes no decision document: it is no penalty that stands, of a party with a credit code")]
    DecisionNotTaken(String),
    /// There is no such decision document, or no text of one that everyone may read now.
    #[error("there is no `{0}`")]
    DecisionNotFound(String),
    /// The service was started without an archive.
    #[error("this service has no archive for decision documents")]
    ArchiveMissing,
    /// The archive refused, or what it holds is not what was put.
    #[error("the archive cannot serve the file")]
    Archive(#[source] files::FilesError),
    /// No other province has to be told of the record.
    #[error("`{0}` is no penalty that is published; no other province is told of it")]
    NothingToPush(String),
    /// The province in which the party is registered is not owed another letter.
    #[error("nothing has become of `{0}` that the province of registration would have to be told")]
    NothingToTell(String),
    /// There is no such ticket.
    #[error("there is no ticket `tickets/{0}`")]
    TicketNotFound(NaturalId),
    /// The ticket came without a caller.
    #[error("`tickets/{0}` came without a caller")]
    CallerNotKnown(NaturalId),
    /// The ticket came without a text.
    #[error("`tickets/{0}` came without a text")]
    TicketTextNotKnown(NaturalId),
    /// Something is still due for the ticket.
    #[error("`tickets/{id}` is still open: {due}; that ends first")]
    TicketOpen {
        /// The ticket.
        id: NaturalId,
        /// Kinds of what is due.
        due: String,
    },
    /// Somebody else changed the ticket.
    #[error("`tickets/{id}` stands at revision {revision}; read it again")]
    TicketChanged {
        /// The ticket.
        id: NaturalId,
        /// Its present revision.
        revision: i64,
    },
    /// No check of the ticket runs.
    #[error("no check of `{0}` runs that could be extended")]
    CheckNotRunning(String),
    /// The check had to be finished before.
    #[error("the check of `{name}` was due on {last_day}; a period is extended before it ends")]
    CheckOver {
        /// The ticket.
        name: String,
        /// The last day.
        last_day: chrono::NaiveDate,
    },
    /// Nobody can say yet until when the check runs.
    #[error("the last day of the check of `{0}` is known once the calendar of that year is loaded; ask then")]
    CheckAwaitsCalendar(String),
    /// There is no such match.
    #[error("there is no match `matches/{0}`")]
    MatchNotFound(NaturalId),
    /// What is to be matched is not unmatched.
    #[error("`{subject}` is {state}; only what is Unmatched can be matched")]
    NotUnmatched {
        /// The record or ticket.
        subject: String,
        /// Its state.
        state: &'static str,
    },
    /// The record or ticket has a match that is proposed or confirmed.
    #[error("`{0}` has a match already; decide that first")]
    MatchOpen(String),
    /// Nobody proposed anything that waits.
    #[error("`{name}` is {state}: nothing waits to be decided")]
    NothingToDecide {
        /// The match.
        name: String,
        /// Its state.
        state: &'static str,
    },
    /// The code is not one of a registered party.
    #[error("no party is registered under `{0}`")]
    PartyNotRegistered(Uscc),
    /// The record says that its party is a natural person.
    #[error("`{0}` says that its party is a natural person, who stands in no register of enterprises")]
    PartyIsPerson(String),
    /// There is no such import.
    #[error("there is no import `imports/{0}`")]
    ImportNotFound(NaturalId),
    /// The file is larger than is taken.
    #[error("a file to import has at most {most_bytes} bytes")]
    ImportTooLarge {
        /// The bound.
        most_bytes: usize,
    },
    /// As many files as a process receives at once are being received.
    #[error("{most} files are being received; try again soon")]
    ImportsBusy {
        /// The bound.
        most: usize,
    },
    /// Whoever sends a file stopped sending.
    #[error("nothing of the file came for {seconds} s; send it again")]
    ImportIdle {
        /// How long it was waited.
        seconds: u64,
    },
    /// A workbook could not be written.
    #[error("the workbook could not be written")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    /// What every service refuses alike.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        let refused = |reason| Reason::new(Code::FailedPrecondition, reason);
        match self {
            Self::RecordNotFound(id) => {
                Reason::new(Code::NotFound, "RECORD_NOT_FOUND").with("name", format_args!("records/{id}"))
            }
            Self::RecordChanged { id, revision } => Reason::new(Code::Aborted, "RECORD_CHANGED")
                .with("name", format_args!("records/{id}"))
                .with("revision", revision),
            Self::NothingToCorrect(id) => {
                refused("NOTHING_TO_CORRECT").with("name", format_args!("records/{id}"))
            }
            Self::DerivedRecord { name, origin } => {
                refused("DERIVED_RECORD").with("name", name).with("origin", origin)
            }
            Self::LawNotOpen { name, chain, regime, open } => refused("LAW_NOT_OPEN")
                .with("name", name)
                .with("chain", chain)
                .with("regime", regime)
                .with("open", open),
            Self::NotProvider { name, office, offices } => {
                Reason::new(Code::PermissionDenied, "NOT_PROVIDER")
                    .with("name", name)
                    .with("office", office)
                    .with("offices", offices)
            }
            Self::PartyHasCode { name, uscc } => {
                refused("PARTY_HAS_CODE").with("name", name).with("uscc", uscc)
            }
            Self::ErasureNotOpen(name) => Reason::new(Code::NotFound, "ERASURE_NOT_OPEN").with("name", name),
            Self::RecordOpen { name, by } => refused("RECORD_OPEN").with("name", name).with("by", by),
            Self::ObjectionOpen(record) => refused("OBJECTION_OPEN").with("record", record),
            Self::ObjectionNotFound(id) => Reason::new(Code::NotFound, "OBJECTION_NOT_FOUND")
                .with("name", format_args!("objections/{id}")),
            Self::RemedyNotFound(id) => {
                Reason::new(Code::NotFound, "REMEDY_NOT_FOUND").with("name", format_args!("remedies/{id}"))
            }
            Self::RemedyExists(name) => Reason::new(Code::AlreadyExists, "REMEDY_EXISTS").with("name", name),
            Self::ListedElsewhere { name, origin } => {
                refused("LISTED_ELSEWHERE").with("name", name).with("origin", origin)
            }
            Self::DecisionNotTaken(name) => refused("DECISION_NOT_TAKEN").with("name", name),
            Self::DecisionNotFound(name) => {
                Reason::new(Code::NotFound, "DECISION_NOT_FOUND").with("name", name)
            }
            Self::ArchiveMissing => refused("ARCHIVE_MISSING"),
            Self::Archive(problem) if problem.is_lost() => Reason::new(Code::DataLoss, "FILE_UNREADABLE"),
            Self::Archive(_) => Reason::new(Code::Unavailable, "ARCHIVE_UNAVAILABLE"),
            Self::NothingToPush(name) => refused("NOTHING_TO_PUSH").with("name", name),
            Self::NothingToTell(name) => refused("NOTHING_TO_TELL").with("name", name),
            Self::TicketNotFound(id) => {
                Reason::new(Code::NotFound, "TICKET_NOT_FOUND").with("name", format_args!("tickets/{id}"))
            }
            Self::CallerNotKnown(id) => {
                refused("CALLER_NOT_KNOWN").with("name", format_args!("tickets/{id}"))
            }
            Self::TicketTextNotKnown(id) => {
                refused("TICKET_TEXT_NOT_KNOWN").with("name", format_args!("tickets/{id}"))
            }
            Self::TicketOpen { id, due } => {
                refused("TICKET_OPEN").with("name", format_args!("tickets/{id}")).with("due", due)
            }
            Self::TicketChanged { id, revision } => Reason::new(Code::Aborted, "TICKET_CHANGED")
                .with("name", format_args!("tickets/{id}"))
                .with("revision", revision),
            Self::CheckNotRunning(name) => refused("CHECK_NOT_RUNNING").with("name", name),
            Self::CheckOver { name, last_day } => {
                refused("CHECK_OVER").with("name", name).with("last_day", last_day)
            }
            Self::CheckAwaitsCalendar(name) => refused("CHECK_AWAITS_CALENDAR").with("name", name),
            Self::MatchNotFound(id) => {
                Reason::new(Code::NotFound, "MATCH_NOT_FOUND").with("name", format_args!("matches/{id}"))
            }
            Self::NotUnmatched { subject, state } => {
                refused("NOT_UNMATCHED").with("subject", subject).with("state", state)
            }
            Self::MatchOpen(subject) => refused("MATCH_OPEN").with("subject", subject),
            Self::NothingToDecide { name, state } => {
                refused("NOTHING_TO_DECIDE").with("name", name).with("state", state)
            }
            Self::PartyNotRegistered(uscc) => refused("PARTY_NOT_REGISTERED").with("uscc", uscc),
            Self::PartyIsPerson(name) => refused("PARTY_IS_PERSON").with("name", name),
            Self::ImportNotFound(id) => {
                Reason::new(Code::NotFound, "IMPORT_NOT_FOUND").with("name", format_args!("imports/{id}"))
            }
            Self::ImportTooLarge { most_bytes } => {
                Reason::new(Code::InvalidArgument, "IMPORT_TOO_LARGE").with("most_bytes", most_bytes)
            }
            Self::ImportsBusy { most } => {
                Reason::new(Code::ResourceExhausted, "IMPORTS_BUSY").with("most", most)
            }
            Self::ImportIdle { seconds } => {
                Reason::new(Code::DeadlineExceeded, "IMPORT_IDLE").with("seconds", seconds)
            }
            Self::Workbook(_) => Reason::new(Code::Internal, "WORKBOOK_NOT_WRITTEN"),
            Self::Common(common) => common.reason(),
        }
    }
}
