//! `xinjian template`: the workbook to fill in.

use std::process::ExitCode;

use anyhow::Context;
use contract::collection::v1::GetTemplateRequest;
use serde_json::json;

use super::classify::said;
use crate::cli::TemplateArgs;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &TemplateArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let session = Session::open(&args.data.data).await?;
    let outcome = write(args, &session).await;
    session.close().await;
    outcome?;
    let file = args.file.display().to_string();
    output.line(format!("To be filled in: {file}"));
    output.object(&json!({ "table": args.kind.word(), "file": file }));
    Ok(ExitCode::SUCCESS)
}

async fn write(args: &TemplateArgs, session: &Session) -> anyhow::Result<()> {
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let request = GetTemplateRequest { table: args.kind.word().to_owned() };
    let template = clients.imports().get_template(request).await.map_err(said)?.into_inner();
    std::fs::write(&args.file, template.content)
        .with_context(|| format!("cannot write `{}`", args.file.display()))
}
