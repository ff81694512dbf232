//! Two programs that share no code read the same proofs: `xinjian draw verify`, and the verifier in Python that was written from the
//! description of draw v1. They agree on random tasks, and both refuse whatever is changed in one.

mod tamper;
mod tasks;

use std::path::{Path, PathBuf};
use std::process::Command;

use crypto::draw::{ClosingProof, FullProof, Proof};
use e2e::{workspace, xinjian};
use serde_json::Value;
use tasks::{RandomTask, random_tasks};

/// The digest to hold against what was published, by one program; `None` when it refuses the proof.
type Answer = Option<String>;

/// Writes proofs as files, and asks both programs about each.
fn asked(proofs: &[Proof]) -> Vec<(Answer, Answer)> {
    asked_texts(&proofs.iter().map(Proof::to_json).collect::<Vec<_>>())
}

/// Asks both programs about files of these contents.
fn asked_texts(texts: &[String]) -> Vec<(Answer, Answer)> {
    let folder = tempfile::tempdir().unwrap();
    let write = |(number, text): (usize, &String)| {
        let file = folder.path().join(format!("{number}.json"));
        std::fs::write(&file, text).unwrap();
        file
    };
    let files: Vec<PathBuf> = texts.iter().enumerate().map(write).collect();
    files.iter().map(|file| by_the_product(file)).zip(by_python(&files)).collect()
}

fn by_the_product(file: &Path) -> Answer {
    let output = xinjian(["--json", "draw", "verify", file.to_str().unwrap()]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.success(), answer["valid"] == true, "{answer}");
    answer["final_hash"].as_str().map(str::to_owned)
}

fn by_python(files: &[PathBuf]) -> Vec<Answer> {
    let verifier = workspace().join("tests/draw_verify.py");
    let output = Command::new("python3").arg(verifier).args(files).output().expect("python3 is installed");
    let said = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Answer> = said
        .lines()
        .map(|line| match line.split_once(' ') {
            Some(("sound", digest)) => Some(digest.to_owned()),
            Some(("REFUSED", _)) => None,
            _ => panic!("{line}"),
        })
        .collect();
    assert_eq!(answers.len(), files.len(), "{}", String::from_utf8_lossy(&output.stderr));
    answers
}

/// The proofs that a task gives out: the full one, and for a restricted draw the closing one.
fn proofs(task: &RandomTask) -> Vec<Proof> {
    let (task, drawn) = (task.input(), task.drawn());
    let full = Proof::Full(FullProof::of(&task, &drawn));
    let closing = || Proof::Closing(ClosingProof::of(&task, &drawn));
    if task.announcement.header().disclosure.is_public() { vec![full] } else { vec![full, closing()] }
}

/// The same proofs after some replacements.
fn proofs_with_replacements(task: &RandomTask) -> Vec<Proof> {
    let replacements = task.replacements();
    let (task, drawn) = (task.input(), task.drawn());
    let full = Proof::Full(FullProof::of(&task, &drawn).with(&task, &replacements));
    let closing = || Proof::Closing(ClosingProof::of(&task, &drawn).with(&task, &replacements));
    if task.announcement.header().disclosure.is_public() { vec![full] } else { vec![full, closing()] }
}

fn digest_of(proof: &Proof) -> String {
    let (published, replaced) = match proof {
        Proof::Full(proof) => (proof.published_hash, &proof.replaced),
        Proof::Closing(proof) => (proof.published_hash, &proof.replaced),
    };
    replaced.as_ref().map_or(published, |replaced| replaced.final_hash).to_hex()
}

#[test]
fn both_verifiers_find_the_same_digest_in_proofs_of_random_tasks() {
    let tasks = random_tasks(60, 0);
    let all: Vec<Proof> = tasks.iter().flat_map(proofs).collect();
    assert!(all.len() > tasks.len(), "draws of both disclosures");
    for (proof, answers) in all.iter().zip(asked(&all)) {
        let published = Some(digest_of(proof));
        assert_eq!(answers, (published.clone(), published));
    }
}

#[test]
fn both_verifiers_find_the_same_digest_in_proofs_with_replacements() {
    let tasks = random_tasks(30, 1);
    let all: Vec<Proof> = tasks.iter().flat_map(proofs_with_replacements).collect();
    let replaced = |proof: &&Proof| matches!(proof, Proof::Full(proof) if proof.replaced.is_some());
    assert!(all.iter().filter(replaced).count() > 20, "most tasks can replace somebody");
    for (proof, answers) in all.iter().zip(asked(&all)) {
        let published = Some(digest_of(proof));
        assert_eq!(answers, (published.clone(), published));
    }
}

#[test]
fn both_verifiers_refuse_whatever_is_changed_in_a_replacement() {
    let has_replaced = |task: &RandomTask| task.replacements().len() > 1;
    for task in random_tasks(8, 3).into_iter().filter(has_replaced).take(3) {
        let replacements = task.replacements();
        let input = task.input();
        let right = FullProof::of(&input, &task.drawn()).with(&input, &replacements);
        let changed = tamper::replacements(&right);
        let proofs: Vec<Proof> = changed.iter().map(|(_, proof)| Proof::Full(proof.clone())).collect();
        for ((what, proof), answers) in changed.iter().zip(asked(&proofs)) {
            assert_ne!(proof, &right, "{what} changes nothing");
            assert_eq!(answers, (None, None), "{what}");
        }
    }
}

#[test]
fn both_verifiers_refuse_whatever_is_changed_in_a_full_proof() {
    for task in random_tasks(4, 3) {
        let right = FullProof::of(&task.input(), &task.drawn());
        let changed = tamper::full(&right);
        let proofs: Vec<Proof> = changed.iter().map(|(_, proof)| Proof::Full(proof.clone())).collect();
        for ((what, proof), answers) in changed.iter().zip(asked(&proofs)) {
            assert_ne!(proof, &right, "{what} changes nothing");
            assert_eq!(answers, (None, None), "{what}");
        }
    }
}

#[test]
fn both_verifiers_refuse_whatever_is_changed_in_a_closing_proof() {
    let restricted = |task: &RandomTask| !task.input().announcement.header().disclosure.is_public();
    for task in random_tasks(8, 3).into_iter().filter(restricted) {
        let right = ClosingProof::of(&task.input(), &task.drawn());
        let changed = tamper::closing(&right);
        let proofs: Vec<Proof> = changed.iter().map(|(_, proof)| Proof::Closing(proof.clone())).collect();
        for ((what, proof), answers) in changed.iter().zip(asked(&proofs)) {
            assert_ne!(proof, &right, "{what} changes nothing");
            assert_eq!(answers, (None, None), "{what}");
        }
    }
}

#[test]
fn both_verifiers_refuse_a_truth_value_and_a_fraction_where_a_number_belongs() {
    const LEADING: &str = r#""slot":0,"#;
    let proofs = random_tasks(30, 1).into_iter().flat_map(|task| proofs_with_replacements(&task));
    let replaced_leading = |proof: Proof| {
        let text = proof.to_json();
        let table = text.find(r#""replacements":"#)?;
        let at = table + text[table..].find(LEADING)?;
        Some((text[..at].to_owned(), text[at + LEADING.len()..].to_owned()))
    };
    let (before, after) = proofs.into_iter().find_map(replaced_leading).unwrap();
    let with = |slot: &str| format!("{before}\"slot\":{slot},{after}");
    let answers = asked_texts(&[with("0"), with("false"), with("0.0")]);
    assert!(answers[0].0.is_some() && answers[0].0 == answers[0].1, "{answers:?}");
    assert_eq!(answers[1..], [(None, None), (None, None)]);
}
