//! The command line.

mod deliveries;
mod imports;
mod place;
mod simulate;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use deliveries::{DeliveriesCommand, DeliveryState, ListDeliveriesArgs, ResendArgs, Sender};
pub use imports::{ImportArgs, ImportsCommand, Kind, OneImportArgs, ReportArgs, TemplateArgs};
pub use place::{CityArgs, InClear, RemoteArgs};
pub use simulate::{PenaltyArgs, SimulateCommand};

/// Credit supervision of enterprises in key fields (信监), in one program.
#[derive(Debug, Parser)]
#[command(name = "xinjian", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print one JSON object instead of tables; progress goes away.
    #[arg(long, global = true)]
    pub json: bool,
    /// Which logs to show on standard error, as `level` or `module=level,…`; warnings where services stay up, else errors alone.
    #[arg(long, global = true, env = "XINJIAN_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// It is none, or asks for help; or it names the folder of a city beside a deployed system, which the environment may have named:
    /// one of the two would be acted on by mistake.
    pub fn read<T: Into<OsString> + Clone>(line: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(line)?;
        if names_two_systems(&matches) {
            let problem = "`--data` names the city of a folder, and `--gateway` or XINJIAN_GATEWAY a deployed system: name one";
            return Err(command.error(ErrorKind::ArgumentConflict, problem));
        }
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// Which logs to show. A command that starts a city for its own question tells what became of the question: that one of its tasks
    /// waited for the disk would only bury the answer.
    #[must_use]
    pub fn log_filter(&self) -> &str {
        let stays_up = matches!(self.command, Command::Standalone(_) | Command::Demo(_));
        self.log.as_deref().unwrap_or(if stays_up { "warn" } else { "error" })
    }
}

/// Whether the command that was given has a folder on its line, and a gateway from anywhere.
fn names_two_systems(matches: &ArgMatches) -> bool {
    if let Some((_, below)) = matches.subcommand() {
        return names_two_systems(below);
    }
    let knows_both = ["data", "gateway"].iter().all(|id| matches.try_contains_id(id).is_ok());
    knows_both
        && matches.value_source("data") == Some(ValueSource::CommandLine)
        && matches.value_source("gateway").is_some()
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every service in this process, until Ctrl-C.
    Standalone(StandaloneArgs),
    /// Generate a city and run the main job through the real services.
    Demo(DemoArgs),
    /// Import a file: a workbook or table of officers, or a foreign table through a mapping.
    Import(ImportArgs),
    /// See what became of the files that were sent, stop one, or take it up again.
    #[command(subcommand)]
    Imports(ImportsCommand),
    /// Write the workbook to fill in, for `import --table`.
    Template(TemplateArgs),
    /// Confirm the marks that the system has proposed.
    #[command(subcommand)]
    Marks(MarksCommand),
    /// Class the risk of every marked enterprise; the line offices look at samples, and a second officer approves.
    Classify(ClassifyArgs),
    /// Look at classes and models closely.
    #[command(subcommand)]
    Risk(RiskCommand),
    /// Scan the complaints and show the signals that wait for review.
    Signals(SignalsArgs),
    /// Draw inspections, and verify draws.
    #[command(subcommand)]
    Draw(DrawCommand),
    /// Check letters of commitment.
    #[command(subcommand)]
    Commitment(CommitmentCommand),
    /// Check receipts of party checks.
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    /// See what other systems have not taken, and send it again.
    #[command(subcommand)]
    Deliveries(DeliveriesCommand),
    /// Check the chain of events.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Make a token for an officer of a local city.
    Token(TokenArgs),
    /// Make the keys of a deployment: private key, public keys, service token, signing key.
    Keys(KeysArgs),
    /// Show one enterprise whole.
    Profile(ProfileArgs),
    /// Check a credit code or a licence number.
    #[command(subcommand)]
    Check(CheckCommand),
    /// Look ahead: what would follow from an act on a day, by the law of that day.
    #[command(subcommand)]
    Simulate(SimulateCommand),
    /// Check a classification model, print the form of one, or list those of a city.
    #[command(subcommand)]
    Model(ModelCommand),
    /// Print the state machines as a page.
    Machines,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Where a city is.
#[derive(Clone, Debug, Args)]
pub struct DataArgs {
    /// Folder of the city: databases, keys, proofs.
    #[arg(long, env = "XINJIAN_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,
}

/// Arguments of `standalone`.
#[derive(Debug, Args)]
pub struct StandaloneArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Address of the gateway: REST, gRPC.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Address of the public listener, open to everyone who can reach it.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS:PORT")]
    pub public_listen: SocketAddr,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Enterprises to generate.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(20..=200_000))]
    pub enterprises: u32,
    /// Seed of the city; the same seed on the same day gives the same city.
    #[arg(long, default_value_t = 177)]
    pub seed: u64,
    /// Folder for the city; it must not hold one. Without it, a temporary folder is used and left in place.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Leave the city running afterwards, with ready-made requests to try.
    #[arg(long)]
    pub serve: bool,
    /// Address of the gateway.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Address of the public listener.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub public_listen: SocketAddr,
}

/// Arguments of `signals`.
#[derive(Debug, Args)]
pub struct SignalsArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Last day to look at; today without it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
}

/// Commands of `marks`.
#[derive(Debug, Subcommand)]
pub enum MarksCommand {
    /// Confirm every proposed mark, each in the name of the office that owns it.
    Confirm {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Arguments of `classify`.
#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Day as of which to class; today when left out.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
    /// Stop after the run, so that others can look at its samples and approve it.
    #[arg(long)]
    pub no_approve: bool,
}

/// Commands of `risk`.
#[derive(Debug, Subcommand)]
pub enum RiskCommand {
    /// Explain the class of an enterprise, from record to points to class.
    Explain(ExplainArgs),
    /// Play past inspections again in the order of a model's scores: would it have found problems sooner?
    Backtest(BacktestArgs),
    /// Import the general classes that the province has given.
    #[command(subcommand)]
    Provincial(ProvincialCommand),
}

/// Commands of `risk provincial`.
#[derive(Debug, Subcommand)]
pub enum ProvincialCommand {
    /// Import a table; what is there already changes nothing. Exit code 1 when a row was refused.
    Import {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
        /// The table (`.xlsx`, or delimited text in UTF-8 or GB18030) with the columns `uscc`, `scheme`, `code`, `classified_on` and `source_document`.
        file: PathBuf,
    },
}

/// Arguments of `risk explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Unified social credit code.
    pub uscc: String,
    /// Key field; every field that the enterprise is classed in when left out.
    #[arg(long)]
    pub field: Option<String>,
    /// What the class would have been on this day: by the law and models of that day, with what was known at its end. The
    /// class in effect when left out.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
}

/// Parts of the inspections that a backtest tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Division of the enterprise.
    Division,
    /// Mode of inspection.
    Kind,
    /// Band of each indicator: what points can be taken from.
    Indicator,
}

/// Arguments of `risk backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// The model (YAML).
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// When an inspection found what is looked for: a condition of the model language over inspection records.
    #[arg(
        long,
        value_name = "CONDITION",
        default_value = "{field: inspection.critical_count, op: ge, value: 1}"
    )]
    pub outcome: String,
    /// Which inspections of the model's field to put in order: a condition; without it, all of the window.
    #[arg(long, value_name = "CONDITION")]
    pub visits: Option<String>,
    /// Of these, only the inspections whose document numbers stand in this file, one on each line.
    #[arg(long, value_name = "FILE")]
    pub only: Option<PathBuf>,
    /// First day of the window.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub from: NaiveDate,
    /// Last day of the window.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub to: NaiveDate,
    /// Count only records that were also received before the inspection; for a city whose records came in as they arose.
    #[arg(long)]
    pub as_received: bool,
    /// Tell the figures of each part, too.
    #[arg(long, value_enum, value_name = "PART")]
    pub by: Vec<By>,
    /// Seed of samples and shuffles.
    #[arg(long, default_value_t = 177)]
    pub seed: i64,
    /// Samples behind each interval.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub resamples: i32,
    /// How often the leak check shuffles outcomes.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i32).range(1..=1_000))]
    pub shuffles: i32,
    /// Write a picture of the figures to this file.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Commands of `draw`.
#[derive(Debug, Subcommand)]
pub enum DrawCommand {
    /// Create a task, announce, take entropy and draw; writes the proof.
    Run(DrawRunArgs),
    /// Check a proof offline. Exit code 1 when it is refused.
    Verify {
        /// The proof file.
        #[arg(value_name = "PROOF")]
        file: PathBuf,
    },
}

/// How chances differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stratify {
    /// By risk class; the disclosure is restricted.
    Class,
    /// One chance for all; the disclosure is public.
    Uniform,
}

/// Arguments of `draw run`.
#[derive(Debug, Args)]
pub struct DrawRunArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Key field.
    #[arg(long, default_value = "FOOD")]
    pub field: String,
    /// How chances differ.
    #[arg(long, value_enum, default_value_t = Stratify::Class)]
    pub stratify: Stratify,
    /// Ratio in percent, for `uniform`.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i32).range(1..=100))]
    pub percent: i32,
    /// Office that leads.
    #[arg(long, default_value = "FOOD_PROD")]
    pub lead_office: String,
    /// Published figures that the entropy is taken from; figures of this machine when left out (for trying only).
    #[arg(long)]
    pub figures: Option<String>,
    /// Where to write the proof; into the city's folder when left out.
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
}

/// Commands of `commitment`.
#[derive(Debug, Subcommand)]
pub enum CommitmentCommand {
    /// Check a published letter offline: what it says about itself, and who attests to it. Exit code 1 when it is refused.
    Verify {
        /// The letter as the public listener answers it: `/public/v1/enterprises/…/commitments/…`.
        #[arg(value_name = "LETTER")]
        file: PathBuf,
        /// The public key that it was signed with (PEM), from the bureau or from `/public/v1/signingKeys`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The signed copy, if it is at hand: it must be the one that was archived.
        #[arg(long, value_name = "FILE")]
        copy: Option<PathBuf>,
    },
}

/// Commands of `receipt`.
#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Check a receipt offline: what was answered, that it stands in its batch, and who signed that. Exit code 1 when it is refused.
    Verify {
        /// The receipt as `GetReceipt` answers it in JSON (`/v1/receipts/…`), or the answer of a check that holds one.
        #[arg(value_name = "RECEIPT")]
        file: PathBuf,
        /// The public key that it was signed with (PEM), from the bureau or from `/v1/receiptKeys`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

/// Commands of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute the chain of every service. Exit code 1 when one is broken.
    Verify {
        /// Where the city is.
        #[command(flatten)]
        data: DataArgs,
        /// Check this database instead of a folder's.
        #[arg(long, value_name = "URL")]
        database: Option<db::DatabaseUrl>,
    },
    /// Show who read what is confidential of an enterprise: classes, flags, sealed identities.
    Reads(ReadsArgs),
}

/// Arguments of `audit reads`.
#[derive(Debug, Args)]
pub struct ReadsArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Unified social credit code; reads of everything when left out, those of services that follow events among them.
    pub uscc: Option<String>,
    /// Only reads by this person or service.
    #[arg(long)]
    pub reader: Option<String>,
    /// First day.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
    /// What the log is looked into for; it is written into the log.
    #[arg(long, default_value = "命令行查看读取记录")]
    pub purpose: String,
}

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Office, such as `CREDIT` or `FOOD_PROD`.
    #[arg(long)]
    pub office: String,
    /// Id of the person.
    #[arg(long, default_value = "officer")]
    pub subject: String,
    /// Divisions; the whole city when left out.
    #[arg(long = "division", default_value = "370100")]
    pub divisions: Vec<String>,
    /// Life of the token, in hours.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(i64).range(1..=24 * 30))]
    pub hours: i64,
}

/// Arguments of `keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// Folder for `issuer.pem`, `jwks.json`, `service.token`, and the SM2 keys `registry.pem` and `punishment.pem` with their public
    /// halves (`….public.pem`); what exists is kept, the token is made anew.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
}

/// Arguments of `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Unified social credit code.
    pub uscc: String,
}

/// Commands of `check`.
#[derive(Debug, Subcommand)]
pub enum CheckCommand {
    /// A unified social credit code (GB 32100-2015). Exit code 1 when it is wrong.
    Uscc {
        /// The code.
        value: String,
    },
    /// A licence number: SC and 14 digits, or TS…. Exit code 1 when it is wrong.
    Licence {
        /// The number.
        value: String,
    },
}

/// Commands of `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Check a file as a service that starts would: form, names, values, parameters. Exit code 1 when it is wrong; every fault is
    /// told with line, column, path and what was expected. A slip in the form is told alone: what stands behind it cannot be read.
    Check {
        /// The model (YAML). A file whose name begins with `combine` is a combination of general and professional model.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Day whose parameters are taken, `YYYY-MM-DD`; without it the first day on which the file is in force.
        #[arg(long, value_name = "DATE", value_parser = day)]
        on: Option<NaiveDate>,
        /// Folder of a rulebook that takes the place of the built-in one.
        #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
        rulebook: Option<PathBuf>,
    },
    /// List the versions of models of a city: which are drafts, on trial, in force, retired, and who proposed what.
    List(ModelListArgs),
    /// Print the JSON Schema, for editors that complete and check while one writes.
    Schema {
        /// The form of which file.
        #[arg(value_enum, default_value = "model")]
        of: SchemaOf,
    },
}

/// Arguments of `model list`.
#[derive(Debug, Args)]
pub struct ModelListArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Only versions in force on this day.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    pub as_of: Option<NaiveDate>,
}

/// Which form.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// A model.
    Model,
    /// How general and professional model become one class.
    Combination,
}

fn day(text: &str) -> Result<NaiveDate, String> {
    domain::parse_date(text).map_err(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(places: &[&str]) -> Result<Cli, clap::Error> {
        Cli::read(["xinjian", "imports", "list"].iter().chain(places))
    }

    #[test]
    fn a_folder_on_the_command_line_is_not_given_up_for_a_deployed_system() {
        let (folder, system) = (["--data", "city"], ["--gateway", "https://gateway:8443"]);
        let refused = read(&[folder, system].concat()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ArgumentConflict);
        assert!(read(&system).is_ok());
        // What has no gateway knows no conflict.
        assert!(Cli::read(["xinjian", "machines"]).is_ok());
    }

    #[test]
    fn only_what_stays_up_warns_unless_somebody_asks() {
        let filter =
            |line: &[&str]| Cli::read([&["xinjian"], line].concat()).unwrap().log_filter().to_owned();
        assert_eq!(filter(&["standalone"]), "warn");
        assert_eq!(filter(&["imports", "list"]), "error");
        assert_eq!(filter(&["imports", "list", "--log", "info"]), "info");
    }
}
