//! What can go wrong, and what it means to a client.

use chrono::NaiveDate;
use service::error::{Reason, ServiceError};
use tonic::Code;

use crate::domain::engine::NotReady;
use crate::domain::parameters::MissingParameter;

/// Why risk did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The enterprise has no class in this field: it is not marked there, or no run has taken effect yet.
    #[error("there is no class `{0}`")]
    ClassNotFound(String),
    /// There is no such run.
    #[error("there is no run `{0}`")]
    RunNotFound(String),
    /// There is no such version of a model.
    #[error("there is no model `{0}`")]
    ModelNotFound(String),
    /// What is decided about models never reaches back.
    #[error("model `{model}`: {day} is over, or not a day on which it is in force; propose another day")]
    ModelDayPassed {
        /// The version.
        model: String,
        /// The day.
        day: NaiveDate,
    },
    /// Another version of the same scope begins on that day.
    #[error("model `{model}` takes effect on {day} already; propose another day")]
    ModelDayTaken {
        /// The other version.
        model: String,
        /// The day.
        day: NaiveDate,
    },
    /// Without a general model, or without a combination, nobody can be classed.
    #[error("model `{model}` cannot end: on {day} nothing takes its place")]
    ModelNeeded {
        /// The version.
        model: String,
        /// The first day without it.
        day: NaiveDate,
    },
    /// What its text says would be silently wrong on that day: a code that nobody knows, bounds that do not rise.
    #[error("model `{model}` cannot be used on {day}: {problem}")]
    ModelUnusable {
        /// The version.
        model: String,
        /// The day.
        day: NaiveDate,
        /// The first of its faults, with path and line.
        problem: String,
    },
    /// There is no such signal.
    #[error("there is no signal `{0}`")]
    SignalNotFound(String),
    /// There is no such flag.
    #[error("there is no flag `{0}`")]
    FlagNotFound(String),
    /// The province has given no such class, or it was taken back.
    #[error("there is no class by the province `{0}`")]
    ProvincialClassNotFound(String),
    /// The analysis of complaints was ended before it was done.
    #[error("the scan was ended; ask for it again")]
    ScanEnded,
    /// A run is being computed; one at a time.
    #[error("run `{0}` is still being computed")]
    RunInProgress(String),
    /// Other models are in force on the day of the approval than the run computed by.
    #[error(
        "run `{run}` was computed by other models than are in force on {today} (then alone: {used}; now alone: {in_force}); start a new run \
         and approve that one"
    )]
    RunOutdated {
        /// The run.
        run: String,
        /// Versions that it computed by and that are not in force; `none`, where there are only more.
        used: String,
        /// Versions in force that it did not compute by; `none`, where there are only fewer.
        in_force: String,
        /// Day of the approval.
        today: NaiveDate,
    },
    /// The run has no sample in this field.
    #[error("there is no sample `{0}`")]
    SampleNotFound(String),
    /// Line offices have not looked at their samples of the run.
    #[error("run `{run}` cannot be approved before its samples in {fields} were looked at by {offices}")]
    SampleOpen {
        /// The run.
        run: String,
        /// Fields of the samples.
        fields: String,
        /// Offices that are asked.
        offices: String,
    },
    /// A line office differs from a result of the run, and nobody says why it is approved all the same.
    #[error(
        "the line offices differ from results of run `{run}` in {fields}: approve it with a reason, or start a new run"
    )]
    SampleDisputed {
        /// The run.
        run: String,
        /// Fields of the samples.
        fields: String,
    },
    /// The run was reviewed before there were samples, or while the rulebook asked for none.
    #[error(
        "run `{0}` has no samples that a line office could look at; start a new run and approve that one"
    )]
    RunWithoutSample(String),
    /// There is no such override.
    #[error("there is no override `{0}`")]
    OverrideNotFound(String),
    /// An override of this class waits for its decision; one at a time.
    #[error("an override of class `{0}` is proposed already")]
    OverrideProposed(String),
    /// Floors and vetoes of the models give a riskier class: nobody lowers below it.
    #[error("class `{code}` lies below `{floor}`, which floors and vetoes give")]
    OverrideBelowFloor {
        /// Class asked for.
        code: String,
        /// The lowest that is possible.
        floor: String,
    },
    /// Nothing can be computed for the day.
    #[error("no class can be computed: {0}")]
    NotReady(#[from] NotReady),
    /// A model under trial names a parameter that is not there.
    #[error(transparent)]
    Parameter(#[from] MissingParameter),
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
            Self::ModelNotFound(name) => Reason::new(Code::NotFound, "MODEL_NOT_FOUND").with("model", name),
            Self::ModelDayPassed { model, day } => of_day("MODEL_DAY_PASSED", model, *day),
            Self::ModelDayTaken { model, day } => of_day("MODEL_DAY_TAKEN", model, *day),
            Self::ModelNeeded { model, day } => of_day("MODEL_NEEDED", model, *day),
            Self::ModelUnusable { model, day, problem } => {
                of_day("MODEL_UNUSABLE", model, *day).with("problem", problem)
            }
            Self::SignalNotFound(id) => Reason::new(Code::NotFound, "SIGNAL_NOT_FOUND").with("signal", id),
            Self::FlagNotFound(id) => Reason::new(Code::NotFound, "FLAG_NOT_FOUND").with("flag", id),
            Self::ProvincialClassNotFound(name) => {
                Reason::new(Code::NotFound, "PROVINCIAL_CLASS_NOT_FOUND").with("provincial_class", name)
            }
            Self::ScanEnded => Reason::new(Code::Aborted, "SCAN_ENDED"),
            Self::RunInProgress(id) => {
                Reason::new(Code::FailedPrecondition, "RUN_IN_PROGRESS").with("run", id)
            }
            Self::RunOutdated { run, used, in_force, .. } => {
                Reason::new(Code::FailedPrecondition, "RUN_MODELS_CHANGED")
                    .with("run", run)
                    .with("used", used)
                    .with("in_force", in_force)
            }
            Self::SampleNotFound(name) => {
                Reason::new(Code::NotFound, "RUN_SAMPLE_NOT_FOUND").with("sample", name)
            }
            Self::SampleOpen { run, fields, offices } => {
                Reason::new(Code::FailedPrecondition, "RUN_SAMPLE_OPEN")
                    .with("run", run)
                    .with("fields", fields)
                    .with("offices", offices)
            }
            Self::SampleDisputed { run, fields } => {
                Reason::new(Code::FailedPrecondition, "RUN_SAMPLE_DISPUTED")
                    .with("run", run)
                    .with("fields", fields)
            }
            Self::RunWithoutSample(id) => {
                Reason::new(Code::FailedPrecondition, "RUN_WITHOUT_SAMPLE").with("run", id)
            }
            Self::OverrideNotFound(id) => {
                Reason::new(Code::NotFound, "OVERRIDE_NOT_FOUND").with("override", id)
            }
            Self::OverrideProposed(class) => {
                Reason::new(Code::FailedPrecondition, "OVERRIDE_PROPOSED").with("class", class)
            }
            Self::OverrideBelowFloor { code, floor } => {
                Reason::new(Code::FailedPrecondition, "OVERRIDE_BELOW_FLOOR")
                    .with("code", code)
                    .with("floor", floor)
            }
            Self::NotReady(problem) => {
                Reason::new(Code::FailedPrecondition, "NO_EFFECTIVE_MODEL").with("problem", problem)
            }
            Self::Parameter(missing) => {
                Reason::new(Code::FailedPrecondition, "PARAMETER_MISSING").with("parameter", &missing.name)
            }
            Self::Common(common) => common.reason(),
        }
    }
}

fn of_day(reason: &'static str, model: &str, day: NaiveDate) -> Reason {
    Reason::new(Code::FailedPrecondition, reason).with("model", model).with("day", day)
}
