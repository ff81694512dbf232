//! `xinjian template`: the workbook to fill in, by the rules of today. Offline.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use collection::template::{Table, workbook};
use rulebook::Rulebook;
use serde_json::json;
use service::Clock;

use crate::cli::TemplateArgs;
use crate::output::Output;

pub(super) fn run(args: &TemplateArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let book = match &args.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let table: Table = args.kind.word().parse()?;
    let content = workbook(table, &book, Clock::System.today())?;
    let file = args.file.display().to_string();
    std::fs::write(&args.file, content).with_context(|| format!("cannot write `{file}`"))?;
    output.line(format!("To be filled in: {file}"));
    output.object(&json!({ "table": args.kind.word(), "file": file }));
    Ok(ExitCode::SUCCESS)
}
