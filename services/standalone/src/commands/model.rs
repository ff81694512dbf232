//! `xinjian model`: checks classification models offline, and prints their form as a JSON Schema.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use risk::domain::combine::Combiner;
use risk::domain::model::{Model, ModelError};
use risk::rules::{self, Checked, Unusable};
use rulebook::Rulebook;
use serde_json::{Value, json};

use crate::cli::{ModelCommand, SchemaOf};
use crate::output::Output;

pub(super) fn run(command: &ModelCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        ModelCommand::Check { file, on, rulebook } => check(file, *on, rulebook.as_deref(), output),
        ModelCommand::Schema { of } => {
            output.text(schema(*of));
            Ok(ExitCode::SUCCESS)
        }
    }
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
