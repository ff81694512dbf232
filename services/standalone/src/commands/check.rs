//! `xinjian check`: codes and numbers, offline.

use std::process::ExitCode;

use domain::{DivisionCode, LicenceNumber, Uscc};
use serde_json::json;

use crate::cli::CheckCommand;
use crate::output::Output;

pub(super) fn run(command: &CheckCommand, output: &Output) -> ExitCode {
    match command {
        CheckCommand::Uscc { value } => answer(output, value, Uscc::parse(value).map(|code| of_uscc(&code))),
        CheckCommand::Licence { value } => {
            answer(output, value, LicenceNumber::parse(value).map(|number| of_licence(&number)))
        }
    }
}

type Facts = Vec<(&'static str, String)>;

fn answer<E: std::fmt::Display>(output: &Output, value: &str, parsed: Result<Facts, E>) -> ExitCode {
    match parsed {
        Ok(facts) => {
            let object: serde_json::Map<_, _> =
                facts.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            output.object(&json!({ "valid": true, "facts": object }));
            for (name, value) in facts {
                output.line(format!("{name:22} {value}"));
            }
            ExitCode::SUCCESS
        }
        Err(problem) => {
            output.object(&json!({ "valid": false, "value": value, "problem": problem.to_string() }));
            output.line(format!("wrong: {problem}"));
            ExitCode::FAILURE
        }
    }
}

fn of_uscc(code: &Uscc) -> Facts {
    let registered = code.registering_division();
    let place = DivisionCode::parse(registered).ok().and_then(|division| division.name_zh());
    vec![
        ("code", code.to_string()),
        ("registered in", format!("{registered} {}", place.unwrap_or_default()).trim().to_owned()),
        ("check character", "right".to_owned()),
    ]
}

fn of_licence(number: &LicenceNumber) -> Facts {
    let mut facts = vec![("number", number.to_string()), ("key field", number.field().to_owned())];
    facts.push(("sub-kinds", number.possible_sub_kinds().join(", ")));
    match number {
        LicenceNumber::Food(food) => {
            facts.push(("category", food.category().to_string()));
            facts.push((
                "site",
                food.site_division().map(|division| division.to_string()).unwrap_or_default(),
            ));
        }
        LicenceNumber::Equipment(equipment) => {
            facts.push(("valid to the end of", equipment.expiry_year().to_string()))
        }
    }
    facts
}
