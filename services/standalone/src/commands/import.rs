//! `xinjian import`: a file of officers, or a foreign table through a mapping.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use indicatif::ProgressBar;
use service::shutdown;

use super::imports::send;
use crate::cli::ImportArgs;
use crate::house::Officer;
use crate::import::{self, Mapping, Progress, Report, Target};
use crate::output::Output;
use crate::session::Session;

/// Refusals shown; all of them go to the file of refusals.
const SHOWN_REFUSALS: usize = 10;

pub(super) async fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<ExitCode> {
    match (args.table, &args.mapping) {
        (Some(table), _) => send::run(args, table, output).await,
        (None, Some(mapping)) => run_mapped(args, mapping, output).await,
        (None, None) => anyhow::bail!("say what the file holds: `--table` or `--mapping`"),
    }
}

async fn run_mapped(args: &ImportArgs, mapping: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let mapping = Mapping::load(mapping)?;
    anyhow::ensure!(args.file.exists(), "`{}` does not exist", args.file.display());
    // Opened first: an import whose refusals nobody can see afterwards should not begin.
    let refusals = args.refusals.as_deref().map(refusals_file).transpose()?;
    let stop = shutdown::signal()?;
    let session = Session::reach_or_found(&args.data).await?;
    let bar = Bar(output.progress("rows", None));
    let clients = |target| session.clients(&importer(target));
    let outcome = tokio::select! {
        done = import::run(&clients, &mapping, &args.file, &bar) => done.map_err(anyhow::Error::from),
        () = stop.begun() => Err(anyhow::anyhow!("stopped: every row acknowledged so far is there; the same import takes up the rest")),
    };
    bar.0.finish_and_clear();
    session.close().await;
    let report = outcome?;
    if let Some(file) = refusals {
        write_refusals(&report, file).context("cannot write the refusals")?;
    }
    show(&report, output)?;
    Ok(ExitCode::SUCCESS)
}

/// The officer whose office may import a kind of resource.
pub(crate) fn importer(target: Target) -> Officer {
    match target {
        Target::Enterprise | Target::Record => Officer::of_city("importer", "LEGAL"),
        Target::Ticket => Officer::of_city("importer", "CREDIT"),
    }
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn begin(&self, target: &str) {
        self.0.set_message(format!("{target}s"));
        self.0.set_position(0);
    }

    fn advance(&self, rows: u64) {
        self.0.inc(rows);
    }
}

pub(crate) fn show(report: &Report, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<_> = report
        .outputs
        .iter()
        .map(|part| {
            let counts = [
                part.rows,
                part.created,
                part.unmatched,
                part.updated,
                part.unchanged,
                part.repeated,
                part.left_out,
                part.refused,
            ];
            std::iter::once(part.target.clone()).chain(counts.iter().map(ToString::to_string)).collect()
        })
        .collect();
    let header = [
        "target",
        "rows",
        "new",
        "new, unmatched",
        "updated",
        "unchanged",
        "repeated",
        "left out",
        "refused",
    ];
    output.table(&format!("Import of {} ({})", report.file, report.mapping), &header, &rows);
    for part in &report.outputs {
        for refusal in part.refusals.iter().take(SHOWN_REFUSALS) {
            output.line(format!("  {refusal}"));
        }
        if part.refusals.len() > SHOWN_REFUSALS {
            output.line("  … use --refusals FILE for all of them".to_owned());
        }
        if part.unmatched > 0 {
            output.line(
                "  unmatched: attached by themselves once their enterprise is known to collection".to_owned(),
            );
        }
        anyhow::ensure!(part.adds_up(), "the counts of `{}` do not add up: {part:?}", part.target);
    }
    output.object(&serde_json::to_value(report)?);
    Ok(())
}

fn refusals_file(path: &Path) -> anyhow::Result<csv::Writer<File>> {
    let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(csv::Writer::from_writer(file))
}

fn write_refusals(report: &Report, mut file: csv::Writer<File>) -> anyhow::Result<()> {
    file.write_record(["target", "row", "field", "problem"])?;
    for part in &report.outputs {
        for refusal in &part.refusals {
            file.write_record([&part.target, &refusal.row.to_string(), &refusal.field, &refusal.problem])?;
        }
    }
    Ok(file.flush()?)
}
