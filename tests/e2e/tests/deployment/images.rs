//! The Dockerfile: every stage that is asked for exists, holds what was built, and runs without rights.

use std::collections::BTreeSet;
use std::process::Command;

use super::compose::{compose, root, text_of};

const DOCKERFILE: &str = "deploy/Dockerfile";

/// A stage of the Dockerfile: what it begins with, its name, and its instructions.
struct Stage {
    base: String,
    name: String,
    instructions: Vec<String>,
}

/// Instructions with their continued lines joined, comments left out.
fn instructions() -> Vec<String> {
    let text = text_of(DOCKERFILE);
    let lines =
        text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let joined = lines.replace("\\\n", " ");
    joined
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

fn stages() -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions() {
        if let Some(from) = instruction.strip_prefix("FROM ") {
            let (base, name) = from.split_once(" AS ").unwrap_or_else(|| panic!("`{from}` has no name"));
            stages.push(Stage { base: base.to_owned(), name: name.to_owned(), instructions: Vec::new() });
        } else {
            stages.last_mut().expect("a Dockerfile begins with FROM").instructions.push(instruction);
        }
    }
    stages
}

fn stage<'a>(stages: &'a [Stage], name: &str) -> &'a Stage {
    stages.iter().find(|stage| stage.name == name).unwrap_or_else(|| panic!("no stage is called `{name}`"))
}

/// The last such instruction of a stage or of what it begins with.
fn inherited(stages: &[Stage], name: &str, instruction: &str) -> Option<String> {
    let stage = stages.iter().find(|stage| stage.name == name)?;
    let own = stage.instructions.iter().rev().find_map(|line| line.strip_prefix(instruction));
    own.map(|rest| rest.trim().to_owned()).or_else(|| inherited(stages, &stage.base, instruction))
}

/// Programs of the packages that the build stage names.
fn built_programs(build: &Stage) -> BTreeSet<String> {
    let run = build.instructions.iter().find(|line| line.contains("cargo build")).expect("the stage builds");
    let words: Vec<_> = run.split_whitespace().collect();
    let packages: BTreeSet<_> = words.windows(2).filter(|pair| pair[0] == "-p").map(|pair| pair[1]).collect();
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let of_build = |package: &&serde_json::Value| packages.contains(package["name"].as_str().unwrap());
    let targets = metadata["packages"].as_array().unwrap().iter().filter(of_build).flat_map(|package| {
        package["targets"].as_array().unwrap().iter().filter(|target| target["kind"][0] == "bin")
    });
    targets.map(|target| target["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_target_of_the_composition_is_a_stage_and_every_last_stage_is_used() {
    let stages = stages();
    let mut targets = BTreeSet::new();
    for (name, service) in compose().services {
        let Some(build) = service.build else { continue };
        assert_eq!((build.context.as_str(), build.dockerfile.as_str()), (".", DOCKERFILE), "{name}");
        stage(&stages, &build.target);
        targets.insert(build.target);
    }
    for Stage { name, .. } in &stages {
        let copied = format!("--from={name} ");
        let built_on = stages
            .iter()
            .any(|other| other.base == *name || other.instructions.iter().any(|line| line.contains(&copied)));
        assert!(targets.contains(name) || built_on, "nobody uses stage `{name}`");
    }
}

#[test]
fn every_base_is_an_earlier_stage_or_a_pinned_image() {
    let stages = stages();
    for (index, Stage { base, .. }) in stages.iter().enumerate() {
        let earlier = stages[..index].iter().any(|stage| stage.name == *base);
        let tag = base.rsplit_once(':').map(|(_, tag)| tag);
        let pinned = tag.is_some_and(|tag| tag != "latest" && tag.contains(|c: char| c.is_ascii_digit()));
        assert!(earlier || pinned, "{base}");
    }
}

#[test]
fn the_build_uses_the_rust_that_the_workspace_asks_for() {
    let stages = stages();
    let wanted = env!("CARGO_PKG_RUST_VERSION");
    assert!(
        stage(&stages, "build").base.starts_with(&format!("rust:{wanted}.")),
        "the workspace asks for {wanted}"
    );
}

#[test]
fn what_is_copied_was_built_or_is_there() {
    let stages = stages();
    let built = built_programs(stage(&stages, "build"));
    let run = stage(&stages, "build").instructions.join(" ");
    for Stage { name, instructions, .. } in &stages {
        for copy in instructions.iter().filter_map(|line| line.strip_prefix("COPY ")) {
            let source = copy.split_whitespace().find(|word| !word.starts_with("--")).unwrap();
            if let Some(program) = source.strip_prefix("/out/") {
                assert!(built.contains(program), "{name}: {program} is not among {built:?}");
                assert!(run.contains(&format!("target/release/{program} ")), "{name}: {program} is not kept");
            } else if let Some((_, from)) = copy.split_once("--from=") {
                stage(&stages, from.split_whitespace().next().unwrap());
            } else {
                assert!(root().join(source).exists(), "{name}: {source}");
            }
        }
    }
}

#[test]
fn the_registry_of_an_image_can_keep_its_archive_in_a_bucket() {
    let stages = stages();
    let build = stage(&stages, "build").instructions.join(" ");
    assert!(build.contains("--features registry/s3,collection/s3,inspection/s3"), "{build}");
}

#[test]
fn every_image_runs_as_the_user_that_the_composition_names() {
    let stages = stages();
    for (name, service) in compose().services {
        let Some(build) = service.build else { continue };
        let user = inherited(&stages, &build.target, "USER ");
        assert_eq!(user.as_deref(), Some(service.user.as_str()), "{name}");
        assert_ne!(service.user.split(':').next(), Some("0"), "{name}");
    }
}

#[test]
fn a_volume_that_is_written_to_covers_a_folder_that_belongs_to_the_writer() {
    let stages = stages();
    for (name, service) in compose().services {
        let Some(build) = &service.build else { continue };
        let mut made = String::new();
        let mut at = build.target.as_str();
        while let Some(stage) = stages.iter().find(|stage| stage.name == at) {
            made.push_str(&stage.instructions.join("\n"));
            at = &stage.base;
        }
        for mount in service.mounts().filter(|mount| mount.writable) {
            let folder = mount.target.strip_prefix("/var/lib/xinjian/").unwrap_or(mount.target);
            let is_made = made.contains(&format!(" {folder} ")) || made.contains(&format!(" {folder};"));
            let is_copied = made.lines().any(|line| line.starts_with("COPY") && line.ends_with(folder));
            assert!(is_made || is_copied, "{name}: {} belongs to root", mount.target);
        }
    }
}
