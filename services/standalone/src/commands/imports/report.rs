//! What became of each line of an import.

use std::path::Path;

use anyhow::Context;
use collection::machines::import::State;
use contract::collection::v1::{
    GetRefusedWorkbookRequest, Import, LineFault, ListRefusedLinesRequest, ListTakenLinesRequest,
    RefusedLine, TakenLine,
};
use serde_json::{Value, json};

use super::super::classify::said;
use super::follow::kept;
use crate::cli::ReportArgs;
use crate::clients::Clients;
use crate::output::Output;

/// Lines of one page.
const PAGE: usize = 1_000;

/// A line of the file.
#[derive(Debug)]
enum Line {
    /// Taken, or there already.
    Taken(TakenLine),
    /// Refused.
    Refused(RefusedLine),
}

impl Line {
    fn number(&self) -> i64 {
        match self {
            Self::Taken(line) => line.line,
            Self::Refused(line) => line.line,
        }
    }

    fn outcome(&self) -> &'static str {
        match self {
            Self::Taken(line) if line.duplicate => "duplicate",
            Self::Taken(_) => "taken",
            Self::Refused(_) => "refused",
        }
    }

    /// Rows for people: one, or one for each fault.
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |what: String, state: &str| {
            vec![self.number().to_string(), self.outcome().to_owned(), what, state.to_owned()]
        };
        match self {
            Self::Taken(line) => vec![row(line.subject.clone(), &line.state)],
            Self::Refused(line) => line.faults.iter().map(|fault| row(told(fault), "")).collect(),
        }
    }

    fn object(&self) -> anyhow::Result<Value> {
        let mut object = match self {
            Self::Taken(line) => contract::json::to_value(line)?,
            Self::Refused(line) => contract::json::to_value(line)?,
        };
        if let Some(fields) = object.as_object_mut() {
            fields.insert("outcome".to_owned(), self.outcome().into());
        }
        Ok(object)
    }
}

/// What the file of an import holds, for people.
pub(super) fn holds(import: &Import) -> String {
    if import.dry_run { format!("{}, dry run", import.table) } else { import.table.clone() }
}

/// Prints the report of an import, and writes its refused lines to `workbook`, if there are any.
pub(super) async fn show(
    clients: &Clients,
    import: &Import,
    wanted: &ReportArgs,
    workbook: Option<&Path>,
    output: &Output,
) -> anyhow::Result<()> {
    let most = usize::try_from(wanted.lines)?;
    let (lines, whole, not_kept) = lines(clients, &import.name, most).await?;
    let counts = [
        import.lines,
        import.lines_done,
        import.attached,
        import.unmatched,
        import.duplicates,
        import.refused,
    ];
    output.table(
        &format!("{} of {} ({}): {}", import.name, import.file_name, holds(import), import.state),
        &["lines", "done", "attached", "unmatched", "duplicates", "refused"],
        &[counts.iter().map(ToString::to_string).collect()],
    );
    for said in remarks(import) {
        output.line(format!("  {said}"));
    }
    let rows: Vec<_> = lines.iter().flat_map(Line::rows).collect();
    if !rows.is_empty() {
        output.table("Line by line", &["line", "outcome", "what", "state now"], &rows);
    }
    if !whole {
        output.line(format!("There are more lines; `--lines` shows them ({most} are shown)."));
    }
    if not_kept > 0 {
        output.line(format!("{not_kept} more lines were refused than are kept: they are counted alone."));
    }
    let workbook = workbook.filter(|_| import.refused > 0);
    if let Some(path) = workbook {
        write_refused(clients, &import.name, wanted.purpose.as_deref(), path).await?;
        output.line(format!("The refused lines, with their reasons: {}", path.display()));
    }
    output.object(&json!({
        "import": contract::json::to_value(import)?,
        "lines": lines.iter().map(Line::object).collect::<anyhow::Result<Vec<_>>>()?,
        "more": !whole,
        "refused_not_kept": not_kept,
        "refused_workbook": workbook.map(|path| path.display().to_string()),
    }));
    Ok(())
}

/// What the counts alone do not say.
fn remarks(import: &Import) -> Vec<String> {
    let mut said = Vec::new();
    if !import.problem.is_empty() {
        said.push(format!("refused as a whole: {}", import.problem));
    }
    if import.state == State::Cancelled.as_str() {
        said.push(format!("stopped by an officer: {}", kept(import)));
    }
    if !import.ignored_columns.is_empty() {
        said.push(format!("columns that are not read: {}", import.ignored_columns.join(", ")));
    }
    if import.dry_run {
        said.push("a dry run: nothing was taken".to_owned());
    } else if import.unmatched > 0 {
        said.push(
            "unmatched: attached once their enterprise is registered, or officers match them".to_owned(),
        );
    }
    said
}

fn told(fault: &LineFault) -> String {
    if fault.header.is_empty() {
        fault.problem.clone()
    } else {
        format!("{}: {}", fault.header, fault.problem)
    }
}

/// The first lines of an import, in the order of the file, whether these are all that are kept, and how many refused ones are not.
async fn lines(clients: &Clients, name: &str, most: usize) -> anyhow::Result<(Vec<Line>, bool, i64)> {
    if most == 0 {
        return Ok((Vec::new(), true, 0));
    }
    // As many of either kind may come first.
    let mut lines = taken(clients, name, most + 1).await?;
    let (refused, not_kept) = refused(clients, name, most + 1).await?;
    lines.extend(refused);
    lines.sort_by_key(Line::number);
    let whole = lines.len() <= most;
    lines.truncate(most);
    Ok((lines, whole, not_kept))
}

async fn taken(clients: &Clients, name: &str, most: usize) -> anyhow::Result<Vec<Line>> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let page_size = i32::try_from(PAGE.min(most - found.len()))?;
        let request =
            ListTakenLinesRequest { name: name.to_owned(), page_size, page_token, ..Default::default() };
        let page = clients.imports().list_taken_lines(request).await.map_err(said)?.into_inner();
        found.extend(page.lines.into_iter().map(Line::Taken));
        if page.next_page_token.is_empty() || found.len() >= most {
            return Ok(found);
        }
        page_token = page.next_page_token;
    }
}

async fn refused(clients: &Clients, name: &str, most: usize) -> anyhow::Result<(Vec<Line>, i64)> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let page_size = i32::try_from(PAGE.min(most - found.len()))?;
        let request = ListRefusedLinesRequest { name: name.to_owned(), page_size, page_token };
        let page = clients.imports().list_refused_lines(request).await.map_err(said)?.into_inner();
        found.extend(page.lines.into_iter().map(Line::Refused));
        if page.next_page_token.is_empty() || found.len() >= most {
            return Ok((found, page.not_kept));
        }
        page_token = page.next_page_token;
    }
}

async fn write_refused(
    clients: &Clients,
    name: &str,
    purpose: Option<&str>,
    path: &Path,
) -> anyhow::Result<()> {
    let request =
        GetRefusedWorkbookRequest { name: name.to_owned(), purpose: purpose.unwrap_or_default().to_owned() };
    let mut parts = clients.imports().get_refused_workbook(request).await.map_err(said)?.into_inner();
    let mut workbook = Vec::new();
    while let Some(next) = parts.message().await.map_err(said)? {
        workbook.extend(next.part);
    }
    let failed = || {
        format!("cannot write `{}`; `xinjian imports show {name} --refused FILE` writes it", path.display())
    };
    std::fs::write(path, workbook).with_context(failed)
}
