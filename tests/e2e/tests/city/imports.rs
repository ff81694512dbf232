//! Files of officers at the command line: the template, a dry run, what became of each line, the refused ones put right, and an
//! import that is left, taken up again or stopped.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use collection::sheet::{self, Line};
use e2e::{xinjian, xinjian_json};
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use tempfile::TempDir;

/// Exit code of an answer that is no.
const NO: i32 = 1;
const WRONG: &str = "91370102MA3C00011G";
const RIGHT: &str = "91370102MA3C00011F";

/// A folder with a city that every command starts for itself.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command about the city, which must succeed, and returns its answer.
    fn json(&self, arguments: &[&str]) -> Value {
        let city = self.path("city");
        xinjian_json(arguments.iter().copied().chain(["--data", text(&city)]))
    }

    /// Runs a command about the city: exit code, and all that it wrote.
    fn said(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let city = self.path("city");
        let output = xinjian(arguments.iter().copied().chain(["--data", text(&city)]));
        let all = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&all).into_owned())
    }

    /// Writes a workbook with the headers of the template and these rows: credit code, number, day.
    fn workbook(&self, name: &str, rows: &[(&str, &str, &str)]) -> PathBuf {
        let template = self.path("template.xlsx");
        let told = xinjian_json(["template", "inspection", text(&template)]);
        assert_eq!(told["table"], "inspection");
        let headers = lines(&template).remove(0);
        let headers: Vec<String> = headers.cells.iter().map(sheet::Cell::shown).collect();
        let cell = |header: &str, row: &(&str, &str, &str)| {
            let (uscc, number, day) = *row;
            let content = match header.trim_end_matches('*') {
                "行政相对人名称" => "济南泉福食品有限公司",
                "统一社会信用代码" => uscc,
                "检查编号" => number,
                "检查日期" => day,
                "检查结果" => "未发现问题",
                "检查实施机关" | "数据来源单位" | "责任单位" => "济南市市场监督管理局",
                _ => "",
            };
            content.to_owned()
        };
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| headers.iter().map(|header| cell(header, row)).collect()).collect();
        let path = self.path(name);
        write(&path, std::iter::once(headers).chain(rows));
        path
    }

    /// Writes a text of so many inspections.
    fn many(&self, name: &str, rows: usize) -> PathBuf {
        let unit = "济南市市场监督管理局";
        let headers = "行政相对人名称,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位\n";
        let row = |n| format!("济南泉福食品有限公司,检{n},2026-02-25,未发现问题,{unit},{unit},{unit}\n");
        let path = self.path(name);
        std::fs::write(&path, headers.to_owned() + &(0..rows).map(row).collect::<String>()).unwrap();
        path
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

fn lines(path: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    let take = |line| {
        lines.push(line);
        ControlFlow::Continue(())
    };
    sheet::read(&std::fs::read(path).unwrap(), take).unwrap();
    lines
}

fn write(path: &Path, rows: impl IntoIterator<Item = Vec<String>>) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (number, row) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string(number, column, cell).unwrap();
        }
    }
    book.save(path).unwrap();
}

/// Number, outcome and what it is of each line of a report.
fn told(report: &Value) -> Vec<(i64, &str, &str)> {
    report["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let what = line["subject"].as_str().or_else(|| line["faults"][0]["problem"].as_str());
            (number(&line["line"]), line["outcome"].as_str().unwrap(), what.unwrap())
        })
        .collect()
}

/// A count, which the JSON form of the contract writes as text.
fn number(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

fn counts(report: &Value) -> [i64; 5] {
    let import = &report["import"];
    ["lines", "attached", "unmatched", "duplicates", "refused"].map(|count| number(&import[count]))
}

#[test]
fn a_workbook_with_good_refused_and_duplicate_rows_is_reported_row_by_row_and_put_right() {
    let place = Place::new();
    // The folder gets its city from the first file.
    let first = place.many("第一批.csv", 1);
    place.json(&["import", "--table", "inspection", "--wait", text(&first)]);
    let rows = [
        (RIGHT, "检1号", "2026-02-25"),
        (WRONG, "检2号", "2026-02-25"),
        (RIGHT, "检1号", "2026年2月25日"),
        ("", "检3号", "2026-02-30"),
    ];
    let file = place.workbook("检查.xlsx", &rows);
    let import = ["import", "--table", "inspection", "--wait", text(&file)];

    let tried = place.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!((&tried["import"]["state"], counts(&tried)), (&"Done".into(), [4, 0, 1, 1, 2]));
    let problem = "第 18 位校验码为“G”，按前 17 位应为“F”，请核对是否有一位写错";
    assert_eq!(told(&tried), [(3, "refused", problem), (5, "refused", "“2026-02-30”: 没有这一天")]);

    let done = place.json(&import);
    assert_eq!(counts(&done), [4, 0, 1, 1, 2]);
    let lines_told = told(&done);
    let subject = lines_told[0].2;
    assert!(subject.starts_with("records/"), "{subject}");
    let expected = [
        (2, "taken", subject),
        (3, "refused", problem),
        (4, "duplicate", subject),
        (5, "refused", "“2026-02-30”: 没有这一天"),
    ];
    assert_eq!(lines_told, expected);

    // The refused lines lie beside the file, the reason beside each cell.
    let beside = place.path("检查.refused.xlsx");
    assert_eq!(done["refused_workbook"], text(&beside));
    let back = lines(&beside);
    let shown: Vec<Vec<String>> =
        back.iter().map(|line| line.cells.iter().map(sheet::Cell::shown).collect()).collect();
    assert_eq!(shown.len(), 3);
    assert!(shown[1].iter().any(|cell| cell == WRONG) && shown[1].iter().any(|cell| cell.contains(problem)));
    let right = |cell: String| match cell.as_str() {
        WRONG => RIGHT.to_owned(),
        "2026-02-30" => "2026-02-28".to_owned(),
        _ => cell,
    };
    let corrected = place.path("更正.xlsx");
    write(&corrected, shown.into_iter().map(|row| row.into_iter().map(right).collect()));
    let again = place.json(&["import", "--table", "inspection", "--wait", text(&corrected)]);
    assert_eq!((counts(&again), &again["refused_workbook"]), ([2, 0, 2, 0, 0], &Value::Null));

    // The same for people, and later: by the name of the import.
    let name = done["import"]["name"].as_str().unwrap();
    let workbook = place.path("再取.xlsx");
    let (code, shown) = place.said(&["imports", "show", name, "--refused", text(&workbook)]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains(subject) && shown.contains("duplicate") && shown.contains(problem), "{shown}");
    assert_eq!(lines(&workbook).len(), 3);
    let listed = place.json(&["imports", "list", "--state", "Done"]);
    assert_eq!(listed["imports"].as_array().unwrap().len(), 4);
    assert_eq!(told(&place.json(&["imports", "resume", name])), expected, "what has ended is told again");
    let (code, said) = place.said(&["imports", "cancel", name]);
    assert_eq!(code, Some(NO));
    assert!(said.contains("is Done, 4 lines are done: there is nothing to stop"), "{said}");
}

#[test]
fn a_file_that_is_no_table_of_its_kind_is_refused_as_a_whole_in_words() {
    let place = Place::new();
    let file = place.path("空.csv");
    std::fs::write(&file, "一,二\n三,四\n").unwrap();
    let (code, said) = place.said(&["import", "--table", "penalty", "--wait", text(&file)]);
    assert_eq!(code, Some(NO));
    assert!(said.contains("refused as a whole: 没有找到表头"), "{said}");
    assert!(!place.path("空.refused.xlsx").exists(), "there are no refused lines");
    let (code, said) = place.said(&["import", "--table", "penalty", text(&place.path("none.xlsx"))]);
    assert_eq!(code, Some(NO));
    assert!(said.contains("cannot read `") && said.contains("none.xlsx`"), "{said}");
    let (code, said) = place.said(&["imports", "show", "imports/1"]);
    assert_eq!(code, Some(NO));
    assert!(said.contains("invalid"), "{said}");
}

/// Long enough that no command sees its end by chance.
const MANY: usize = 20_000;

#[test]
fn an_import_that_was_left_is_resumed_and_one_that_was_stopped_says_what_stays() {
    let place = Place::new();
    let file = place.many("检查.csv", MANY);
    let (code, said) = place.said(&["import", "--table", "inspection", text(&file)]);
    assert_eq!(code, Some(0), "{said}");
    let name = said.split_whitespace().find(|word| word.starts_with("imports/")).unwrap().to_owned();
    assert!(said.contains(&format!("xinjian imports resume {name} --data")), "{said}");
    let left = place.json(&["imports", "show", &name, "--lines", "0"]);
    assert_ne!(left["import"]["state"], "Done", "its city went with the command");

    let (code, said) = place.said(&["imports", "cancel", &name]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is cancelled; ") && said.contains("sent again takes up the rest"), "{said}");
    let (code, said) = place.said(&["imports", "resume", &name, "--lines", "0"]);
    assert_eq!(code, Some(NO), "{said}");
    assert!(said.contains("stopped by an officer: "), "{said}");

    // Sent again, and left again: what the first one took is there, and nothing is there twice.
    let sent = place.json(&["import", "--table", "inspection", text(&file)]);
    let name = sent["import"]["name"].as_str().unwrap();
    let done = place.json(&["imports", "resume", name, "--lines", "0"]);
    let [lines, _, unmatched, duplicates, _] = counts(&done);
    assert_eq!((&done["import"]["state"], lines), (&"Done".into(), MANY as i64));
    assert_eq!(unmatched + duplicates, lines);
    let first = place.json(&["imports", "list", "--state", "Cancelled"]);
    let taken = number(&first["imports"][0]["unmatched"]);
    assert!(duplicates >= taken, "{duplicates} of {taken} lines that the stopped import took");
}
