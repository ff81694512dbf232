//! The command line as somebody new to it uses it: what is wrong is told in one line that names it, and nothing is lost or left behind.

use std::path::Path;
use std::process::Output;

use e2e::killed::KilledCity;
use e2e::{workspace, xinjian, xinjian_json};

/// Exit code of an answer that is no, and of something that went wrong.
const NO: i32 = 1;
/// Exit code of a wrong command line.
const USAGE: i32 = 64;

/// The one line that a command says when it fails.
fn refused<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let output = xinjian(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(NO), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn answered_no<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let Output { status, stdout, .. } = xinjian(arguments);
    assert_eq!(status.code(), Some(NO));
    String::from_utf8_lossy(&stdout).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

fn mapping(name: &str) -> String {
    workspace().join("services/standalone/mappings").join(name).display().to_string()
}

#[test]
fn a_wrong_code_is_told_with_the_position_and_the_character() {
    for (code, problem) in [
        ("9137O102MA3C00011F", "position 5: the letter O"),
        ("91370102MA3C00012F", "position 18: the check character is `F`"),
        ("9137", "18 characters, this has 4"),
    ] {
        assert!(answered_no(["check", "uscc", code]).contains(problem), "{code}");
        assert!(answered_no(["--json", "check", "uscc", code]).contains("\"valid\":false"), "{code}");
    }
    assert_eq!(xinjian_json(["check", "uscc", "９１３７０１０２ma3c00011f"])["valid"], true);
}

#[test]
fn what_would_follow_from_a_penalty_is_told_by_the_law_of_its_day() {
    let penalty = [
        "simulate", "penalty", "--kind", "3", "--fine", "5000", "--grade", "Heavier", "--ground", "F1",
        "--field", "FOOD", "--on",
    ];
    let first = |day: &'static str| {
        let answer = xinjian_json(penalty.into_iter().chain([day]));
        answer["publications"][0]["eligibleFrom"].as_str().unwrap_or_default().to_owned()
    };
    let both = (first("2025-12-24"), first("2025-12-25"));
    assert_eq!((both.0.as_str(), both.1.as_str()), ("2026-12-25", "2026-03-26"), "order 107 begins");
    let told = xinjian(penalty.into_iter().chain(["2025-12-25"]));
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    for part in ["列入期至 2028-12-25，最早 2026-12-26", "2026-03-26", "不适用告知承诺制"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_wrong_fine_and_a_wrong_day_are_told_in_one_line() {
    let wrong = xinjian(["simulate", "penalty", "--kind", "3", "--fine", "1,000", "--on", "2026-02-30"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!((wrong.status.code(), said.lines().count()), (Some(USAGE), 1), "{said}");
    for part in ["--fine: `1,000` is not an amount", "--on: `2026-02-30`: there is no such day"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    for arguments in [
        &["chekc"][..],
        &["demo", "--enterprises", "5"],
        &["standalone", "--listen", "nowhere"],
        &["classify", "--as-of", "2026-02-30"],
        &["simulate", "penalty", "--kind", "99", "--on", "2026-01-05"],
        &["import", "table.csv"],
    ] {
        assert_eq!(xinjian(arguments.iter().copied()).status.code(), Some(USAGE), "{arguments:?}");
    }
}

#[test]
fn a_mistyped_folder_is_refused_and_not_filled() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("ctiy");
    let data = ["--data", text(&typo)];
    for command in [
        &["audit", "verify"][..],
        &["profile", "91370102MA3C00011F"],
        &["classify"],
        &["marks", "confirm"],
        &["draw", "run"],
    ] {
        let said = refused(command.iter().copied().chain(data));
        assert!(said.contains("ctiy` holds no city"), "{said}");
    }
    let said = refused(["token", "--office", "CREDIT"].into_iter().chain(data));
    assert!(said.contains("ctiy` holds no key"), "{said}");
    assert!(!typo.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_run_one_city_and_commands_find_the_one_that_does() {
    let folder = tempfile::tempdir().unwrap();
    let city = KilledCity::start(folder.path()).await;
    let before = std::fs::read(folder.path().join("addresses.json")).unwrap();
    let ports = ["--listen", "127.0.0.1:0", "--public-listen", "127.0.0.1:0"];
    let said = refused(["standalone", "--data", text(folder.path())].into_iter().chain(ports));
    assert!(said.contains("is in use: another process runs its city"), "{said}");
    let after = std::fs::read(folder.path().join("addresses.json")).unwrap();
    assert_eq!(after, before, "the running city is still the one that commands find");
    let said = refused(["profile", "91370102MA3C00011F", "--data", text(folder.path())]);
    assert!(said.contains("`91370102MA3C00011F` is not registered"), "{said}");
    city.kill();
    // What the killed city left behind keeps nobody out, and misleads nobody.
    let said = refused(["profile", "91370102MA3C00011F", "--data", text(folder.path())]);
    assert!(said.contains("`91370102MA3C00011F` is not registered"), "{said}");
    assert!(!folder.path().join("addresses.json").exists());
}

#[test]
fn a_taken_address_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(["standalone", "--data", text(folder.path()), "--listen", &address]);
    assert!(said.contains(&format!("cannot listen on {address}: ")), "{said}");
    assert_eq!(said.matches("os error").count(), 1, "a cause is told once: {said}");
}

#[test]
fn a_table_or_mapping_that_cannot_be_used_is_refused_before_anything_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let (city, path) = (folder.path().join("city"), |name: &str| folder.path().join(name));
    let complaints = mapping("chicago_complaints.yaml");
    let import = |mapping: &str, table: &Path, more: &[&str]| {
        let command = ["import", "--data", text(&city), "--mapping", mapping, text(table)];
        refused(command.into_iter().chain(more.iter().copied()))
    };
    let header = "Service_Request_Number,What_is_the_Nature_of_this_Code_Violation,Creation_Date,Completion_Date,ZIP_Code\n";
    let good = path("good.csv");
    std::fs::write(&good, format!("{header}12-1,Rodents,2012-01-02,2012-01-03,60601\n")).unwrap();

    std::fs::write(path("empty.csv"), "").unwrap();
    assert!(import(&complaints, &path("empty.csv"), &[]).contains("its first line must name the columns"));
    std::fs::write(path("other.csv"), "A,B\n1,2\n").unwrap();
    assert!(import(&complaints, &path("other.csv"), &[]).contains("has no column `"));
    assert!(import(&complaints, &path("none.csv"), &[]).contains("none.csv` does not exist"));
    std::fs::copy(&good, path("not.csv.gz")).unwrap();
    assert!(import(&complaints, &path("not.csv.gz"), &[]).contains("is damaged or cut off"));
    assert!(import("none.yaml", &good, &[]).contains("cannot read the mapping `none.yaml`"));
    std::fs::write(
        path("bad.yaml"),
        "name: x\nattribution: y\noutputs:\n- target: ticket\n  fields: {tickt_no: '1'}\n",
    )
    .unwrap();
    assert!(
        import(text(&path("bad.yaml")), &good, &[])
            .contains("has no field `tickt_no` (did you mean `ticket_no`?); it has name, ticket_no")
    );
    let refusals = path("no/such/folder.csv");
    assert!(import(&complaints, &good, &["--refusals", text(&refusals)]).contains("cannot write `"));

    let report = xinjian_json(["import", "--data", text(&city), "--mapping", &complaints, text(&good)]);
    assert_eq!(report["outputs"][0]["unmatched"], 1, "the first import of this row: {report}");
}

#[test]
fn a_city_too_small_for_every_kind_of_case_still_goes_through_the_main_job() {
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city");
    let told = xinjian_json(["demo", "--enterprises", "20", "--data", text(&city)]);
    let stages: Vec<_> =
        told["stages"].as_array().unwrap().iter().map(|stage| stage["stage"].clone()).collect();
    assert_eq!(
        stages,
        ["generate", "register", "collect", "mark", "classify", "draw", "visit", "list", "check", "profile"]
    );
    assert!(refused(["demo", "--data", text(&city)]).contains("holds a city already"));

    let models = xinjian_json(["model", "list", "--data", text(&city), "--as-of", "2021-09-27"]);
    let food = models["models"].as_array().unwrap().iter().find(|model| model["scope"] == "FOOD").unwrap();
    assert_eq!((&food["name"], &food["state"]), (&"models/food2016@3".into(), &"Effective".into()));
    let none = xinjian_json(["model", "list", "--data", text(&city), "--as-of", "2021-09-26"]);
    assert_eq!(none["models"], serde_json::json!([]));

    let uscc = told["uscc"].as_str().unwrap();
    let explained = xinjian(["risk", "explain", "--data", text(&city), uscc]);
    let said = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.status.success(), "{}", String::from_utf8_lossy(&explained.stderr));
    // From the record to the points, to the class, and what that is not.
    for line in [uscc, "信用风险类别", "模型 general@2", " 分  ", "证据    ", "结论  ", "底线  ", "不公开"]
    {
        assert!(said.contains(line), "`{line}`: {said}");
    }
    let before = xinjian(["risk", "explain", "--data", text(&city), uscc, "--as-of", "2021-10-08"]);
    let why = String::from_utf8_lossy(&before.stderr).into_owned();
    assert_eq!(before.status.code(), Some(NO), "{why}");
    assert!(why.contains("by the end of 2021-10-08 the system had not been told"), "{why}");

    std::fs::write(city.join("risk.db"), "no database").unwrap();
    let audit = answered_no(["audit", "verify", "--data", text(&city)]);
    assert!(audit.contains("file is not a database"), "{audit}");
    assert_eq!(audit.matches("sound").count(), 4, "the other chains are checked all the same: {audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_that_no_rule_reads_are_refused_before_a_task_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let city = KilledCity::start(folder.path()).await;
    city.kill();
    let said = refused(["draw", "run", "--data", text(folder.path()), "--figures", "12x"]);
    assert!(said.contains("`x` at position 2 of the figures"), "{said}");
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = xinjian(["completions", shell]);
        assert!(
            script.status.success() && String::from_utf8_lossy(&script.stdout).contains("draw"),
            "{shell}"
        );
    }
}

#[test]
fn a_model_is_checked_with_every_fault_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let shipped =
        std::fs::read_to_string(workspace().join("shared/rulebook/data/models/food2016.yaml")).unwrap();
    let file = folder.path().join("food.yaml");
    std::fs::write(&file, &shipped).unwrap();
    let sound = xinjian_json(["model", "check", text(&file)]);
    assert_eq!((&sound["valid"], &sound["facts"]["model"]), (&true.into(), &"food2016@3".into()));

    let wrong = shipped.replacen("source: licence", "source: licences", 1).replacen(
        "risk.food.static.max",
        "risk.food.static.most",
        1,
    );
    std::fs::write(&file, wrong).unwrap();
    let said = answered_no(["model", "check", text(&file)]);
    assert!(
        said.starts_with("food.yaml:") && said.contains("indicators[0].source: unknown source `licences`"),
        "{said}"
    );

    let missing = shipped.replacen("risk.food.static.max", "risk.food.static.most", 1);
    std::fs::write(&file, missing).unwrap();
    let said = answered_no(["model", "check", text(&file)]);
    assert!(said.contains("risk.food.static.most") && said.contains("2021-09-27"), "{said}");
}
