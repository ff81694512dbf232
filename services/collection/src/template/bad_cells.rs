//! Cells that are wrong, each with what the officer is told beside it; and those that only look so.

use super::tests::{faults, headers, layout, line, today};
use super::*;
use crate::sheet::{Cell, LONGEST_CELL};

fn read(form: Form, cell: Cell) -> Result<String, String> {
    value::read(form, &cell, &Rulebook::builtin(), today())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn a_day_is_read_in_every_form_that_has_one_meaning() {
    let written = [
        "2024-1-5",
        "2024-01-05",
        "2024/1/5",
        "2024/01/05",
        "2024.1.5",
        "20240105",
        "2024年1月5日",
        "2024年01月05号",
        "２０２４年１月５日",
        "二〇二四年一月五日",
        "2024-01-05 08:30",
        "2024/1/5 8:30:00",
        "2024-01-05T08:30:00",
        "45296",
        "　2024-01-05　",
    ];
    for form in written {
        assert_eq!(read(Form::Day, text(form)), Ok("2024-01-05".to_owned()), "{form}");
    }
    for cell in [Cell::Number(45_296.0), Cell::Number(45_296.5), Cell::Date { year: 2024, month: 1, day: 5 }]
    {
        assert_eq!(read(Form::Day, cell), Ok("2024-01-05".to_owned()));
    }
    assert_eq!(read(Form::Day, text("长期")), Ok("2099-12-31".to_owned()));
}

#[test]
fn a_day_that_is_none_or_could_be_two_is_told_as_that() {
    let cases = [
        (text("1/5/2024"), "“1/5/2024”不是日期，请写作 2026-03-02"),
        (text("24-1-5"), "“24-1-5”: 年份须写四位，请写作 2026-03-02"),
        (text("24年1月5日"), "“24年1月5日”: 年份须写四位，请写作 2026-03-02"),
        (text("2023-02-29"), "“2023-02-29”: 没有这一天"),
        (text("2024年13月1日"), "“2024年13月1日”: 没有这一天"),
        (text("1899-12-31"), "“1899-12-31”不在 1900-01-01 至 2099-12-31 之间"),
        (text("2024年1月"), "“2024年1月”不是日期，请写作 2026-03-02"),
        (text("昨天"), "“昨天”不是日期，请写作 2026-03-02"),
        // The program of spreadsheets knows a day that never was.
        (Cell::Date { year: 1900, month: 2, day: 29 }, "“1900-02-29”: 没有这一天"),
        (
            Cell::NumberSince1904(45_296.0),
            "“45296”是数字，而该工作簿使用 1904 日期系统，请将该列设为日期格式，或写作 2026-03-02",
        ),
    ];
    for (cell, expected) in cases {
        assert_eq!(read(Form::Day, cell), Err(expected.to_owned()));
    }
}

#[test]
fn a_code_that_became_a_number_has_lost_digits_and_is_not_guessed() {
    let lost = Err("以数字格式保存，位数已丢失，请将该列设为文本后重新填写".to_owned());
    for form in [Form::Uscc, Form::Text, Form::Division] {
        for cell in
            [Cell::Number(9.137_010_2e17), text("9.13701E+17"), text("1e+15"), text(" 3.70102012345E+14 ")]
        {
            assert_eq!(read(form, cell), lost);
        }
    }
    // Fifteen digits are exact, and a number that is text is what it says.
    assert_eq!(read(Form::Text, Cell::Number(370_102_200_012_345.0)), Ok("370102200012345".to_owned()));
    assert_eq!(read(Form::Division, Cell::Number(370_102.0)), Ok("370102".to_owned()));
    assert_eq!(read(Form::Wan, text("1.5")), Ok("1500000".to_owned()));
    assert_eq!(read(Form::Count, text("３")).unwrap_err(), "“３”不是不超过 65535 的整数");
    assert_eq!(read(Form::Text, text("设备E+1号")), Ok("设备E+1号".to_owned()));
}

/// A program makes a day of `2026-1`: as the number of a document, it would be another one.
#[test]
fn a_number_that_became_a_day_is_not_guessed_and_a_day_may_stand_in_a_text() {
    let day = Cell::Date { year: 2026, month: 1, day: 1 };
    let form =
        |table: Table, path: &str| table.columns().iter().find(|column| column.path == path).unwrap().form;
    let refused = "单元格是日期，编号可能已被表格软件改写，请将该列设为文本后重新填写";
    for table in Table::ALL {
        let number = if table == Table::Ticket { "ticket_no" } else { "document_no" };
        assert_eq!(read(form(table, number), day.clone()), Err(refused.to_owned()), "{table:?}");
    }
    assert_eq!(read(Form::Number, text("2026-1")), Ok("2026-1".to_owned()));
    assert_eq!(read(Form::Number, Cell::Number(20_260_001.0)), Ok("20260001".to_owned()));
    // A batch may be named by the day of its production.
    assert_eq!(read(form(Table::Sampling, "sampling.batch"), day), Ok("2026-01-01".to_owned()));
}

#[test]
fn an_amount_is_read_as_the_program_shows_it_and_no_part_of_a_fen_is_rounded() {
    for (number, fen) in [(1.1 * 3.0, "3300000"), (0.1 + 0.2, "300000"), (1.0, "1000000"), (0.000_001, "1")] {
        assert_eq!(read(Form::Wan, Cell::Number(number)), Ok(fen.to_owned()), "{number}");
    }
    let part = read(Form::Wan, Cell::Number(0.123_456_7)).unwrap_err();
    assert_eq!(part, "“0.1234567”小数超过 6 位");
    assert_eq!(read(Form::Wan, Cell::Number(-1.0)).unwrap_err(), "金额不能为负");
}

#[test]
fn a_code_with_one_wrong_character_is_told_with_its_place() {
    let cases = [
        ("91370102MA3C00011G", "第 18 位校验码为“G”，按前 17 位应为“F”，请核对是否有一位写错"),
        ("9137O102MA3C00011F", "第 5 位“O”: 信用代码不使用字母 I、O、S、V、Z"),
        ("91370102MA3C-0011F", "第 13 位“-”不是数字或大写字母"),
        ("91370102MA3C0001F", "应为 18 位，现为 17 位"),
        ("913A0102MA3C00011F", "第 4 位“A”: 第 3 至 8 位应为数字"),
        ("91990102MA3C00011F", "第 3 位起“99”不是省级区划"),
        ("'91370102MA3C00011F", "第 1 位“'”不是数字或大写字母"),
        ("91370102MA3C00011F\u{200B}", "第 19 个字符看不见(U+200B)，请删除后重新填写"),
    ];
    for (code, expected) in cases {
        assert_eq!(read(Form::Uscc, text(code)), Err(expected.to_owned()), "{code}");
    }
    assert_eq!(read(Form::Uscc, text("　９１370102ma3c00011f　")), Ok("91370102MA3C00011F".to_owned()));
}

#[test]
fn what_cannot_be_seen_or_was_lost_before_is_told_with_its_place() {
    let cases = [
        (text("甲\u{0}乙"), "第 2 个字符是控制字符"),
        (text("甲\u{7}乙"), "第 2 个字符是控制字符"),
        (text("济南\u{200D}泉福"), "第 3 个字符看不见(U+200D)，请删除后重新填写"),
        (text("济南\u{202E}司公"), "第 3 个字符看不见(U+202E)，请删除后重新填写"),
        (text("济南\u{FFFD}福"), "第 3 个字符已损坏，请核对原文件的编码"),
        (Cell::Formula, "单元格是公式，请粘贴为数值"),
        (Cell::Broken("#N/A".to_owned()), "单元格是错误值 #N/A"),
        (Cell::Number(f64::NAN), "单元格是错误值"),
    ];
    for (cell, expected) in cases {
        assert_eq!(read(Form::Text, cell), Err(expected.to_owned()));
    }
    assert_eq!(read(Form::Text, text("\u{3000} 济南\t泉福 \u{3000}")), Ok("济南\t泉福".to_owned()));
}

#[test]
fn a_cell_that_is_far_too_long_is_cited_as_far_as_tells_it_from_others() {
    let long = text(&"罚".repeat(LONGEST_CELL));
    let forms = [
        Form::Code("penalty_kind"),
        Form::Codes("penalty_kind"),
        Form::Count,
        Form::YesNo,
        Form::Passed,
        Form::Division,
        Form::Field,
        Form::Day,
        Form::Wan,
    ];
    for form in forms {
        let problem = read(form, long.clone()).unwrap_err();
        assert!(problem.chars().count() < 300, "{form:?}: {problem}");
    }
}

#[test]
fn a_cell_that_was_refused_for_what_it_is_is_refused_again_when_it_comes_back_as_it_was() {
    let cells = [
        Cell::Formula,
        Cell::Broken("#REF!".to_owned()),
        Cell::Broken("#N/A".to_owned()),
        Cell::Broken("#DIV/0!".to_owned()),
        Cell::Number(3.701_020_123_456_78e17),
        Cell::NumberSince1904(45_296.0),
        Cell::NumberSince1904(9.137_010_2e17),
        Cell::Date { year: 2026, month: 1, day: 1 },
    ];
    let forms = [
        Form::Text,
        Form::Number,
        Form::Day,
        Form::Wan,
        Form::Uscc,
        Form::Count,
        Form::Code("penalty_kind"),
        Form::YesNo,
    ];
    let mut tried = 0;
    for cell in cells {
        for form in forms {
            let Err(_) = read(form, cell.clone()) else { continue };
            let back = value::given_back(form, &cell);
            assert!(read(form, text(&back)).is_err(), "{form:?} {cell:?} comes back as {back} and is taken");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
    // What was right comes back as it was, among them a number of such a workbook that is no day.
    assert_eq!(value::given_back(Form::Wan, &Cell::NumberSince1904(1.5)), "1.5");
    assert_eq!(read(Form::Text, text("#3号楼")), Ok("#3号楼".to_owned()));
}

#[test]
fn every_fault_of_a_line_stands_under_its_column() {
    let place = |header: &str| headers(Table::Penalty).iter().position(|known| *known == header);
    for (header, content, expected) in [
        ("处罚决定日期", "2023-02-29", "“2023-02-29”: 没有这一天"),
        ("罚款金额(万元)", "1,5", "“1,5”不是金额"),
        ("罚款金额(万元)", "-1", "金额不能为负"),
        ("是否普通程序", "也许", "“也许”无法识别，可填: 是、否"),
        ("所在区划", "历上区", "“历上区”不是区划代码或本市区划名称"),
        ("行政相对人名称", "", "必填"),
    ] {
        assert_eq!(faults(header, content), [(place(header), expected.to_owned())]);
    }
    let found = layout(Table::Penalty).record(&line(&[]), &Rulebook::builtin(), today()).unwrap_err();
    assert!(found.iter().all(|fault| fault.problem == "必填"));
}
