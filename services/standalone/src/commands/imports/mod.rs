//! `xinjian imports`: the files that officers sent, and what became of them.

mod follow;
mod report;
pub(super) mod send;

use std::process::ExitCode;

use contract::collection::v1::{CancelImportRequest, GetImportRequest, Import, ListImportsRequest};
use domain::MicrosUtc;
use serde_json::json;

use super::classify::said;
use crate::cli::{CityArgs, ImportsCommand, OneImportArgs};
use crate::clients::Clients;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

/// Imports of one page.
const PAGE: usize = 1_000;

pub(super) async fn run(command: &ImportsCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let (ImportsCommand::List { data, .. }
    | ImportsCommand::Cancel { data, .. }
    | ImportsCommand::Show(OneImportArgs { data, .. })
    | ImportsCommand::Resume(OneImportArgs { data, .. })) = command;
    let session = Session::reach(data).await?;
    // The office that sees the imports of all.
    let outcome = match session.clients(&Officer::of_city("command-line", "CREDIT")) {
        Ok(clients) => act(command, &clients, data, output).await,
        Err(failed) => Err(failed),
    };
    session.close().await;
    outcome
}

async fn act(
    command: &ImportsCommand,
    clients: &Clients,
    data: &CityArgs,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        ImportsCommand::List { state, limit, .. } => {
            list(clients, state.as_deref().unwrap_or_default(), usize::try_from(*limit)?, output).await
        }
        ImportsCommand::Show(args) => {
            let import = get(clients, &args.name).await?;
            report::show(clients, &import, &args.report, args.refused.as_deref(), output).await?;
            Ok(ExitCode::SUCCESS)
        }
        ImportsCommand::Cancel { name, .. } => cancel(clients, name, output).await,
        ImportsCommand::Resume(args) => {
            let import = follow::to_the_end(clients, &args.name, data, output).await?;
            report::show(clients, &import, &args.report, args.refused.as_deref(), output).await?;
            Ok(follow::exit_code(&import))
        }
    }
}

/// The import `name` as it stands.
async fn get(clients: &Clients, name: &str) -> anyhow::Result<Import> {
    let request = GetImportRequest { name: name.to_owned() };
    Ok(clients.imports().get_import(request).await.map_err(said)?.into_inner())
}

async fn list(clients: &Clients, state: &str, limit: usize, output: &Output) -> anyhow::Result<ExitCode> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    let whole = loop {
        let page_size = i32::try_from(PAGE.min(limit - found.len()))?;
        let request = ListImportsRequest { state: state.to_owned(), page_size, page_token };
        let page = clients.imports().list_imports(request).await.map_err(said)?.into_inner();
        found.extend(page.imports);
        page_token = page.next_page_token;
        if page_token.is_empty() || found.len() >= limit {
            break page_token.is_empty();
        }
    };
    let header = ["import", "file", "holds", "state", "lines", "done", "refused", "office", "received"];
    let row = |import: &Import| {
        let received = import.create_time.map(|time| MicrosUtc(time.seconds * 1_000_000).to_string());
        vec![
            import.name.clone(),
            import.file_name.clone(),
            report::holds(import),
            import.state.clone(),
            import.lines.to_string(),
            import.lines_done.to_string(),
            import.refused.to_string(),
            import.office.clone(),
            received.unwrap_or_default(),
        ]
    };
    output.table("Imports", &header, &found.iter().map(row).collect::<Vec<_>>());
    if !whole {
        output.line(format!("There are more; `--limit` shows them ({limit} are shown)."));
    }
    let imports = found.iter().map(contract::json::to_value).collect::<Result<Vec<_>, _>>()?;
    output.object(&json!({ "imports": imports, "more": !whole }));
    Ok(ExitCode::SUCCESS)
}

async fn cancel(clients: &Clients, name: &str, output: &Output) -> anyhow::Result<ExitCode> {
    let import = get(clients, name).await?;
    if !follow::is_open(&import)? {
        let (state, done) = (&import.state, import.lines_done);
        output.line(format!("{name} is {state}, {done} lines are done: there is nothing to stop"));
        output.object(&json!({ "cancelled": false, "import": contract::json::to_value(&import)? }));
        return Ok(ExitCode::FAILURE);
    }
    let request = CancelImportRequest { name: name.to_owned(), request_id: uuid::Uuid::new_v4().to_string() };
    let import = clients.imports().cancel_import(request).await.map_err(said)?.into_inner();
    output.line(format!("{name} is cancelled; {}", follow::kept(&import)));
    output.object(&json!({ "cancelled": true, "import": contract::json::to_value(&import)? }));
    Ok(ExitCode::SUCCESS)
}
