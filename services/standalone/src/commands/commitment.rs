//! `xinjian commitment`: a published letter checked offline.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use contract::public::v1::PublicCommitment;
use crypto::signer::{KeyId, Signature, Sm2Verifier, Verifier};
use crypto::sm3;
use serde_json::json;

use crate::cli::CommitmentCommand;
use crate::output::Output;

pub(super) fn run(command: &CommitmentCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let CommitmentCommand::Verify { file, key, copy } = command;
    let letter: PublicCommitment = contract::json::from_value(serde_json::from_slice(&read(file)?)?)
        .with_context(|| format!("`{}` holds no letter of the public listener", file.display()))?;
    let key = Sm2Verifier::from_pem(&String::from_utf8_lossy(&read(key)?))?;
    let copy = copy.as_deref().map(read).transpose()?;
    match check(&letter, &key, copy.as_deref()) {
        Ok(()) => {
            output.line(format!("letter      {}", letter.name));
            output.line(format!("enterprise  {} {}", letter.uscc, letter.legal_name));
            output.line(format!("signed on   {}", letter.signed_on));
            output.line(format!("attested by key {}", letter.key_id));
            if copy.is_none() {
                output.line(format!("signed copy not looked at; its digest is {}", letter.signed_copy));
            }
            output
                .object(&json!({ "valid": true, "commitment": letter.name, "copy_checked": copy.is_some() }));
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            output.line(format!("refused: {problem}"));
            output.object(&json!({ "valid": false, "commitment": letter.name, "problem": problem }));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Whether everything about the letter agrees: its text with its digest, the copy with its digest, both and the facts with
/// what was signed, and the signature with the key.
fn check(letter: &PublicCommitment, key: &Sm2Verifier, copy: Option<&[u8]>) -> Result<(), String> {
    let digest_of = |content: &[u8]| format!("sm3:{}", sm3::digest(content));
    if !letter.text.is_empty() && digest_of(letter.text.as_bytes()) != letter.text_digest {
        return Err("the text is not the one of the digest".to_owned());
    }
    if copy.is_some_and(|copy| digest_of(copy) != letter.signed_copy) {
        return Err("the signed copy is not the one that was archived".to_owned());
    }
    for (fact, told) in [
        ("algorithm", "xinjian-commitment-v1"),
        ("commitment", letter.name.as_str()),
        ("text", letter.text_digest.as_str()),
        ("copy", letter.signed_copy.as_str()),
        ("signed_on", letter.signed_on.as_str()),
    ] {
        let attested =
            fact_of(&letter.statement, fact).ok_or(format!("nothing is attested about `{fact}`"))?;
        if attested != told {
            return Err(format!("`{fact}` is `{told}` in the letter, `{attested}` in what was signed"));
        }
    }
    if !letter.name.starts_with(&format!("enterprises/{}/", letter.uscc)) {
        return Err("the letter is of another enterprise".to_owned());
    }
    let bytes = bytes_of(&letter.signature).ok_or("the signature is not written in hexadecimal digits")?;
    let signature = Signature { key_id: KeyId::from_text(&letter.key_id), bytes };
    key.verify(letter.statement.as_bytes(), &signature).map_err(|refused| refused.to_string())
}

/// The value of the only line `name: …` of a statement.
fn fact_of<'s>(statement: &'s str, name: &str) -> Option<&'s str> {
    let mut found = statement.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use crypto::signer::{Signer, Sm2Signer};

    use super::*;

    const COPY: &[u8] = b"%PDF-1.7 signed";

    fn signer() -> Sm2Signer {
        Sm2Signer::from_random(&[7; 32]).unwrap()
    }

    fn letter() -> PublicCommitment {
        let text = "本企业承诺依法生产。";
        let digest = |content: &[u8]| format!("sm3:{}", sm3::digest(content));
        let name = "enterprises/91370102MA3C00011F/commitments/1";
        let statement = format!(
            "algorithm: xinjian-commitment-v1\ncommitment: {name}\nfield: FOOD\ntemplate: t\ntext: {}\ncopy: {}\n\
             signed_on: 2025-06-03\n",
            digest(text.as_bytes()),
            digest(COPY),
        );
        let signature = signer().sign(statement.as_bytes()).unwrap();
        PublicCommitment {
            name: name.into(),
            uscc: "91370102MA3C00011F".into(),
            text: text.into(),
            text_digest: digest(text.as_bytes()),
            signed_on: "2025-06-03".into(),
            signed_copy: digest(COPY),
            statement,
            signature: signature.to_hex(),
            key_id: signature.key_id.to_string(),
            ..PublicCommitment::default()
        }
    }

    fn refusal(letter: &PublicCommitment, copy: Option<&[u8]>) -> String {
        check(letter, signer().verifier(), copy).unwrap_err()
    }

    #[test]
    fn a_letter_as_published_is_accepted_with_and_without_its_copy() {
        assert_eq!(check(&letter(), signer().verifier(), Some(COPY)), Ok(()));
        assert_eq!(check(&letter(), signer().verifier(), None), Ok(()));
    }

    #[test]
    fn whatever_was_changed_is_named() {
        assert!(refusal(&letter(), Some(b"%PDF-1.7 another")).contains("signed copy"));
        let changed = |change: fn(&mut PublicCommitment)| {
            let mut letter = letter();
            change(&mut letter);
            refusal(&letter, Some(COPY))
        };
        assert!(changed(|letter| letter.text.push('。')).contains("text"));
        assert!(changed(|letter| letter.signed_on = "2025-06-04".into()).contains("signed_on"));
        assert!(changed(|letter| letter.uscc = "91370114MA3T7K2P9A".into()).contains("enterprise"));
        assert!(changed(|letter| letter.statement.push_str("copy: x\n")).contains("copy"));
        assert!(changed(|letter| letter.statement.push('\n')).contains("match"));
        assert!(changed(|letter| letter.signature.clear()).contains("signature"));
        assert!(changed(|letter| letter.key_id.clear()).contains("key"));
    }
}
