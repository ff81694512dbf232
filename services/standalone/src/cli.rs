//! The command line.

mod audit;
mod backtest;
mod check;
mod classes;
mod deliveries;
mod draw;
mod imports;
mod model;
mod place;
mod sealed;
mod serve;
mod signals;
mod simulate;
mod token;

use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::NaiveDate;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use service::config::without_address;

pub use audit::{AuditCommand, ReadsArgs};
pub use backtest::{BacktestArgs, By};
pub use check::{CheckCommand, ProfileArgs};
pub use classes::{ClassifyArgs, ExplainArgs, ProvincialCommand, RiskCommand};
pub use deliveries::{DeliveriesCommand, DeliveryState, ListDeliveriesArgs, ResendArgs, Sender};
pub use draw::{DrawCommand, DrawRunArgs, Stratify};
pub use imports::{ImportArgs, ImportsCommand, Kind, OneImportArgs, ReportArgs, TemplateArgs};
pub use model::{ModelCommand, ModelListArgs, SchemaOf};
pub use place::{CityArgs, InClear, RemoteArgs};
pub use sealed::{CommitmentCommand, ReceiptCommand};
pub use serve::{DemoArgs, StandaloneArgs};
pub use signals::{MarksCommand, SignalsArgs};
pub use simulate::{PenaltyArgs, SimulateCommand};
pub use token::{KeysArgs, TokenArgs};

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
        let matches = command.try_get_matches_from_mut(line).map_err(without_address)?;
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
        let stays_up = match &self.command {
            Command::Standalone(_) => true,
            Command::Demo(demo) => demo.serve,
            _ => false,
        };
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
    /// Make the keys of a deployment: private key, public keys, tokens of services and gateway, signing keys.
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

fn day(text: &str) -> Result<NaiveDate, String> {
    domain::parse_date(text).map_err(|problem| problem.to_string())
}

/// Reads a whole number within `range`, and says which that is of anything else: the parser of the library speaks of digits.
fn whole<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text: &str| match text.parse::<T>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {} to {}", range.start(), range.end())),
    }
}

/// Reads `true` or `false`, and says so of anything else.
fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be `true` or `false`".to_owned())
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
    fn a_number_that_is_none_or_out_of_bounds_is_told_with_what_is_expected() {
        for given in ["many", "5", "1.5", "99999999999999999999"] {
            let line = ["xinjian", "demo", "--enterprises", given];
            let told = Cli::read(line).unwrap_err().to_string();
            assert!(told.contains(given) && told.contains("--enterprises"), "{told}");
            assert!(told.contains("not a whole number from 20 to 200000"), "{told}");
        }
        assert!(Cli::read(["xinjian", "demo", "--enterprises", "20"]).is_ok());
    }

    #[test]
    fn the_address_of_a_database_is_refused_without_its_password() {
        let address = "postgres://officer:s3cret@db.example:x/city";
        for (line, named) in [
            (&["audit", "verify", "--database", address][..], "'--database <URL>': expected `postgres://"),
            (&["audit", "verify", address], "unexpected argument"),
            (&[address], "unrecognized subcommand"),
        ] {
            let told = Cli::read([&["xinjian"][..], line].concat()).unwrap_err().to_string();
            assert!(told.contains(named), "{told}");
            assert!(!told.contains("s3cret") && !told.contains("db.example"), "{told}");
        }
    }

    #[test]
    fn demonstrations_are_asked_for_by_the_flag_alone_or_by_its_value_and_by_nothing_else() {
        let asked = |flag: &[&str]| {
            let line = [&["xinjian", "standalone"][..], flag].concat();
            Cli::read(line).map(|cli| match cli.command {
                Command::Standalone(args) => args.demonstrations,
                other => panic!("{other:?}"),
            })
        };
        for (flag, demonstrates) in [
            (&["--demonstrations"][..], true),
            (&[], false),
            (&["--demonstrations=true"], true),
            (&["--demonstrations=false"], false),
        ] {
            assert_eq!(asked(flag).unwrap(), demonstrates, "{flag:?}");
        }
        let told = asked(&["--demonstrations=maybe"]).unwrap_err().to_string();
        assert!(told.contains("'maybe'") && told.contains("must be `true` or `false`"), "{told}");
    }

    #[test]
    fn only_what_stays_up_warns_unless_somebody_asks() {
        let filter =
            |line: &[&str]| Cli::read([&["xinjian"][..], line].concat()).unwrap().log_filter().to_owned();
        assert_eq!(filter(&["standalone"]), "warn");
        assert_eq!(filter(&["demo", "--serve"]), "warn");
        assert_eq!(filter(&["demo"]), "error");
        assert_eq!(filter(&["imports", "list"]), "error");
        assert_eq!(filter(&["imports", "list", "--log", "info"]), "info");
    }
}
