use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

fn lines(bytes: &[u8]) -> Result<Vec<Line>, Unreadable> {
    let mut lines = Vec::new();
    read(bytes, |line| {
        lines.push(line);
        ControlFlow::Continue(())
    })?;
    Ok(lines)
}

fn texts(bytes: &[u8]) -> Vec<Vec<String>> {
    lines(bytes).unwrap().iter().map(|line| line.cells.iter().map(Cell::shown).collect()).collect()
}

fn book(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

#[test]
fn one_table_in_every_encoding_is_one() {
    let text = "企业名称,金额\r\n济南泉福食品有限公司,\"1,2\"\r\n";
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.replace(',', "\t").replace("1\t2", "1,2").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let marked = [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat();
    let expected = texts(text.as_bytes());
    assert_eq!(expected, [["企业名称", "金额"], ["济南泉福食品有限公司", "1,2"]]);
    for bytes in [&gb[..], &utf16, &marked] {
        assert_eq!(texts(bytes), expected);
    }
}

#[test]
fn every_sort_of_cell_is_read_for_what_it_is() {
    let date = Format::new().set_num_format("yyyy/m/d");
    let bytes = book(|sheet| {
        sheet.write_string(0, 0, "文字").unwrap();
        sheet.write_number(0, 1, 12.5).unwrap();
        sheet.write_datetime_with_format(0, 2, ExcelDateTime::from_ymd(2026, 3, 2).unwrap(), &date).unwrap();
        sheet.write_boolean(0, 3, true).unwrap();
        sheet.write_formula(0, 5, "=1+1").unwrap();
    });
    let expected = [
        Cell::Text("文字".to_owned()),
        Cell::Number(12.5),
        Cell::Date { year: 2026, month: 3, day: 2 },
        Cell::Flag(true),
        Cell::Empty,
        Cell::Formula,
    ];
    assert_eq!(lines(&bytes).unwrap(), [Line { number: 1, cells: expected.to_vec() }]);
}

#[test]
fn blank_lines_are_left_out_and_numbers_stay_those_of_the_sheet() {
    let bytes = book(|sheet| {
        sheet.write_string(1, 0, "甲").unwrap();
        sheet.write_string(4, 0, "乙").unwrap();
        sheet.write_string(5, 0, "  ").unwrap();
    });
    let numbers = |bytes: &[u8]| lines(bytes).unwrap().iter().map(|line| line.number).collect::<Vec<_>>();
    assert_eq!(numbers(&bytes), [2, 5]);
    assert_eq!(numbers("甲\n\n,,\n\"乙\n二行\"\n丙".as_bytes()), [1, 4, 6]);
}

#[test]
fn merged_cells_in_the_table_are_refused_and_a_title_is_not() {
    let plain = Format::new();
    let titled = book(|sheet| {
        sheet.merge_range(0, 0, 0, 3, "一月处罚信息", &plain).unwrap();
        sheet.write_string(1, 0, "企业名称").unwrap();
    });
    assert_eq!(lines(&titled).unwrap().len(), 2);
    let merged = book(|sheet| {
        sheet.write_string(0, 0, "企业名称").unwrap();
        sheet.merge_range(1, 1, 3, 1, "同上", &plain).unwrap();
    });
    assert_eq!(
        lines(&merged),
        Err(Unreadable::Merged { sheet: "Sheet1".to_owned(), places: "B2:B4".to_owned() })
    );
}

#[test]
fn an_open_quotation_mark_is_found_out() {
    let text = format!("甲,乙\n\"{}", "长".repeat(LONGEST_CELL + 1));
    assert_eq!(lines(text.as_bytes()), Err(Unreadable::CellTooLong { line: 2 }));
}

#[test]
fn a_quotation_mark_that_swallows_the_lines_behind_it_refuses_the_file_with_its_line() {
    let cases = [
        ("甲,乙\n1,\"备注\n2,二\n3,三\n", Unreadable::OpenQuote { line: 2 }),
        ("甲,乙\r\n1,一\r\n2,\"备注\r\n3,三", Unreadable::OpenQuote { line: 3 }),
        ("甲,乙\n1,\"备注\n2,\"二\"\n3,三\n", Unreadable::AfterQuote { line: 3 }),
        ("甲,乙\n1,\"特种设备\"作业\n", Unreadable::AfterQuote { line: 2 }),
        ("甲,乙\n1,\"", Unreadable::OpenQuote { line: 2 }),
    ];
    for (text, expected) in cases {
        assert_eq!(lines(text.as_bytes()), Err(expected), "{text}");
    }
    // Within a cell without quotation marks one is a character like others.
    assert_eq!(texts("甲,乙\n5\",\"say \"\"so\"\"\" \n".as_bytes()), [["甲", "乙"], ["5\"", "say \"so\""]]);
}

#[test]
fn a_title_above_the_headers_does_not_hide_what_cuts_the_cells() {
    let table = |delimiter: &str| {
        let rows = [
            "企业名称|处罚类别|处罚依据|备注",
            "甲|罚款;警告|食品安全法|a, b, c, d, e, f",
            "乙|罚款|食品安全法|无",
        ];
        format!("2026年1月, 行政处罚信息\n{}\n", rows.join("\n").replace('|', delimiter))
    };
    for delimiter in ["\t", ";"] {
        let found = texts(table(delimiter).replace("罚款;警告", "罚款").as_bytes());
        assert_eq!(found[1], ["企业名称", "处罚类别", "处罚依据", "备注"], "{delimiter:?}");
        assert_eq!(found[2][3], "a, b, c, d, e, f");
    }
    let commas = "一月处罚信息\n企业名称,处罚类别,备注\n甲,罚款;警告;没收;吊销,无\n";
    assert_eq!(texts(commas.as_bytes())[2], ["甲", "罚款;警告;没收;吊销", "无"]);
}

#[test]
fn lines_have_the_numbers_that_an_editor_shows() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["", "甲,乙", "", "1,\"一", "二\"", "", "", "2,三"].join(end);
        let numbers: Vec<u32> = lines(text.as_bytes()).unwrap().iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 4, 8], "{end:?}");
    }
}

/// Rows as a program writes them, with this end of a line, in every encoding.
fn written(rows: &[Vec<String>], end: &str, last: bool, encoding: u8) -> Vec<u8> {
    let cell = |cell: &String| match cell.contains(['"', '\n', ',']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"").replace('\n', end)),
        false => cell.clone(),
    };
    let row = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",");
    let mut text = rows.iter().map(row).collect::<Vec<_>>().join(end);
    if last {
        text.push_str(end);
    }
    let utf16 = |unit: fn(u16) -> [u8; 2]| format!("\u{FEFF}{text}").encode_utf16().flat_map(unit).collect();
    match encoding {
        0 => text.into_bytes(),
        1 => format!("\u{FEFF}{text}").into_bytes(),
        2 => encoding_rs::GB18030.encode(&text).0.into_owned(),
        3 => utf16(u16::to_le_bytes),
        _ => utf16(u16::to_be_bytes),
    }
}

#[test]
fn too_many_columns_are_refused_with_their_line() {
    let text = format!("甲\n{}", vec!["1"; MOST_COLUMNS + 1].join(","));
    assert_eq!(lines(text.as_bytes()), Err(Unreadable::TooManyColumns { line: 2 }));
    let far = book(|sheet| {
        sheet.write_string(0, 9_000, "远").unwrap();
    });
    assert_eq!(lines(&far), Err(Unreadable::TooManyColumns { line: 1 }));
}

#[test]
fn a_formula_in_text_is_one_too() {
    assert_eq!(lines(b"=cmd|' /C calc'!A0,1").unwrap()[0].cells[0], Cell::Formula);
}

#[test]
fn reading_stops_when_it_is_told_to() {
    let mut seen = 0;
    read("甲\n乙\n丙".as_bytes(), |_| {
        seen += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn columns_have_the_letters_of_the_program() {
    for (column, shown) in
        [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
    {
        assert_eq!(letters(column), shown);
    }
}

#[test]
fn refused_lines_come_back_with_the_reason_beside_the_cell_and_can_be_read_again() {
    let headers = ["企业名称", "统一社会信用代码"].map(str::to_owned);
    let line = write::RefusedLine {
        number: 7,
        cells: vec!["甲".to_owned(), "=1".to_owned()],
        faults: vec![(Some(1), "第 18 位应为 F".to_owned()), (None, "与已有记录不一致".to_owned())],
    };
    let bytes = write::refused(&headers, std::slice::from_ref(&line), 0).unwrap();
    let expected = [
        ["企业名称", "统一社会信用代码", "统一社会信用代码·问题", "原行号·问题", "整行·问题"],
        ["甲", "=1", "第 18 位应为 F", "7", "与已有记录不一致"],
    ];
    assert_eq!(texts(&bytes), expected);
    let part = texts(&write::refused(&headers, &[line], 37).unwrap());
    assert_eq!(part[0].last().unwrap(), "整行（另有 37 行被拒绝，未列于此）·问题");
}

#[test]
fn what_a_cell_of_a_workbook_does_not_hold_keeps_no_refused_line_from_coming_back() {
    // As many characters as a cell of a delimited text may have, each of them two units of UTF-16.
    let long = "𠮷".repeat(LONGEST_CELL);
    let line = |cells: Vec<String>, reason: &str| write::RefusedLine {
        number: 2,
        cells,
        faults: vec![(Some(0), reason.to_owned())],
    };
    let headers = ["企业名称".to_owned()];
    let bytes = write::refused(&headers, &[line(vec![long.clone()], "名称过长")], 0).unwrap();
    let back = &texts(&bytes)[1];
    assert_eq!((back[0].as_str(), back[1].as_str()), (&*"𠮷".repeat(LONGEST_CELL / 2), "名称过长"));
    assert!(write::refused(&headers, &[line(Vec::new(), &long)], 0).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_it_fail_otherwise(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = lines(&bytes);
        let as_book = [&b"PK\x03\x04"[..], &bytes].concat();
        prop_assert!(lines(&as_book).is_err());
    }

    #[test]
    fn a_damaged_workbook_is_read_or_refused(at in 0.0..1.0_f64, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = book(|sheet| {
            for row in 0..20 {
                sheet.write_string(row, 0, "济南泉福食品有限公司").unwrap();
            }
        });
        let place = (at * (bytes.len() - 1) as f64) as usize;
        if cut { bytes.truncate(place) } else { bytes[place] = byte }
        let _ = lines(&bytes);
    }

    #[test]
    fn what_is_written_as_text_is_read_as_it_was(
        rows in proptest::collection::vec(proptest::collection::vec("[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{feff}]{0,12}", 1..6), 1..8)
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let first_line = rows[0].join("");
        // Other delimiters at the top are a table of another kind.
        let other = rows.iter().flatten().any(|cell| cell.contains([';', '\t']));
        prop_assume!(!other && !first_line.trim().is_empty());
        let kept = |row: &Vec<String>| -> Vec<String> {
            let last = row.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
            row[..last].iter().map(|cell| match cell {
                blank if blank.trim().is_empty() => String::new(),
                formula if formula.starts_with('=') => "(公式)".to_owned(),
                text => text.clone(),
            }).collect()
        };
        let expected: Vec<Vec<String>> = rows.iter().map(kept).filter(|row| !row.is_empty()).collect();
        prop_assert_eq!(texts(&bytes), expected);
    }

    #[test]
    fn no_row_is_lost_whatever_ends_the_lines_and_whatever_encodes_them(
        rows in proptest::collection::vec(proptest::collection::vec("[甲乙丙济南a-c \",\n]{0,6}", 1..5), 1..12),
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        last in any::<bool>(),
        encoding in 0_u8..5,
    ) {
        let mut rows = rows;
        rows[0][0] = "甲乙丙济南".to_owned();
        let (mut number, mut expected) = (1, Vec::new());
        for row in &rows {
            let shown = |cell: &String| match cell.trim() {
                "" => Cell::Empty,
                _ => Cell::Text(cell.clone()),
            };
            let filled = row.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
            let cells: Vec<Cell> = row[..filled].iter().map(shown).collect();
            if !cells.is_empty() {
                expected.push(Line { number, cells });
            }
            number += 1 + row.iter().map(|cell| cell.matches('\n').count() as u32).sum::<u32>();
        }
        prop_assert_eq!(lines(&written(&rows, end, last, encoding)).unwrap(), expected);
    }

    #[test]
    fn refused_lines_lose_nothing_on_their_way_back(
        rows in proptest::collection::vec(proptest::collection::vec("[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{feff}]{0,12}|_x00[4][0-9]_|=1|'1", 3), 1..6),
        faulty in 0_usize..3,
    ) {
        let headers = ["企业名称", "处罚金额", "处罚决定日期"].map(str::to_owned);
        let refuse = |(number, cells): (u32, &Vec<String>)| write::RefusedLine {
            number,
            cells: cells.clone(),
            faults: vec![(Some(faulty), "应为日期".to_owned())],
        };
        let refused: Vec<_> = (2..).zip(&rows).map(refuse).collect();
        let given_back = texts(&write::refused(&headers, &refused, 0).unwrap());
        prop_assert_eq!(given_back.len(), rows.len() + 1);
        let own: Vec<usize> = (0..given_back[0].len()).filter(|at| !given_back[0][*at].ends_with(write::REASON)).collect();
        for (row, back) in rows.iter().zip(&given_back[1..]) {
            let back: Vec<&str> = own.iter().map(|at| back[*at].as_str()).collect();
            let shown: Vec<&str> = row.iter().map(|cell| if cell.trim().is_empty() { "" } else { cell }).collect();
            prop_assert_eq!(back, shown);
        }
    }
}
