//! Files that are wrong, each with what the officer is told.

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{Formula, Workbook, Worksheet};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// What the officer is told; nothing when the file is read.
fn told(bytes: &[u8]) -> String {
    read(bytes, |_| ControlFlow::Continue(())).err().map(|problem| problem.to_string()).unwrap_or_default()
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    read(bytes, |line| {
        lines.push(line);
        ControlFlow::Continue(())
    })
    .unwrap();
    lines
}

fn packed<'a>(parts: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const BOOK: &str =
    r#"<workbook xmlns:r="r"><sheets><sheet name="处罚" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const TARGETS: &str = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

const PACKAGE: &str = r#"<Relationships><Relationship Id="rId1" Type="x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

/// A workbook with these parts besides those that every one has.
fn raw(parts: &[(&str, &str)]) -> Vec<u8> {
    let always = [("_rels/.rels", PACKAGE), ("xl/_rels/workbook.xml.rels", TARGETS)];
    packed(always.iter().chain(parts).map(|(name, content)| (*name, content.as_bytes().to_vec())))
}

/// A workbook of one sheet with these rows as they are written, and no more parts than it needs.
fn sheet(rows: &str) -> Vec<u8> {
    with_texts(rows, "<sst/>")
}

fn with_texts(rows: &str, texts: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    raw(&[("xl/workbook.xml", BOOK), ("xl/sharedStrings.xml", texts), ("xl/worksheets/sheet1.xml", &sheet)])
}

/// A cell with text in it.
fn text(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// Writes the cells of a sheet.
type Fill<'a> = &'a dyn Fn(&mut Worksheet);

fn book(sheets: &[(&str, Fill<'_>)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, fill) in sheets {
        fill(book.add_worksheet().set_name(*name).unwrap());
    }
    book.save_to_buffer().unwrap()
}

fn filled(sheet: &mut Worksheet) {
    for row in 0..4 {
        sheet.write_string(row, 0, "甲").unwrap();
    }
}

#[test]
fn what_is_no_table_is_told_by_its_content_whatever_its_name() {
    let encrypted: Vec<u8> = [0xD0, 0xCF, 0x11, 0xE0]
        .into_iter()
        .chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let document = packed([("[Content_Types].xml", vec![]), ("word/document.xml", b"<w/>".to_vec())]);
    let binary = packed([("xl/workbook.bin", vec![1])]);
    let folder = packed([("处罚.xlsx", sheet(""))]);
    let cases: [(&[u8], &str); 11] = [
        (b"", "文件是空的"),
        (b"\xEF\xBB\xBF", "文件是空的"),
        (b"\xFF\xFE", "文件是空的"),
        (b"\xD0\xCF\x11\xE0\xA1", "这是旧版工作簿 .xls，请另存为 .xlsx 后再导入"),
        (&encrypted, "工作簿已加密，请去掉打开密码后再导入"),
        (&binary, "这是二进制工作簿 .xlsb，请另存为 .xlsx 后再导入"),
        (&document, "这是压缩包或其他文档，不是 .xlsx 工作簿，请打开后把表格另存为 .xlsx 或 .csv"),
        (&folder, "这是压缩包或其他文档，不是 .xlsx 工作簿，请打开后把表格另存为 .xlsx 或 .csv"),
        (b"%PDF-1.7", "无法识别的文件格式，请使用 .xlsx 或 .csv"),
        (b"{\\rtf1", "无法识别的文件格式，请使用 .xlsx 或 .csv"),
        (b"a,b\n1,\0\0\n", "第 2 行第 3 个字节是空字符(NUL)，不是文本文件或已损坏"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(told(bytes), expected);
    }
    assert_eq!(told(&vec![b'a'; LARGEST_FILE + 1]), "文件超过 64 MB，请拆分后再导入");
}

#[test]
fn a_text_in_a_wrong_encoding_is_told_with_line_and_byte() {
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let joined = |parts: &[&[u8]]| parts.concat();
    let header = "企业名称,处罚金额\n";
    let cases: [(Vec<u8>, &str); 9] = [
        (utf16(header), "这是没有字节序标记的 UTF-16 文本，请另存为 UTF-8 的 .csv"),
        (
            header.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            "这是没有字节序标记的 UTF-16 文本，请另存为 UTF-8 的 .csv",
        ),
        // Half of a surrogate pair alone, and half a character at the end.
        (
            joined(&[b"\xFF\xFE", &utf16("甲\n乙"), b"\x00\xD8", &utf16("丙")]),
            "第 2 行第 3 个字节不是有效的 UTF-16 编码，请另存为 UTF-8 的 .csv",
        ),
        (
            joined(&[b"\xFF\xFE", &utf16("甲"), b"\x00"]),
            "第 1 行第 5 个字节不是有效的 UTF-16 编码，请另存为 UTF-8 的 .csv",
        ),
        // A surrogate written as UTF-8 would write it.
        (
            joined(&[header.as_bytes(), "济南泉福食品".as_bytes(), b"\xED\xA0\x80,1\n"]),
            "第 2 行第 19 个字节不是有效的 UTF-8 编码，请另存为 UTF-8 的 .csv",
        ),
        (
            joined(&[header.as_bytes(), "济南泉福食品".as_bytes(), b"\xE5\x85,1\n"]),
            "第 2 行第 19 个字节不是有效的 UTF-8 编码，请另存为 UTF-8 的 .csv",
        ),
        (
            joined(&[&gb(header), &gb("济南"), b"\xFF,1\n"]),
            "第 2 行第 5 个字节不是有效的 GB18030 编码，请另存为 UTF-8 的 .csv",
        ),
        (
            joined(&[&gb(header), "济南泉福食品,1\n".as_bytes()]),
            "第 2 行是 UTF-8 编码，第 1 行是 GB18030 编码，请统一另存为 UTF-8 的 .csv",
        ),
        (
            joined(&[header.as_bytes(), &gb("济南泉福食品,1\n")]),
            "第 1 行是 UTF-8 编码，第 2 行是 GB18030 编码，请统一另存为 UTF-8 的 .csv",
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(told(&bytes), expected);
    }
}

#[test]
fn a_damaged_workbook_is_told_with_its_part_or_its_line() {
    let whole = sheet(&format!(r#"<row r="1">{}</row>"#, text("A1", "甲")));
    assert_eq!(lines(&whole).len(), 1, "a workbook needs no list of content types");
    let help = "，请用表格软件打开并另存为 .xlsx 后再导入";
    let cut = |share: usize| whole[..whole.len() * share / 4].to_vec();
    let flipped = {
        let mut bytes = whole.clone();
        let name = memchr::memmem::find(&bytes, b"sheet1.xml").unwrap();
        bytes[name + 20] ^= 0xFF;
        bytes
    };
    let sheetless = raw(&[("xl/workbook.xml", BOOK)]);
    let place = "xl/worksheets/sheet1.xml";
    let two = |first: &str, second: &str| sheet(&format!("<row {first}></row><row {second}></row>"));
    let cases: [(Vec<u8>, String); 10] = [
        (b"PK\x03\x04 and then nothing".to_vec(), "压缩包不完整".to_owned()),
        (cut(1), "压缩包不完整".to_owned()),
        (cut(3), "压缩包不完整".to_owned()),
        (flipped, place.to_owned()),
        (sheetless, "工作表“处罚”缺失".to_owned()),
        (sheet(r#"<row r="1"><c r="A1"><v>1</row"#), "工作表“处罚”第 1 行起".to_owned()),
        (sheet(r#"<row r="1"><c r="A1"><v>&#xD800;</v></c></row><"#), "工作表“处罚”第 1 行起".to_owned()),
        (two(r#"r="3""#, r#"r="2""#), format!("{place} 第 3 行")),
        (two(r#"r="2""#, r#"r="2""#), format!("{place} 第 2 行")),
        (sheet(r#"<row r="2"><c r="A4294967298"><v>1</v></c></row>"#), format!("{place} 第 2 行")),
    ];
    for (bytes, at) in cases {
        assert_eq!(told(&bytes), format!("工作簿已损坏({at}){help}"));
    }
}

#[test]
fn a_workbook_that_unpacks_to_more_than_it_may_is_refused_before_it_is_read() {
    let zeros = |megabytes: usize| vec![b' '; megabytes * 1024 * 1024];
    let nested = {
        let inner = packed([("xl/media/inner.zip", packed([("zeros", zeros(32))]))]);
        let outer = [("_rels/.rels", PACKAGE.into()), ("xl/_rels/workbook.xml.rels", TARGETS.into())];
        packed(outer.into_iter().chain([("xl/workbook.xml", BOOK.into()), ("xl/media/image1.png", inner)]))
    };
    let plain =
        |part: &'static str, content: Vec<u8>| packed([("xl/workbook.xml", BOOK.into()), (part, content)]);
    let cases: [(Vec<u8>, &str); 7] = [
        (plain("xl/sharedStrings.xml", zeros(65)), "xl/sharedstrings.xml"),
        (plain("xl/media/image1.png", zeros(17)), "xl/media/image1.png"),
        // One text without end, though the sheet as a whole is small.
        (
            sheet(&format!("<row><c><v>{}</v></c></row>", "1".repeat(2 * 1024 * 1024))),
            "xl/worksheets/sheet1.xml",
        ),
        // A text in many pieces.
        (
            sheet(&format!(
                "<row><c t=\"inlineStr\"><is>{}</is></c></row>",
                "<r><t>长长长长</t></r>".repeat(100_000)
            )),
            "xl/worksheets/sheet1.xml",
        ),
        // A workbook that announces texts that are not there, for the reader to make room for.
        (with_texts("", r#"<sst uniqueCount="18446744073709551615"/>"#), "xl/sharedstrings.xml"),
        (with_texts("", r#"<sst uniqueCount="1099511627776"/>"#), "xl/sharedstrings.xml"),
        (with_texts("", &format!("<sst>{}</sst>", "<si/>".repeat(2_000_001))), "xl/sharedstrings.xml"),
    ];
    for (bytes, part) in cases {
        assert!(bytes.len() < 1024 * 1024, "{part}: small as long as it is packed");
        assert_eq!(told(&bytes), format!("工作簿解压后过大({part})，可能是压缩炸弹，已拒绝"));
    }
    // What is packed within a picture is nobody's table, and is not unpacked.
    assert_eq!(told(&nested), "工作簿已损坏(工作表“处罚”缺失)，请用表格软件打开并另存为 .xlsx 后再导入");
}

#[test]
fn a_workbook_of_thousands_of_parts_is_refused_before_its_directory_is_read() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..5_001 {
        writer.start_file(format!("xl/{number}"), SimpleFileOptions::default()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(told(&bytes), "工作簿解压后过大(超过 5000 个部件)，可能是压缩炸弹，已拒绝");
}

#[test]
fn a_text_that_is_kept_once_and_shown_without_end_is_refused() {
    let long = "长".repeat(LONGEST_CELL);
    let texts = format!("<sst><si><t>{long}</t></si></sst>");
    let cells: String = (0..8).map(|at| format!(r#"<c r="{}2" t="s"><v>0</v></c>"#, letters(at))).collect();
    assert_eq!(
        told(&with_texts(&format!(r#"<row r="2">{cells}</row>"#), &texts)),
        "第 2 行的文字合计超过 131072 个字节"
    );
}

#[test]
fn what_an_officer_does_not_see_is_not_read_as_if_he_did() {
    let empty: Fill<'_> = &|_| {};
    let hidden_row: Fill<'_> = &|sheet| {
        filled(sheet);
        sheet.set_row_hidden(2).unwrap();
        sheet.set_row_hidden(3).unwrap();
        // Nothing stands in it.
        sheet.set_row_hidden(9).unwrap();
    };
    let hidden_sheet: Fill<'_> = &|sheet| {
        sheet.write_string(0, 0, "选项").unwrap();
        sheet.set_hidden(true);
    };
    assert_eq!(
        told(&book(&[("处罚", hidden_row)])),
        "工作表“处罚”有隐藏或被筛选掉的行(第 3、4 行)，请取消筛选和隐藏，或删除这些行后再导入"
    );
    let hidden_columns: Fill<'_> = &|sheet| {
        for column in 0..5 {
            sheet.write_string(0, column, "甲").unwrap();
        }
        for column in [1, 3, 9] {
            sheet.set_column_hidden(column).unwrap();
        }
    };
    assert_eq!(
        told(&book(&[("处罚", hidden_columns)])),
        "工作表“处罚”有隐藏的列(B、D)，请取消隐藏，或删除这些列后再导入"
    );
    assert_eq!(
        told(&book(&[("一月", &filled), ("空", empty), ("二月", &filled)])),
        "有多个工作表含有数据(“一月”、“二月”)，请每个文件只保留一个工作表"
    );
    let lists = book(&[("空", empty), ("处罚", &filled), ("选项", hidden_sheet)]);
    assert_eq!(lines(&lists).len(), 4, "lists to choose from stand in hidden sheets");
    let all_hidden = raw(&[
        ("xl/workbook.xml", &BOOK.replace("name=", r#"state="veryHidden" name="#)),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"),
    ]);
    assert_eq!(told(&all_hidden), "工作簿中没有可见的工作表");
}

#[test]
fn a_formula_is_none_of_its_values_and_an_error_is_shown_as_the_program_shows_it() {
    let bytes = book(&[("处罚", &|sheet| {
        sheet.write_formula(0, 0, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write_formula(0, 1, Formula::new("=NA()").set_result("#N/A")).unwrap();
    })]);
    assert_eq!(lines(&bytes)[0].cells, [Cell::Formula, Cell::Formula]);
    let raw = sheet(concat!(
        r#"<row r="1"><c r="A1"><f>1+1</f></c><c r="B1" t="e"><v>#N/A</v></c><c r="C1" t="e"><v>#REF!</v></c>"#,
        r#"<c r="D1"><f t="shared" ref="D1:D9" si="99999999999999">1+1</f><v>2</v></c>"#,
        r#"<c r="E1"><f t="shared" si="7"/><v>2</v></c></row>"#
    ));
    let broken = |error: &str| Cell::Broken(error.to_owned());
    let expected = [Cell::Formula, broken("#N/A"), broken("#REF!"), Cell::Formula, Cell::Formula];
    assert_eq!(lines(&raw)[0].cells, expected);
}

#[test]
fn days_count_from_1900_or_from_1904_as_the_workbook_says() {
    let styles = r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    let row = r#"<row r="1"><c r="A1" s="1"><v>45000</v></c><c r="B1"><v>45000</v></c></row>"#;
    let read = |book: String| {
        let sheet = format!("<worksheet><sheetData>{row}</sheetData></worksheet>");
        let bytes = raw(&[
            ("xl/workbook.xml", &book),
            ("xl/styles.xml", styles),
            ("xl/worksheets/sheet1.xml", &sheet),
        ]);
        lines(&bytes).remove(0).cells
    };
    assert_eq!(read(BOOK.to_owned()), [Cell::Date { year: 2023, month: 3, day: 15 }, Cell::Number(45_000.0)]);
    assert_eq!(
        read(BOOK.replace("<sheets>", r#"<workbookPr date1904="1"/><sheets>"#)),
        [Cell::Date { year: 2027, month: 3, day: 16 }, Cell::NumberSince1904(45_000.0)]
    );
}

#[test]
fn a_table_of_more_lines_than_a_sheet_has_is_refused() {
    let beyond = sheet(r#"<row r="1048577"><c r="A1048577"><v>1</v></c></row>"#);
    assert_eq!(told(&beyond), "超过 1048576 行，请拆分后再导入");
    assert_eq!(told("1\n".repeat(10_000_000).as_bytes()), "超过 1048576 行，请拆分后再导入");
}
