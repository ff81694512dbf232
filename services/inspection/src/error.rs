//! What can go wrong, and what it means to a client.

use crypto::draw::{DrawError, EntropyRefused, ReplacementRefused};
use domain::MicrosUtc;
use service::FieldErrors;
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::evidence::EvidenceName;
use crate::domain::plan::PlanRulesError;
use crate::domain::rectification::RectificationName;
use crate::domain::replacement::ReplacementName;
use crate::domain::{InspectorNo, PlanName, StrataError, TaskName, VisitName};

/// Why inspection did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such task.
    #[error("there is no task `{0}`")]
    TaskNotFound(TaskName),
    /// There is no such visit.
    #[error("there is no visit `{0}`")]
    VisitNotFound(VisitName),
    /// The directory has no such inspector.
    #[error("there is no inspector `{0}` in the directory")]
    InspectorNotFound(InspectorNo),
    /// An inspector was recused from the enterprise that they were drawn for.
    #[error(
        "`{inspector_no}` was recused from the enterprise of `{visit}`: the visit begins when another inspector has come"
    )]
    InspectorRecused {
        /// The visit.
        visit: VisitName,
        /// The inspector who has to give way.
        inspector_no: InspectorNo,
    },
    /// There is no such version of a plan.
    #[error("there is no plan `{0}`")]
    PlanNotFound(PlanName),
    /// The plan asks for what cannot be met together.
    #[error(
        "`{plan}` has {conflicts} conflicts: it cannot be approved before they are solved and it is drafted anew"
    )]
    PlanHasConflicts {
        /// The plan.
        plan: PlanName,
        /// How many.
        conflicts: u64,
    },
    /// A later version of the plan exists.
    #[error("`{plan}` is amended already: the latest version is `{latest}`")]
    PlanNotLatest {
        /// The plan.
        plan: PlanName,
        /// The latest version.
        latest: PlanName,
    },
    /// The year of the plan has ended.
    #[error("the year of `{0}` is over: what is left of it belongs to the next plan")]
    PlanOver(PlanName),
    /// The task whose visits another one joins is not drawn.
    #[error("`{task}` joins the visits of `{lead}`, which is not drawn yet")]
    LeadNotDrawn {
        /// The task.
        task: TaskName,
        /// The one whose visits it joins.
        lead: TaskName,
    },
    /// The task whose visits another one joins was cancelled.
    #[error(
        "`{task}` joins the visits of `{lead}`, which was cancelled: there is nobody left whom it could visit"
    )]
    LeadCancelled {
        /// The task.
        task: TaskName,
        /// The one whose visits it joins.
        lead: TaskName,
    },
    /// The inspectors of a task come from its draw.
    #[error("the inspectors of `{0}` are drawn: whoever gives way is replaced by what the draw says")]
    TaskDrawn(TaskName),
    /// Nobody was drawn for a task, so nobody gives way to the next one.
    #[error(
        "nobody was drawn for `{0}`, which follows a clue: others are assigned in the place of its inspectors"
    )]
    TaskNotDrawn(TaskName),
    /// There is no such replacement.
    #[error("there is no replacement `{0}`")]
    ReplacementNotFound(ReplacementName),
    /// Nobody gives way, because nobody can come.
    #[error("nobody gives way: {0}")]
    NotReplaceable(#[from] ReplacementRefused),
    /// No check of the visit names the digest of a file.
    #[error("no check of the visit names the digest of `{0}`")]
    EvidenceNotNamed(EvidenceName),
    /// There is no such file of evidence.
    #[error("there is no file of evidence `{0}`")]
    EvidenceNotFound(EvidenceName),
    /// The service was started without an archive.
    #[error("this service has no archive for evidence")]
    ArchiveMissing,
    /// The archive refused, or what it holds is not what was put.
    #[error("the archive cannot serve the file")]
    Archive(#[source] files::FilesError),
    /// Too many screens watch draws.
    #[error("{most} streams of {of} watch draws already: that is the most")]
    TooManyWatchers {
        /// How many there are.
        most: usize,
        /// Whose.
        of: &'static str,
    },
    /// The rules in force give no plan.
    #[error(transparent)]
    PlanRules(#[from] PlanRulesError),
    /// There is no such rectification.
    #[error("there is no rectification `{0}`")]
    RectificationNotFound(RectificationName),
    /// A case would come before the last day of the order.
    #[error("`{0}` is not overdue, and no re-check of it has failed: no case is opened yet")]
    RectificationNotOverdue(RectificationName),
    /// Nothing waits for the answer whether a case is filed.
    #[error("`{0}` is no case lead that waits for an answer")]
    NoCaseLead(RectificationName),
    /// No enterprise of the task's field and divisions carries a mark.
    #[error("the pool of `{0}` is empty: no enterprise within its divisions carries a mark of its field")]
    PoolEmpty(TaskName),
    /// The copy of the register has a code that is none: nobody can be drawn from a pool with it.
    #[error("`{uscc}` cannot stand in the pool: {problem}")]
    PoolCode {
        /// What stands for the enterprise.
        uscc: String,
        /// What is wrong with it, or with its division.
        problem: String,
    },
    /// The moment of the draw lies in the past.
    #[error("the draw must lie in the future; {draw_at} has passed")]
    DrawNotInFuture {
        /// The moment asked for.
        draw_at: MicrosUtc,
    },
    /// The moment of the draw has not come: its round cannot have been published.
    #[error("the figures of `{task}` may be recorded from {draw_at} on")]
    EntropyTooEarly {
        /// The task.
        task: TaskName,
        /// From when on.
        draw_at: MicrosUtc,
    },
    /// The round of the figures has not taken place: nobody can know them.
    #[error("round `{round}` has not taken place: its figures may be recorded from {over_at} on")]
    EntropyBeforeRound {
        /// The announced round, or its fallback.
        round: String,
        /// From when on.
        over_at: MicrosUtc,
    },
    /// Figures are on record already.
    #[error("`{0}` has figures on record: they must be rejected before others are recorded")]
    EntropyOnRecord(TaskName),
    /// Figures stand: they were held for their time.
    #[error(
        "`{0}` is drawn by its figures: they were held for their time, and nobody rejected them within it"
    )]
    EntropyConfirmed(TaskName),
    /// No figures are on record.
    #[error("`{0}` has no figures on record that could be rejected")]
    NoEntropy(TaskName),
    /// The figures do not follow the announced rule or round.
    #[error("the figures cannot be used: {0}")]
    EntropyMalformed(EntropyRefused),
    /// The moment of the draw has not come, or its figures are not on record.
    #[error("`{task}` cannot be drawn yet: {waits_for}")]
    DrawTooEarly {
        /// The task.
        task: TaskName,
        /// What must come first.
        waits_for: String,
    },
    /// No assignment of inspectors satisfies every rule: the attempt has failed, and another one may be announced.
    #[error("the draw has failed: {0}")]
    AssignmentInfeasible(String),
    /// The draw cannot be announced or run.
    #[error("the draw is not possible: {0}")]
    Draw(DrawError),
    /// The strata cannot be cut under the rules in force.
    #[error(transparent)]
    Strata(#[from] StrataError),
    /// Inspectors have entered somewhere for the task.
    #[error("inspectors have visited for `{0}` already: it is carried out, and cannot be cancelled")]
    VisitsBegun(TaskName),
    /// Visits without a final, approved result are left.
    #[error("`{task}` still has {open} visits without a final, approved result")]
    ResultsIncomplete {
        /// The task.
        task: TaskName,
        /// How many.
        open: i64,
    },
    /// There is nothing to prove yet, or not to this reader.
    #[error("there is no such proof of `{task}` yet: {waits_for}")]
    ProofNotAvailable {
        /// The task.
        task: TaskName,
        /// What must come first.
        waits_for: &'static str,
    },
    /// A proof that fits no message.
    #[error(
        "the proof of `{task}` has {bytes} bytes, more than a message holds: `GetProofFile` gives it in parts"
    )]
    ProofTooLarge {
        /// The task.
        task: TaskName,
        /// Its size.
        bytes: usize,
    },
    /// What every service refuses alike.
    #[error(transparent)]
    Common(#[from] service::Error),
}

service::convert_errors!(Error);

impl From<DrawError> for Error {
    fn from(error: DrawError) -> Self {
        match error {
            DrawError::Entropy(refused) => Self::EntropyMalformed(refused),
            other => Self::Draw(other),
        }
    }
}

impl ServiceError for Error {
    fn reason(&self) -> Reason {
        let precondition = |name| Reason::new(Code::FailedPrecondition, name);
        match self {
            Self::TaskNotFound(task) => Reason::new(Code::NotFound, "TASK_NOT_FOUND").with("task", task),
            Self::VisitNotFound(visit) => Reason::new(Code::NotFound, "VISIT_NOT_FOUND").with("visit", visit),
            Self::InspectorNotFound(no) => {
                Reason::new(Code::NotFound, "INSPECTOR_NOT_FOUND").with("inspector_no", no)
            }
            Self::InspectorRecused { visit, inspector_no } => {
                precondition("INSPECTOR_RECUSED").with("visit", visit).with("inspector_no", inspector_no)
            }
            Self::PlanNotFound(plan) => Reason::new(Code::NotFound, "PLAN_NOT_FOUND").with("plan", plan),
            Self::RectificationNotFound(name) => {
                Reason::new(Code::NotFound, "RECTIFICATION_NOT_FOUND").with("rectification", name)
            }
            Self::RectificationNotOverdue(name) => {
                precondition("RECTIFICATION_NOT_OVERDUE").with("rectification", name)
            }
            Self::NoCaseLead(name) => precondition("NO_CASE_LEAD").with("rectification", name),
            Self::PlanHasConflicts { plan, conflicts } => {
                precondition("PLAN_HAS_CONFLICTS").with("plan", plan).with("conflicts", conflicts)
            }
            Self::PlanOver(plan) => precondition("PLAN_OVER").with("plan", plan),
            Self::PlanNotLatest { plan, latest } => {
                precondition("PLAN_NOT_LATEST").with("plan", plan).with("latest", latest)
            }
            Self::TaskDrawn(task) => precondition("TASK_IS_DRAWN").with("task", task),
            Self::TaskNotDrawn(task) => precondition("TASK_NOT_DRAWN").with("task", task),
            Self::ReplacementNotFound(name) => {
                Reason::new(Code::NotFound, "REPLACEMENT_NOT_FOUND").with("replacement", name)
            }
            Self::NotReplaceable(problem) => precondition("NOT_REPLACEABLE").with("problem", problem),
            Self::EvidenceNotNamed(name) => precondition("EVIDENCE_NOT_NAMED").with("evidence", name),
            Self::EvidenceNotFound(name) => {
                Reason::new(Code::NotFound, "EVIDENCE_NOT_FOUND").with("evidence", name)
            }
            Self::ArchiveMissing => precondition("ARCHIVE_MISSING"),
            Self::Archive(problem) if problem.is_lost() => Reason::new(Code::DataLoss, "FILE_UNREADABLE"),
            Self::Archive(_) => Reason::new(Code::Unavailable, "ARCHIVE_UNAVAILABLE"),
            Self::TooManyWatchers { most, of } => {
                Reason::new(Code::ResourceExhausted, "TOO_MANY_WATCHERS").with("most", most).with("of", of)
            }
            Self::LeadNotDrawn { task, lead } => {
                precondition("LEAD_NOT_DRAWN").with("task", task).with("lead", lead)
            }
            Self::LeadCancelled { task, lead } => {
                precondition("LEAD_CANCELLED").with("task", task).with("lead", lead)
            }
            Self::PlanRules(problem) => precondition("PLAN_RULES").with("problem", problem),
            Self::PoolEmpty(task) => precondition("POOL_EMPTY").with("task", task),
            Self::PoolCode { uscc, problem } => {
                precondition("POOL_CODE_INVALID").with("uscc", uscc).with("problem", problem)
            }
            Self::DrawNotInFuture { draw_at } => Reason::new(Code::InvalidArgument, "DRAW_NOT_IN_FUTURE")
                .with("draw_time", draw_at)
                .fields(&FieldErrors::one("draw_time", "must lie in the future")),
            Self::EntropyTooEarly { task, draw_at } => {
                precondition("ENTROPY_TOO_EARLY").with("task", task).with("draw_time", draw_at)
            }
            Self::EntropyBeforeRound { round, over_at } => {
                precondition("ENTROPY_BEFORE_ROUND").with("round", round).with("round_time", over_at)
            }
            Self::EntropyOnRecord(task) => precondition("ENTROPY_ON_RECORD").with("task", task),
            Self::EntropyConfirmed(task) => precondition("ENTROPY_CONFIRMED").with("task", task),
            Self::NoEntropy(task) => precondition("ENTROPY_NOT_RECORDED").with("task", task),
            Self::EntropyMalformed(refused) => Reason::new(Code::InvalidArgument, "ENTROPY_MALFORMED")
                .with("problem", refused)
                .fields(&FieldErrors::one(field_of(refused), refused)),
            Self::DrawTooEarly { task, waits_for } => {
                precondition("DRAW_TOO_EARLY").with("task", task).with("waits_for", waits_for)
            }
            Self::AssignmentInfeasible(missing) => {
                precondition("ASSIGNMENT_INFEASIBLE").with("missing", missing)
            }
            Self::Draw(problem) => precondition("DRAW_NOT_POSSIBLE").with("problem", problem),
            Self::Strata(problem) => strata_reason(problem),
            Self::VisitsBegun(task) => precondition("VISITS_BEGUN").with("task", task),
            Self::ResultsIncomplete { task, open } => {
                precondition("RESULTS_INCOMPLETE").with("task", task).with("open", open)
            }
            Self::ProofNotAvailable { task, waits_for } => {
                precondition("PROOF_NOT_AVAILABLE").with("task", task).with("waits_for", waits_for)
            }
            Self::ProofTooLarge { task, bytes } => {
                precondition("PROOF_TOO_LARGE").with("task", task).with("bytes", bytes)
            }
            Self::Common(common) => common.reason(),
        }
    }
}

/// The field of a request with figures that cannot be used.
fn field_of(refused: &EntropyRefused) -> &'static str {
    match refused {
        EntropyRefused::OtherRound { .. } | EntropyRefused::Word(_) => "round",
        EntropyRefused::NoDigit(_)
        | EntropyRefused::Sign { .. }
        | EntropyRefused::TooLong(_)
        | EntropyRefused::NotByRule(_) => "published_figures",
    }
}

fn strata_reason(problem: &StrataError) -> Reason {
    let precondition = |name| Reason::new(Code::FailedPrecondition, name);
    match problem {
        StrataError::NotMonotone { class } => precondition("RATIOS_NOT_MONOTONE").with("class", class),
        StrataError::NoClasses => precondition("RULE_MISSING").with("rule", "class scheme"),
        StrataError::Ratio(ratio) => precondition("RATIO_INVALID").with("problem", ratio),
        StrataError::Rule(missing) => precondition("RULE_MISSING").with("rule", missing),
    }
}
