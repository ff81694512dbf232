//! A rulebook as a folder of files: reading it, extending it by data alone, storing it by content.

use domain::{FieldCode, OfficeCode, parse_date};
use rulebook::{Rulebook, RulebookError};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A folder with the files of the program, to be changed by a test.
fn copy_of_builtin() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in Rulebook::builtin().archive() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn append(folder: &TempDir, file: &str, row: &str) {
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}{row}\n")).unwrap();
}

fn refused(folder: &TempDir) -> String {
    Rulebook::from_dir(folder.path()).unwrap_err().to_string()
}

#[test]
fn a_third_field_needs_rows_and_no_code() {
    let folder = copy_of_builtin();
    append(&folder, "offices.csv", "TOY_SUPERV,玩具监管处,TOYS,toys,2026-01-01,,a later notice");
    append(&folder, "fields.csv", "TOYS,玩具生产,玩具生产企业,TOY_SUPERV,2026-01-01,,a later notice");
    append(&folder, "sub_kinds.csv", "PlushToy,TOYS,毛绒玩具,none,TOY_SUPERV,2026-01-01,,a later notice");
    append(&folder, "permissions.csv", "registry.mark.confirm,TOY_SUPERV,2026-01-01,,a later notice");

    let book = Rulebook::from_dir(folder.path()).unwrap();
    let (toys, office) = (FieldCode::parse("TOYS").unwrap(), OfficeCode::parse("TOY_SUPERV").unwrap());
    let on = parse_date("2026-01-01").unwrap();
    assert_eq!(book.field(&toys).unwrap().mark_zh, "玩具生产企业");
    assert_eq!(book.sub_kinds(&toys).count(), 1);
    assert!(book.may_in_field("registry.mark.confirm", &office, &toys, on));
    assert!(!book.may_in_field("registry.mark.confirm", &office, &FieldCode::parse("FOOD").unwrap(), on));
    assert_ne!(book.hash(), Rulebook::builtin().hash());
}

#[test]
fn the_next_year_of_the_calendar_fills_the_deadlines_that_waited() {
    let folder = copy_of_builtin();
    append(&folder, "calendar.csv", "2027-01-01,holiday,元旦,Fri");
    let path = folder.path().join("parameters.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("calendar.last_loaded_year,2026,", "calendar.last_loaded_year,2027,"))
        .unwrap();

    let start = parse_date("2026-12-25").unwrap();
    let waiting = Rulebook::builtin().deadline(start, "mark.confirm").unwrap();
    let filled = Rulebook::from_dir(folder.path()).unwrap().due(waiting.start, waiting.length, waiting.unit);
    assert_eq!((waiting.due.date(), filled.date()), (None, parse_date("2027-01-04").ok()));
}

#[test]
fn a_calendar_that_goes_on_while_the_parameter_stays_is_refused() {
    let folder = copy_of_builtin();
    append(&folder, "calendar.csv", "2027-01-01,holiday,元旦,Fri");
    assert_eq!(refused(&folder), "calendar.csv ends in 2027, but calendar.last_loaded_year says 2026");
}

#[test]
fn the_folder_of_the_sources_is_the_rulebook_of_the_program() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    assert_eq!(Rulebook::from_dir(sources).unwrap().hash(), Rulebook::builtin().hash());
}

#[test]
fn an_archive_gives_the_same_rulebook_back() {
    let book = Rulebook::builtin();
    let again = Rulebook::from_archive(book.archive()).unwrap();
    assert_eq!((again.hash(), again.archive()), (book.hash(), book.archive()));
    assert_eq!(book.hash().len(), 64);
}

#[test]
fn files_that_are_no_rules_do_not_change_the_hash() {
    let folder = copy_of_builtin();
    fs::write(folder.path().join("notes.txt"), "to do").unwrap();
    assert_eq!(Rulebook::from_dir(folder.path()).unwrap().hash(), Rulebook::builtin().hash());
}

#[test]
fn a_model_is_carried_with_its_own_hash() {
    let folder = copy_of_builtin();
    fs::create_dir_all(folder.path().join("models")).unwrap();
    fs::write(folder.path().join("models/zz-trial.yaml"), "model: trial\n").unwrap();
    let book = Rulebook::from_dir(folder.path()).unwrap();
    let model = book.models().last().unwrap();
    assert_eq!(
        (model.name.as_str(), model.text.as_str(), model.hash.len()),
        ("zz-trial", "model: trial\n", 64)
    );
    assert_eq!(book.models().len(), Rulebook::builtin().models().len() + 1);
}

#[test]
fn a_missing_table_and_a_missing_folder_are_named() {
    let folder = copy_of_builtin();
    fs::remove_file(folder.path().join("measures.csv")).unwrap();
    assert_eq!(refused(&folder), "the rulebook has no `measures.csv`");
    let nowhere = Rulebook::from_dir(folder.path().join("nowhere")).unwrap_err();
    assert!(matches!(nowhere, RulebookError::Read { .. }), "{nowhere}");
}

#[test]
fn a_rulebook_that_was_stored_before_offices_stood_above_others_still_loads() {
    let stored = Rulebook::builtin().archive().into_iter().filter(|(name, _)| name != "superiors.csv");
    let book = Rulebook::from_archive(stored).unwrap();
    let (office, on) = (OfficeCode::parse("DISTRICT").unwrap(), parse_date("2026-03-02").unwrap());
    assert_eq!(book.superior(&office, None, on), None);
    assert!(Rulebook::builtin().superior(&office, None, on).is_some());
}

#[test]
fn a_rulebook_that_was_stored_before_rounds_had_a_calendar_still_loads() {
    let stored = Rulebook::builtin().archive().into_iter().filter(|(name, _)| !name.starts_with("entropy_"));
    let (book, on) = (Rulebook::from_archive(stored).unwrap(), parse_date("2026-03-02").unwrap());
    assert_eq!(book.entropy_source("welfare-lottery-3d", on), None);
    assert!(Rulebook::builtin().entropy_source("welfare-lottery-3d", on).is_some());
}

#[test]
fn a_bad_row_is_refused_with_file_and_line() {
    for (file, row, expected) in [
        (
            "parameters.csv",
            "serious.term,4,calendar_year,2025-01-01,,x",
            "`serious.term` is already in force",
        ),
        ("parameters.csv", "new.rule,4,fortnight,2025-01-01,,x", "there is no unit `fortnight`"),
        ("fields.csv", "FOOD,食品,食品,FOOD_PROD,2026-01-01,,x", "the field `FOOD` stands twice"),
        ("fields.csv", "TOYS,玩具,玩具,NOBODY,2026-01-01,,x", "no table has the office `NOBODY`"),
        ("sub_kinds.csv", "Plush,TOYS,毛绒,x,LEGAL,2026-01-01,,x", "no table has the field `TOYS`"),
        ("offices.csv", "x,一,*,d,2026-01-01,,x", "is no office code"),
        ("superiors.csv", "LEGAL,*,NOBODY,2026-01-01,,x", "no table has the office `NOBODY`"),
        ("superiors.csv", "LEGAL,TOYS,CREDIT,2026-01-01,,x", "no table has the field `TOYS`"),
        ("superiors.csv", "DISTRICT,SE,CREDIT,2026-01-01,,x", "`DISTRICT SE` is already in force"),
        (
            "measures.csv",
            "X,名,SERIOUS,企业,NORMAL,PERMIT,,no,,LEGAL,approval,2024,2026-01-01,,x",
            "`basis` is empty",
        ),
        (
            "measures.csv",
            "X,名,ABNORMAL,企业,STRICT_REVIEW,PERMIT,law,yes,,LEGAL,approval,2024,2026-01-01,,x",
            "`rights_basis` is empty",
        ),
    ] {
        let folder = copy_of_builtin();
        append(&folder, file, row);
        let line = fs::read_to_string(folder.path().join(file)).unwrap().lines().count();
        let message = refused(&folder);
        assert!(message.starts_with(&format!("{file}, line {line}: ")), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_version_of_a_city_adds_items_and_cannot_leave_out_end_or_change_a_provincial_one() {
    let added = "permit.local,city,permit,-,地方许可信息,,2026-01-01,,a city notice";
    let folder = copy_of_builtin();
    let path = folder.path().join("collection_items.csv");
    let table = fs::read_to_string(&path).unwrap();
    append(&folder, "collection_items.csv", added);
    let on = parse_date("2026-03-02").unwrap();
    let (city, built_in) = (Rulebook::from_dir(folder.path()).unwrap(), Rulebook::builtin());
    assert_eq!(city.collection_items(on).count(), built_in.collection_items(on).count() + 1);
    assert_ne!(city.hash(), built_in.hash(), "it is a version of its own");
    let row = table.lines().find(|line| line.starts_with("inspection,")).unwrap();
    let versions = [
        table.replace(&format!("{row}\n"), ""),
        table.replace(row, &row.replace("2021-09-27,,", "2021-09-27,2025-12-31,")),
        table.replace(row, &row.replace("province", "city")),
        table.replace(row, &row.replace("监督检查结果信息", "检查")),
    ];
    for version in versions {
        fs::write(&path, version).unwrap();
        let expected = "collection_items.csv takes away the provincial item `inspection`: \
                        a city adds items and keeps every provincial one as it is";
        assert_eq!(refused(&folder), expected);
    }
}
