//! The report as a workbook: one sheet each for the figures, their parts, the coverage, the scores and what is missing.

use std::collections::BTreeMap;

use contract::gateway::v1::{DispatchFigure, DispatchReport, Score};
use domain::DivisionCode;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::Month;
use crate::labels::Labels;

/// Width of a column of texts, and of one of numbers, in characters.
const TEXT_WIDTH: f64 = 32.0;
const NUMBER_WIDTH: f64 = 14.0;

/// Stands for a count that the caller may not be told.
const LEFT_OUT: &str = "无权查看";
/// The rulebook's sets of kinds of duties, of services, of what they give to a report, and of codes of answers.
const DUTY_KINDS: &str = "duty_kind";
const SERVICES: &str = "service";
const PARTS: &str = "report_part";
const ANSWERS: &str = "answer_code";

/// A cell.
enum Cell<'a> {
    Text(&'a str),
    Count(i64),
    /// 0 to 1.
    Share(f64),
}

/// The report of a month, written for officers.
///
/// # Errors
/// The workbook could not be written.
pub(crate) fn workbook(
    report: &DispatchReport,
    month: Month,
    labels: Labels<'_>,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The day that it is told for, and not the clock: the same report is the same file.
    let made_on = ExcelDateTime::parse_from_str(&report.last_on)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made_on));
    figures(&mut book, report, month)?;
    parts(&mut book, report, labels)?;
    coverage(&mut book, report, labels)?;
    scores(&mut book, report, labels)?;
    missing(&mut book, report, labels)?;
    book.save_to_buffer()
}

fn figures(book: &mut Workbook, report: &DispatchReport, month: Month) -> Result<(), XlsxError> {
    let period = format!("{}（{}至{}）", month.text_zh(), report.first_on, report.last_on);
    let count = |figure: &DispatchFigure| match figure.left_out {
        true => Cell::Text(LEFT_OUT),
        false => Cell::Count(figure.count),
    };
    let rows = report
        .figures
        .iter()
        .map(|figure| vec![Cell::Text(&figure.label), count(figure), Cell::Text(&period)]);
    sheet(book, "调度总览", &["指标", "数量", "统计期间"], rows)
}

fn parts(book: &mut Workbook, report: &DispatchReport, labels: Labels<'_>) -> Result<(), XlsxError> {
    let each = report.figures.iter().flat_map(|figure| figure.rows.iter().map(move |row| (figure, row)));
    let named: Vec<_> = each
        .map(|(figure, row)| {
            let office = if row.office.is_empty() { String::new() } else { labels.office(&row.office) };
            (figure, office, field_of(labels, &row.field), division_of(&row.division), row.count)
        })
        .collect();
    let rows = named.iter().map(|(figure, office, field, division, count)| {
        vec![
            Cell::Text(&figure.label),
            Cell::Text(office),
            Cell::Text(field),
            Cell::Text(division),
            Cell::Count(*count),
        ]
    });
    sheet(book, "分科室分区县", &["指标", "责任处室", "重点领域", "区县", "数量"], rows)
}

fn coverage(book: &mut Workbook, report: &DispatchReport, labels: Labels<'_>) -> Result<(), XlsxError> {
    let named: Vec<_> = report
        .coverage
        .iter()
        .map(|row| (field_of(labels, &row.field), division_of(&row.division), row))
        .collect();
    let rows = named.iter().map(|(field, division, row)| {
        vec![
            Cell::Text(field),
            Cell::Text(division),
            Cell::Count(row.enterprises),
            Cell::Count(row.marked),
            share(row.marked, row.enterprises),
            Cell::Count(row.signed),
            share(row.signed, row.enterprises),
        ]
    });
    let headers = ["重点领域", "区县", "清单企业", "已公示标记", "标记率", "已签约承诺", "签约率"];
    sheet(book, "清单标记承诺", &headers, rows)
}

fn scores(book: &mut Workbook, report: &DispatchReport, labels: Labels<'_>) -> Result<(), XlsxError> {
    let kinds = report.offices.iter().flat_map(|office| &office.kinds).map(|kind| kind.kind.as_str());
    let names: BTreeMap<_, _> =
        kinds.map(|kind| (kind, labels.code(DUTY_KINDS, kind, &report.last_on))).collect();
    let mut rows = Vec::new();
    for office in &report.offices {
        for kind in &office.kinds {
            let counts = [kind.in_time, kind.late, kind.overdue, kind.open];
            rows.push(score_row(&office.label, &names[kind.kind.as_str()], counts, kind.late_share));
        }
        rows.push(sum_row(&office.label, "小计", office.score.unwrap_or_default()));
    }
    rows.push(sum_row("合计", "", report.total.unwrap_or_default()));
    let headers = ["责任处室", "事项", "按期办结", "逾期办结", "逾期未办", "在办", "逾期率"];
    sheet(book, "处室履职", &headers, rows.into_iter())
}

fn sum_row<'a>(office: &'a str, kind: &'a str, score: Score) -> Vec<Cell<'a>> {
    let Score { in_time, late, overdue, open, late_share } = score;
    score_row(office, kind, [in_time, late, overdue, open], late_share)
}

fn score_row<'a>(office: &'a str, kind: &'a str, counts: [i64; 4], late_share: f64) -> Vec<Cell<'a>> {
    let names = [Cell::Text(office), Cell::Text(kind)];
    names.into_iter().chain(counts.map(Cell::Count)).chain([Cell::Share(late_share)]).collect()
}

fn missing(book: &mut Workbook, report: &DispatchReport, labels: Labels<'_>) -> Result<(), XlsxError> {
    let named: Vec<_> = report
        .missing
        .iter()
        .map(|part| {
            let label = |set: &str, code: &str| labels.code(set, code, &report.last_on);
            // What a code says is enough; what has no word is told as the service told it.
            let why = labels.find(ANSWERS, &part.code, &report.last_on);
            let why = why.map_or(part.problem.as_str(), |known| known.label_zh.as_str());
            (label(SERVICES, &part.service), label(PARTS, &part.part), &part.code, why)
        })
        .collect();
    let rows = named.iter().map(|(service, part, code, why)| {
        vec![Cell::Text(service), Cell::Text(part), Cell::Text(code), Cell::Text(why)]
    });
    sheet(book, "未取得数据", &["服务", "部分", "代码", "原因"], rows)
}

/// A sheet of rows under their headers.
fn sheet<'a>(
    book: &mut Workbook,
    name: &str,
    headers: &[&str],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(name)?;
    let bold = Format::new().set_bold();
    let percent = Format::new().set_num_format("0.0%");
    for (column, header) in (0..).zip(headers) {
        sheet.write_string_with_format(0, column, *header, &bold)?;
        sheet.set_column_width(column, NUMBER_WIDTH)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            write(sheet, row, column, &cell, &percent)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell<'_>,
    percent: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => {
            sheet.set_column_width(column, TEXT_WIDTH)?;
            // As text, whatever it begins with: nothing that somebody named is a formula.
            sheet.write_string(row, column, *text)?;
        }
        Cell::Count(count) => {
            sheet.write_number(row, column, *count as f64)?;
        }
        Cell::Share(share) => {
            sheet.write_number_with_format(row, column, *share, percent)?;
        }
    }
    Ok(())
}

/// No share is shown of nothing, nor of more than there was: a mark stands until its removal is confirmed, also without a licence.
fn share<'a>(part: i64, whole: i64) -> Cell<'a> {
    if whole == 0 || part > whole { Cell::Text("—") } else { Cell::Share(part as f64 / whole as f64) }
}

fn field_of(labels: Labels<'_>, code: &str) -> String {
    if code.is_empty() { String::new() } else { labels.field(code) }
}

/// The name of a division; one outside of the table is shown as it is.
fn division_of(code: &str) -> String {
    let name = DivisionCode::parse(code).ok().and_then(|division| division.name_zh());
    name.unwrap_or(code).to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use contract::{
        common::v1::{Figure, Timeliness},
        gateway::v1::{Coverage, DispatchFigure, MissingPart, OfficeScore},
    };
    use rulebook::Rulebook;

    use super::*;

    fn report() -> DispatchReport {
        let row = |division: &str, count| Figure {
            code: "mark.published".to_owned(),
            field: "FOOD".to_owned(),
            division: division.to_owned(),
            count,
            ..Figure::default()
        };
        let score = Score { in_time: 3, late: 1, late_share: 0.25, ..Score::default() };
        let kind = Timeliness {
            office: "FOOD_PROD".to_owned(),
            kind: "=1+1".to_owned(),
            in_time: 3,
            late: 1,
            late_share: 0.25,
            ..Timeliness::default()
        };
        let known = Timeliness { kind: "mark.confirm".to_owned(), ..kind.clone() };
        let coverage = Coverage { enterprises: 4, marked: 3, signed: 1, ..Coverage::default() };
        DispatchReport {
            first_on: "2026-02-01".to_owned(),
            last_on: "2026-02-28".to_owned(),
            figures: vec![
                DispatchFigure {
                    label: "已公示标记（期末）".to_owned(),
                    count: 5,
                    rows: vec![row("370102", 2), row("370103", 3)],
                    ..DispatchFigure::default()
                },
                DispatchFigure {
                    label: "列为重点关注（本期）".to_owned(),
                    left_out: true,
                    ..DispatchFigure::default()
                },
            ],
            coverage: vec![Coverage { field: "FOOD".to_owned(), division: "370102".to_owned(), ..coverage }],
            offices: vec![OfficeScore {
                label: "食品生产处".to_owned(),
                score: Some(score),
                kinds: vec![kind, known],
                ..OfficeScore::default()
            }],
            total: Some(score),
            missing: vec![MissingPart {
                part: "figures".to_owned(),
                service: "risk".to_owned(),
                code: "UNAVAILABLE".to_owned(),
                problem: "gone".to_owned(),
            }],
            ..DispatchReport::default()
        }
    }

    fn written() -> Vec<u8> {
        let book = Rulebook::builtin();
        let month = Month::parse("2026-02", domain::parse_date("2026-11-26").unwrap()).unwrap();
        workbook(&report(), month, Labels::of(&book)).unwrap()
    }

    /// The rows of a sheet.
    fn rows(sheet: &str) -> Vec<Vec<Data>> {
        let mut book = Xlsx::new(Cursor::new(written())).unwrap();
        let range = book.worksheet_range(sheet).unwrap();
        range.rows().map(<[Data]>::to_vec).collect()
    }

    fn text(text: &str) -> Data {
        Data::String(text.to_owned())
    }

    #[test]
    fn each_sheet_has_chinese_headers_and_the_numbers_of_the_report() {
        let book = Xlsx::new(Cursor::new(written())).unwrap();
        let sheets = ["调度总览", "分科室分区县", "清单标记承诺", "处室履职", "未取得数据"];
        assert_eq!(book.sheet_names(), sheets);
        let figures = rows("调度总览");
        assert_eq!(figures[0], [text("指标"), text("数量"), text("统计期间")]);
        let period = text("2026年2月（2026-02-01至2026-02-28）");
        assert_eq!(figures[1], [text("已公示标记（期末）"), Data::Float(5.0), period.clone()]);
        assert_eq!(figures[2], [text("列为重点关注（本期）"), text("无权查看"), period]);
        let parts = rows("分科室分区县");
        let places: Vec<_> = parts[1..].iter().map(|row| (row[2].clone(), row[4].clone())).collect();
        let food = text("食品生产");
        assert_eq!(places, [(food.clone(), Data::Float(2.0)), (food, Data::Float(3.0))]);
        assert!(!parts[1][3].to_string().is_ascii(), "a division is shown by its name: {:?}", parts[1][3]);
        let coverage = &rows("清单标记承诺")[1];
        assert_eq!((&coverage[4], &coverage[6]), (&Data::Float(0.75), &Data::Float(0.25)));
        let missing = ["风险分类", "统计指标", "UNAVAILABLE", "服务暂时无法访问"].map(text);
        assert_eq!(rows("未取得数据")[1], missing);
    }

    #[test]
    fn a_text_that_looks_like_a_formula_stays_a_text_and_sums_follow_their_rows() {
        let scores = rows("处室履职");
        assert_eq!(scores[1][1], text("=1+1"));
        assert_eq!(scores[2][1], text("确认或驳回重点领域标记"));
        let names: Vec<_> = scores[1..].iter().map(|row| row[0].to_string()).collect();
        assert_eq!(names, ["食品生产处", "食品生产处", "食品生产处", "合计"]);
        assert_eq!((&scores[3][1], &scores[4][2]), (&text("小计"), &Data::Float(3.0)));
    }

    #[test]
    fn the_same_report_is_the_same_file() {
        assert_eq!(written(), written());
    }
}
