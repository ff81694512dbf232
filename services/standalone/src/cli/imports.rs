//! What `xinjian import`, `xinjian imports` and `xinjian template` are asked.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{CityArgs, whole};

/// What a file of officers holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// 行政许可.
    Permit,
    /// 行政处罚.
    Penalty,
    /// 监督检查.
    Inspection,
    /// 监督抽查.
    Sampling,
    /// 其他部门名单和登记.
    #[value(name = "list_entry")]
    ListEntry,
    /// 投诉举报工单.
    Ticket,
}

impl Kind {
    /// The table as the contract writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Penalty => "penalty",
            Self::Inspection => "inspection",
            Self::Sampling => "sampling",
            Self::ListEntry => "list_entry",
            Self::Ticket => "ticket",
        }
    }
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// The file: a workbook (`.xlsx`) or delimited text for `--table`, `.csv` or `.csv.gz` with a header line for `--mapping`.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What the file holds, with the headers of the template (`xinjian template`).
    #[arg(long, value_enum, value_name = "KIND", required_unless_present = "mapping")]
    pub table: Option<Kind>,
    /// The mapping (YAML) of a foreign table.
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    pub mapping: Option<PathBuf>,
    /// With `--mapping`: write every refusal to this file, as CSV.
    #[arg(long, value_name = "FILE", requires = "mapping")]
    pub refusals: Option<PathBuf>,
    /// With `--table`: only check the file; nothing is taken.
    #[arg(long, requires = "table")]
    pub dry_run: bool,
    /// With `--table`: wait until the import has ended, and report what became of each line.
    #[arg(long, requires = "table")]
    pub wait: bool,
    /// Where to write the workbook of the refused lines; beside the file when left out.
    #[arg(long, value_name = "FILE", requires = "wait")]
    pub refused: Option<PathBuf>,
    /// What the report tells.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What a report tells.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Most lines of the file to report on.
    #[arg(long, default_value_t = 100, value_parser = whole::<u32>(0..=1_048_576))]
    pub lines: u32,
    /// Of tickets: what the cells of refused lines are read for. They hold callers; without this they stay sealed, and each reading
    /// is logged.
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
}

/// Arguments of `template`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// What the file will hold.
    #[arg(value_enum)]
    pub kind: Kind,
    /// Where to write the workbook to fill in.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
}

/// Commands of `imports`.
#[derive(Debug, Subcommand)]
pub enum ImportsCommand {
    /// List the files that were sent, the latest first.
    List {
        /// Where the city is.
        #[command(flatten)]
        data: CityArgs,
        /// Only imports in this state: `Queued`, `Running`, `Done`, `Refused` or `Cancelled`.
        #[arg(long)]
        state: Option<String>,
        /// Longest list.
        #[arg(long, default_value_t = 50, value_parser = whole::<u32>(1..=100_000))]
        limit: u32,
    },
    /// Report how far an import is, and what became of each line.
    Show(OneImportArgs),
    /// Stop an import; what was taken stays. Exit code 1 when it has ended.
    Cancel {
        /// Where the city is.
        #[command(flatten)]
        data: CityArgs,
        /// The import: `imports/…`.
        #[arg(value_name = "IMPORT")]
        name: String,
    },
    /// Take up an import that was left, and see it to its end. Exit code 1 when it was cancelled, or refused as a whole.
    Resume(OneImportArgs),
}

/// Arguments of `imports show` and `imports resume`.
#[derive(Debug, Args)]
pub struct OneImportArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// The import: `imports/…`.
    #[arg(value_name = "IMPORT")]
    pub name: String,
    /// Write the workbook of the refused lines to this file.
    #[arg(long, value_name = "FILE")]
    pub refused: Option<PathBuf>,
    /// What the report tells.
    #[command(flatten)]
    pub report: ReportArgs,
}
