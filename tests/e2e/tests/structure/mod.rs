//! What holds the workspace together from outside any crate: who may depend on whom, in which direction events flow, the same
//! migrations for both engines, files that can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::flow::FLOW;
use e2e::workspace;
use serde_json::Value;
use standalone::house::SERVICES;

/// The crate that composes the services.
const COMPOSER: &str = "standalone";
/// Most lines of a file.
const LONGEST_FILE: usize = 800;
/// What people write and read; data tables and lock files are as long as they are.
const WRITTEN: [&str; 8] = ["rs", "proto", "sql", "md", "toml", "yml", "yaml", "sh"];
/// Made of the tables of the machines, which people read by its headings.
const GENERATED: &str = "docs/state-machines.md";

#[test]
fn no_service_depends_on_the_crate_of_another_and_nothing_shared_on_a_service() {
    let packages = packages();
    let services: BTreeSet<&str> = SERVICES.into_iter().chain(["gateway"]).collect();
    assert!(services.iter().all(|service| packages.contains_key(*service)), "{:?}", packages.keys());
    for (name, (folder, dependencies)) in &packages {
        let below: Vec<_> = dependencies.iter().filter(|one| services.contains(one.as_str())).collect();
        match folder.as_str() {
            "services" if name == COMPOSER => assert_eq!(below.len(), services.len(), "{name} composes all"),
            "services" | "shared" => assert!(below.is_empty(), "{name} depends on {below:?}"),
            _ => assert_eq!(folder, "tests", "{name} lies in a folder that nobody knows"),
        }
    }
    let on_composer = packages.iter().filter(|(_, (_, dependencies))| dependencies.contains(COMPOSER));
    assert!(
        on_composer.into_iter().all(|(_, (folder, _))| folder == "tests"),
        "only tests use the composition"
    );
}

/// Every package of the workspace: the top folder that it lies in, and the packages of the workspace that it depends on in any way.
fn packages() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers JSON");
    let text = |value: &Value| value.as_str().expect("cargo writes a text").to_owned();
    let list = |value: &Value| value.as_array().expect("cargo writes a list").clone();
    let package = |package: &Value| {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let folder =
            manifest.ancestors().nth(2).and_then(Path::file_name).expect("packages lie two folders deep");
        let local = |one: &&Value| !one["path"].is_null();
        let dependencies =
            list(&package["dependencies"]).iter().filter(local).map(|one| text(&one["name"])).collect();
        (text(&package["name"]), (folder.to_string_lossy().into_owned(), dependencies))
    };
    list(&metadata["packages"]).iter().map(package).collect()
}

#[test]
fn the_table_of_who_follows_what_is_that_of_the_services_code() {
    for service in SERVICES {
        let source = workspace().join("services").join(service).join("src");
        let told: BTreeSet<String> = files_below(&source)
            .into_iter()
            .filter(|file| {
                file.strip_prefix(&source)
                    .is_ok_and(|inner| inner.starts_with("follow") || inner.ends_with("follow.rs"))
            })
            .flat_map(|file| kinds_in(&read(&file)))
            .filter(|kind| !kind.starts_with(&format!("{service}.")))
            .collect();
        let table = FLOW.iter().filter(|one| one.service == service).map(|one| one.kind.to_owned()).collect();
        assert_eq!(told, table, "kinds that {service} follows: in its code, and in the table");
    }
    for one in FLOW {
        let own = format!("{}.", one.service);
        assert!(one.tells.iter().all(|kind| kind.starts_with(&own)), "{one:?} tells what is another's");
        assert!(!one.kind.starts_with(&own), "{one:?} follows itself");
    }
}

/// Text literals that have the form of a kind of one of the services: `service.resource.verb`.
fn kinds_in(source: &str) -> BTreeSet<String> {
    let is_kind = |text: &&str| {
        let parts: Vec<_> = text.split('.').collect();
        let plain = |part: &&str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        parts.len() == 3 && SERVICES.contains(&parts[0]) && parts.iter().all(plain)
    };
    source.split('"').filter(is_kind).map(str::to_owned).collect()
}

#[test]
fn no_event_can_cause_itself() {
    let mut after: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in FLOW {
        after.entry(one.kind).or_default().extend(one.tells);
    }
    for kind in after.keys() {
        let (mut reached, mut waiting) = (BTreeSet::new(), vec![*kind]);
        while let Some(cause) = waiting.pop() {
            let effects = after.get(cause).into_iter().flatten().copied();
            waiting.extend(effects.filter(|effect| reached.insert(*effect)).collect::<Vec<_>>());
        }
        assert!(!reached.contains(kind), "`{kind}` comes back to itself by way of {reached:?}");
    }
}

#[test]
fn both_engines_have_migrations_of_the_same_names() {
    let mut found = 0;
    for folder in ["services", "shared"].iter().flat_map(|top| folders_in(&workspace().join(top))) {
        let migrations = folder.join("migrations");
        if !migrations.exists() {
            continue;
        }
        let names = |engine: &str| -> BTreeSet<_> {
            let files = files_below(&migrations.join(engine));
            files
                .iter()
                .filter_map(|file| file.file_name().map(|name| name.to_string_lossy().into_owned()))
                .collect()
        };
        let (sqlite, postgres) = (names("sqlite"), names("postgres"));
        assert_eq!(sqlite, postgres, "{}", migrations.display());
        assert!(!sqlite.is_empty() && folders_in(&migrations).len() == 2, "{}", migrations.display());
        found += 1;
    }
    assert!(found >= SERVICES.len() + 3, "only {found} crates with migrations were found");
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let tops = ["proto", "services", "shared", "tests", "deploy", "docs"].map(|top| workspace().join(top));
    let files = tops.iter().flat_map(|top| files_below(top)).filter(|file| {
        let ending = file.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
        let written = WRITTEN.contains(&ending.as_str()) || file.ends_with("tests/run");
        written && !file.ends_with(GENERATED)
    });
    let lengths: Vec<(usize, PathBuf)> = files.map(|file| (read(&file).lines().count(), file)).collect();
    assert!(lengths.len() > 300, "only {} files were found", lengths.len());
    let too_long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST_FILE).collect();
    assert!(too_long.is_empty(), "files of more than {LONGEST_FILE} lines: {too_long:?}");
}

/// Examples are compiled and run. To find that a crate has none, `rustdoc` reads it whole, one crate after another: those say
/// `doctest = false`.
#[test]
fn whose_documentation_shows_code_has_it_tested() {
    let tops = ["services", "shared", "tests"].map(|top| workspace().join(top));
    let (without, with): (Vec<PathBuf>, Vec<PathBuf>) = tops
        .iter()
        .flat_map(|top| folders_in(top))
        .filter(|folder| folder.join("Cargo.toml").exists())
        .partition(|folder| read(&folder.join("Cargo.toml")).contains("doctest = false"));
    assert!(with.iter().any(|folder| shows_code(folder)), "examples are found where there are some");
    let untested: Vec<_> = without.iter().filter(|folder| shows_code(folder)).collect();
    assert!(untested.is_empty(), "examples that nothing compiles: {untested:?}");
}

/// Whether the documentation of a crate has a block of code: fenced, or indented by four more than its text.
fn shows_code(folder: &Path) -> bool {
    files_below(&folder.join("src")).iter().any(|file| {
        read(file).lines().map(str::trim_start).any(|line| {
            let told = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
            told.is_some_and(|text| text.trim_start().starts_with("```") || text.starts_with("     "))
        })
    })
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()))
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| files_below(folder)));
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    entries.map(|entry| entry.expect("an entry of a folder can be read").path()).collect()
}
