//! `xinjian receipt`: a receipt of a party check, verified offline.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use contract::punishment::v1::{PartyCheck, Receipt};
use crypto::receipt::fact_of;
use crypto::signer::Sm2Verifier;
use serde_json::{Value, json};

use crate::cli::ReceiptCommand;
use crate::output::Output;

/// What the statement tells, in the order in which it is shown.
const FACTS: [&str; 9] = [
    "uscc",
    "purpose",
    "as_of",
    "checked_at",
    "office",
    "advice",
    "known_seq",
    "measures_edition",
    "rulebook",
];

pub(super) fn run(command: &ReceiptCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let ReceiptCommand::Verify { file, key } = command;
    let (receipt, answer) = receipt_in(serde_json::from_slice(&read(file)?)?)
        .with_context(|| format!("`{}` holds no receipt", file.display()))?;
    let key = Sm2Verifier::from_pem(&String::from_utf8_lossy(&read(key)?))?;
    match check(&receipt, answer.as_ref(), &key) {
        Ok(()) => {
            output.line(format!("sound: {}", receipt.name));
            for (name, value) in
                FACTS.into_iter().filter_map(|name| Some((name, fact_of(&receipt.statement, name)?)))
            {
                output.line(format!("  {name:16}  {value}"));
            }
            for line in listed(&receipt.statement) {
                output.line(format!("  {line}"));
            }
            let signed_at = fact_of(&receipt.batch_statement, "signed_at").unwrap_or_default();
            output.line(format!("signed at {signed_at} by key {}", receipt.key_id));
            output.object(&json!({
                "valid": true, "receipt": receipt.name, "key_id": receipt.key_id, "signed_at": signed_at,
                "statement": receipt.statement,
            }));
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            output.line(format!("REFUSED: {problem}"));
            output.object(&json!({ "valid": false, "receipt": receipt.name, "problem": problem }));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// The receipt itself, or the one within an answer, with the answer. That of a check by name holds the answer about the party.
fn receipt_in(mut value: Value) -> anyhow::Result<(Receipt, Option<PartyCheck>)> {
    if let Some(of_the_name) = value.get_mut("check") {
        value = of_the_name.take();
    }
    if value.get("receipt").is_some() {
        let check: PartyCheck = contract::json::from_value(value)?;
        let receipt = check.receipt.clone().context("the answer has no receipt")?;
        return Ok((receipt, Some(check)));
    }
    Ok((contract::json::from_value(value)?, None))
}

/// A receipt that is shown with an answer is sound only if that is the answer which it attests.
fn check(receipt: &Receipt, answer: Option<&PartyCheck>, key: &Sm2Verifier) -> Result<(), String> {
    punishment::api::receipt_from_pb(receipt)?.verify(key).map_err(|refused| refused.to_string())?;
    match answer {
        Some(answer) if !punishment::api::attests(&receipt.statement, answer) => {
            Err("the answer is not the one that the receipt attests".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

/// Entries and measures, a line each.
fn listed(statement: &str) -> impl Iterator<Item = &str> {
    statement.lines().filter(|line| line.starts_with("entry: ") || line.starts_with("measure: "))
}

#[cfg(test)]
mod tests {
    use contract::punishment::v1::{Advice, PartyEntry};
    use crypto::receipt::Batch;
    use crypto::signer::Sm2Signer;

    use super::*;

    fn signer() -> Sm2Signer {
        Sm2Signer::from_random(&[7; 32]).unwrap()
    }

    /// What the receipt attests.
    fn answer() -> PartyCheck {
        PartyCheck {
            uscc: "2".into(),
            advice: Advice::Normal.into(),
            as_of: "2024-06-03".into(),
            known_seq: 7,
            measures_edition: "2024".into(),
            ..PartyCheck::default()
        }
    }

    fn receipt() -> Receipt {
        let of = |uscc: &str| {
            format!(
                "uscc: {uscc}\npurpose: PERMIT\nas_of: 2024-06-03\nchecked_at: 2024-06-03T08:00:00+08:00\noffice: CREDIT\nadvice: NORMAL\n\
                 known_seq: 7\nmeasures_edition: 2024\nrulebook: r\n"
            )
        };
        let facts = [of("1"), of("2")];
        let batch = Batch::sign("b", &facts, "2024-06-03T08:00:00+08:00", &signer()).unwrap();
        let made = batch.receipt(1).unwrap();
        Receipt {
            name: made.name,
            statement: made.statement,
            index: 1,
            path: made.inclusion.path.iter().map(ToString::to_string).collect(),
            batch_statement: made.batch,
            signature: made.signature.to_hex(),
            key_id: made.signature.key_id.to_string(),
        }
    }

    #[test]
    fn a_receipt_is_accepted_alone_and_within_its_answer() {
        let receipt = receipt();
        assert_eq!(check(&receipt, None, signer().verifier()), Ok(()));
        let alone = contract::json::to_value(&receipt).unwrap();
        assert_eq!(receipt_in(alone).unwrap(), (receipt.clone(), None));
        let answer = PartyCheck { receipt: Some(receipt.clone()), ..answer() };
        let whole = contract::json::to_value(&answer).unwrap();
        let of_the_name = json!({ "check": whole });
        for shown in [whole, of_the_name] {
            let (found, told) = receipt_in(shown).unwrap();
            assert_eq!((&found, told.as_ref()), (&receipt, Some(&answer)));
            assert_eq!(check(&found, told.as_ref(), signer().verifier()), Ok(()));
        }
    }

    #[test]
    fn an_answer_that_was_changed_around_its_receipt_is_refused() {
        let entry = PartyEntry { name: "seriousCases/1".into(), ..PartyEntry::default() };
        for changed in [
            PartyCheck { advice: Advice::StatutoryBar.into(), ..answer() },
            PartyCheck { uscc: "3".into(), ..answer() },
            PartyCheck { entries: vec![entry], ..answer() },
            PartyCheck { known_seq: 8, ..answer() },
        ] {
            let refused = check(&receipt(), Some(&changed), signer().verifier()).unwrap_err();
            assert!(refused.contains("attests"), "{refused}");
        }
    }

    #[test]
    fn every_part_that_was_changed_is_refused() {
        let changed = |change: fn(&mut Receipt)| {
            let mut receipt = receipt();
            change(&mut receipt);
            check(&receipt, None, signer().verifier()).unwrap_err()
        };
        assert!(changed(|r| r.name = "receipts/b-0".into()).contains("called"));
        assert!(changed(|r| r.statement.push_str("entry: x\n")).contains("path"));
        assert!(changed(|r| r.index = -1).contains("negative"));
        assert!(changed(|r| r.path[0].replace_range(..1, "x")).contains("path"));
        assert!(changed(|r| r.path.clear()).contains("path"));
        assert!(changed(|r| r.batch_statement = r.batch_statement.replace("2024", "2025")).contains("match"));
        assert!(changed(|r| r.signature.clear()).contains("signature"));
        assert!(changed(|r| r.signature.make_ascii_uppercase()).contains("hexadecimal"));
        assert!(changed(|r| r.key_id.clear()).contains("key"));
    }
}
