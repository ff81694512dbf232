//! `xinjian model`: checks classification models offline, prints their form as a JSON Schema, lists the versions of a city.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use contract::risk::v1 as pb;
use risk::domain::combine::Combiner;
use risk::domain::model::{Model, ModelError};
use risk::rules::{self, Checked, Unusable};
use rulebook::Rulebook;
use serde_json::{Value, json};

use super::classify::said;
use crate::cli::{ModelCommand, ModelListArgs, SchemaOf};
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

/// Versions of one page.
const PAGE: i32 = 500;
/// Characters of a hash that are shown.
const SHORT: usize = 12;

pub(super) async fn run(command: &ModelCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        ModelCommand::List(args) => list(args, output).await,
        ModelCommand::Check { file, on, rulebook } => check(file, *on, rulebook.as_deref(), output),
        ModelCommand::Schema { of } => {
            output.text(schema(*of));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn list(args: &ModelListArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let session = Session::reach(&args.data).await?;
    let read = versions(args, &session).await;
    session.close().await;
    let versions = read?;
    let rows: Vec<_> = versions.iter().map(row).collect();
    output.table("Versions of models", &["model", "scope", "state", "from", "to", "proposed", "hash"], &rows);
    let versions = versions.iter().map(contract::json::to_value).collect::<Result<Vec<_>, _>>()?;
    output.object(&json!({ "models": versions }));
    Ok(ExitCode::SUCCESS)
}

async fn versions(args: &ModelListArgs, session: &Session) -> anyhow::Result<Vec<pb::Model>> {
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let (mut versions, mut page_token) = (Vec::new(), String::new());
    loop {
        let as_of = args.as_of.map(|day| day.to_string()).unwrap_or_default();
        let request = pb::ListModelsRequest { as_of, page_size: PAGE, page_token };
        let page = clients.models().list_models(request).await.map_err(said)?.into_inner();
        versions.extend(page.models);
        if page.next_page_token.is_empty() {
            return Ok(versions);
        }
        page_token = page.next_page_token;
    }
}

fn row(version: &pb::Model) -> Vec<String> {
    let proposed = match version.proposed_by.as_str() {
        "" => String::new(),
        person => format!("{} by {person}", version.proposed_day),
    };
    vec![
        version.name.clone(),
        version.scope.clone(),
        version.state.clone(),
        version.effective_from.clone(),
        version.effective_to.clone(),
        proposed,
        version.hash.chars().take(SHORT).collect(),
    ]
}

/// The JSON Schema, indented.
pub fn schema(of: SchemaOf) -> String {
    let schema = match of {
        SchemaOf::Model => Model::json_schema(),
        SchemaOf::Combination => Combiner::json_schema(),
    };
    format!("{:#}", schema.to_value())
}

fn check(
    file: &Path,
    on: Option<NaiveDate>,
    rulebook: Option<&Path>,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let rulebook = match rulebook {
        Some(folder) => Rulebook::from_dir(folder)?.into(),
        None => Rulebook::builtin(),
    };
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(match rules::check(&rulebook, &name, &text, on) {
        Ok(checked) => {
            let facts = facts(&checked);
            output.object(&json!({ "valid": true, "facts": facts }));
            let line = facts.as_object().into_iter().flatten();
            for (name, value) in line {
                output.line(format!(
                    "{name:12} {}",
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                ));
            }
            ExitCode::SUCCESS
        }
        Err(problem) => {
            output.object(&json!({ "valid": false, "faults": faults(&problem) }));
            output.line(problem);
            ExitCode::FAILURE
        }
    })
}

fn facts(checked: &Checked) -> Value {
    match checked {
        Checked::Model(model) => json!({
            "model": model.key(),
            "scope": model.scope.as_str(),
            "scheme": model.scheme.id,
            "in force": in_force(model.effective_from, model.effective_to),
            "dimensions": model.dimensions.len(),
            "indicators": model.indicators.len(),
            "rules": model.rules.len(),
            "hash": model.hash,
        }),
        Checked::Combination(combiner) => json!({
            "combination": combiner.version,
            "scheme": combiner.scheme.id,
            "in force": in_force(combiner.effective_from, combiner.effective_to),
        }),
    }
}

fn in_force(from: NaiveDate, to: Option<NaiveDate>) -> String {
    to.map_or_else(|| format!("from {from}"), |to| format!("{from} to {to}"))
}

fn faults(problem: &Unusable) -> Value {
    let Unusable::File(ModelError { faults, .. }) = problem else {
        return json!([{ "problem": problem.to_string() }]);
    };
    let fault = |fault: &risk::domain::model::Fault| {
        json!({
            "path": fault.path,
            "line": fault.position.map(|position| position.line),
            "column": fault.position.map(|position| position.column),
            "problem": fault.problem,
        })
    };
    faults.iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo run -- model schema model > docs/model.schema.json`, and the same with `combination`, bring the files up to date.
    #[test]
    fn the_published_schemas_are_those_of_the_reader() {
        for (of, name) in [(SchemaOf::Model, "model"), (SchemaOf::Combination, "combination")] {
            let file = format!("{}/../../docs/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
            let stored = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                stored.trim_end() == schema(of),
                "run `cargo run -- model schema {name} > docs/{name}.schema.json`"
            );
        }
    }
}
