//! What stands in a cell, as the contract writes it. Problems are told in Chinese.

use chrono::NaiveDate;
use domain::{
    DivisionCode, InvalidDate, InvalidMoney, InvalidUscc, Money, Uscc, is_invisible, parse_date_lenient,
};
use exchange::credit_china;
use rulebook::{Code, Rulebook};

use super::column::{Column, Form};
use crate::sheet::Cell;

/// Whole numbers up to here are exact in a cell; longer ones have lost digits.
const EXACT: f64 = 1e15;
/// A code that a program took for a number.
const DIGITS_LOST: &str = "以数字格式保存，位数已丢失，请将该列设为文本后重新填写";
/// A number of a document that a program took for a day, such as `2026-1`.
const BECAME_DAY: &str = "单元格是日期，编号可能已被表格软件改写，请将该列设为文本后重新填写";
/// Behind such a day, when it is given back: a text that is refused like it.
const DAY: &str = "(日期)";
/// Behind a number that is a day of a workbook that counts from 1904, when it is given back: no day in any other workbook.
const SINCE_1904: &str = "(1904)";
/// Errors of spreadsheets as they show them, and as they write them into a text.
const ERRORS: [&str; 11] = [
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "#N/A",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
];
/// What several things in one cell are cut at.
const BETWEEN: [char; 7] = [';', '；', ',', '，', '、', '|', '\n'];

/// The content of a cell as text of the contract; empty for an empty cell.
pub(super) fn read(form: Form, cell: &Cell, book: &Rulebook, today: NaiveDate) -> Result<String, String> {
    let text = text_of(form, cell)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    refuse_unreadable(text)?;
    match form {
        Form::Text | Form::Number | Form::List => Ok(text.to_owned()),
        Form::Uscc => Uscc::parse(text).map(|code| code.to_string()).map_err(|problem| uscc_zh(&problem)),
        Form::Day => parse_date_lenient(text).map(|day| day.to_string()).map_err(|problem| day_zh(&problem)),
        Form::Wan => wan(text).map(|money| money.fen().to_string()).map_err(|problem| money_zh(&problem)),
        Form::Count => text
            .parse::<u16>()
            .map(|count| count.to_string())
            .map_err(|_| format!("“{}”不是不超过 65535 的整数", cited(text))),
        Form::YesNo => either(text, &["是", "Y", "YES", "TRUE", "1"], &["否", "N", "NO", "FALSE", "0"])
            .ok_or_else(|| format!("“{}”无法识别，可填: 是、否", cited(text))),
        Form::Passed => either(text, &["合格", "符合"], &["不合格", "不符合"])
            .ok_or_else(|| format!("“{}”无法识别，可填: 合格、不合格", cited(text))),
        Form::Code(set) => code(set, text, book, today),
        Form::Codes(set) => {
            let codes: Result<Vec<_>, _> = split(text).map(|part| code(set, part, book, today)).collect();
            codes.map(|codes| codes.join(";"))
        }
        Form::Division => division(text),
        Form::Field => field(text, book),
    }
}

/// The parts of a text that holds several things.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty())
}

/// What is given back of the cell of a refused line: what was shown, in a form that is refused again as long as nobody puts it right.
pub(super) fn given_back(form: Form, cell: &Cell) -> String {
    match cell {
        Cell::Number(number) | Cell::NumberSince1904(number)
            if number.abs() >= EXACT && form != Form::Wan =>
        {
            format!("{number:.5E}").replace('E', "E+")
        }
        Cell::NumberSince1904(_) if form == Form::Day => format!("{}{SINCE_1904}", cell.shown()),
        Cell::Date { .. } if form == Form::Number => format!("{}{DAY}", cell.shown()),
        other => other.shown(),
    }
}

fn text_of(form: Form, cell: &Cell) -> Result<String, String> {
    match cell {
        Cell::Formula => Err("单元格是公式，请粘贴为数值".to_owned()),
        Cell::Text(text) if text.trim() == Cell::FORMULA => Err("单元格是公式，请粘贴为数值".to_owned()),
        Cell::Broken(error) => Err(format!("单元格是错误值 {error}")),
        Cell::Text(text) if ERRORS.contains(&text.trim()) => Err(format!("单元格是错误值 {}", text.trim())),
        Cell::Number(number) | Cell::NumberSince1904(number) if !number.is_finite() => {
            Err("单元格是错误值".to_owned())
        }
        Cell::NumberSince1904(number) if form == Form::Day => Err(format!(
            "“{number}”是数字，而该工作簿使用 1904 日期系统，请将该列设为日期格式，或写作 2026-03-02"
        )),
        Cell::Number(number) | Cell::NumberSince1904(number)
            if number.abs() >= EXACT && form != Form::Wan =>
        {
            Err(DIGITS_LOST.to_owned())
        }
        Cell::Text(text) if form != Form::Wan && is_scientific(text) => Err(DIGITS_LOST.to_owned()),
        Cell::Date { .. } if form == Form::Number => Err(BECAME_DAY.to_owned()),
        Cell::Text(text) if form == Form::Number && text.trim().ends_with(DAY) => Err(BECAME_DAY.to_owned()),
        Cell::Number(number) | Cell::NumberSince1904(number) if form == Form::Wan => {
            Ok(Cell::Number(as_seen(*number)).shown())
        }
        other => Ok(other.shown()),
    }
}

/// A number as spreadsheets show it, by fifteen digits: what they compute (`1.1*3`, pasted as a value) is off behind these.
fn as_seen(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// `9.13701E+17`, as a program writes a long number that it has made of a code.
fn is_scientific(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once(['E', 'e']).is_some_and(|(number, exponent)| {
        let (whole, rest) = number.split_once('.').unwrap_or((number, "0"));
        is_digits(whole) && is_digits(rest) && exponent.strip_prefix('+').is_some_and(is_digits)
    })
}

/// A text as it is cited to whoever wrote it: as much of it as tells it from others.
fn cited(text: &str) -> String {
    const MOST: usize = 64;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// What cannot be seen, or was lost before, is not kept.
fn refuse_unreadable(text: &str) -> Result<(), String> {
    for (place, found) in (1..).zip(text.chars()) {
        let problem = match found {
            '\n' | '\r' | '\t' => continue,
            '\u{FFFD}' => "已损坏，请核对原文件的编码".to_owned(),
            found if found.is_control() => "是控制字符".to_owned(),
            found if is_invisible(found) => {
                format!("看不见(U+{:04X})，请删除后重新填写", u32::from(found))
            }
            _ => continue,
        };
        return Err(format!("第 {place} 个字符{problem}"));
    }
    Ok(())
}

/// An amount in 万元 when it names no unit.
fn wan(text: &str) -> Result<Money, InvalidMoney> {
    match Money::parse(text) {
        Err(InvalidMoney::NoUnit { .. }) => Money::parse_wan(text),
        answer => answer,
    }
}

fn either(text: &str, yes: &[&str], no: &[&str]) -> Option<String> {
    let text = text.to_uppercase();
    let is = |words: &[&str]| words.contains(&text.as_str());
    if is(yes) {
        Some("true".to_owned())
    } else if is(no) {
        Some("false".to_owned())
    } else {
        None
    }
}

fn code(set: &str, text: &str, book: &Rulebook, today: NaiveDate) -> Result<String, String> {
    let find = |is: &dyn Fn(&Code) -> bool| book.all_codes().find(|code| code.set == set && is(code));
    let found = find(&|code| code.code == text).or_else(|| find(&|code| code.label_zh == text));
    let found = found.or_else(|| of_standard(set, text, book, today));
    found.map(|code| code.code.clone()).ok_or_else(|| {
        let labels: Vec<_> = book.codes(set, today).map(|code| code.label_zh.as_str()).collect();
        format!("“{}”不在代码表中，可填: {}", cited(text), labels.join("、"))
    })
}

/// The code for which the double-publicity standard writes `text`, as files do that were made for it: `1` for a permit that is valid. None
/// where it writes the same for several, as `2` for whatever has ended one.
fn of_standard<'b>(set: &str, text: &str, book: &'b Rulebook, today: NaiveDate) -> Option<&'b Code> {
    let word = |code: &Code| book.exchange_value(credit_china::RECEIVER, set, &code.code, today);
    let mut codes = book.codes(set, today).filter(|code| word(code) == Some(text));
    let only = codes.next();
    only.filter(|_| codes.next().is_none())
}

fn division(text: &str) -> Result<String, String> {
    if let Some(found) = DivisionCode::known().find(|code| code.name_zh() == Some(text)) {
        return Ok(found.to_string());
    }
    let code =
        DivisionCode::parse(text).map_err(|_| format!("“{}”不是区划代码或本市区划名称", cited(text)))?;
    Ok(code.to_string())
}

fn field(text: &str, book: &Rulebook) -> Result<String, String> {
    let known = book
        .fields()
        .iter()
        .find(|field| field.code.as_str() == text || field.label_zh == text || field.mark_zh == text);
    known.map(|field| field.code.to_string()).ok_or_else(|| {
        let labels: Vec<_> = book.fields().iter().map(|field| field.label_zh.as_str()).collect();
        format!("“{}”不是重点领域，可填: {}", cited(text), labels.join("、"))
    })
}

/// How to fill in a column.
pub(super) fn hint(column: &Column, book: &Rulebook, today: NaiveDate) -> String {
    let labels = |set: &str| {
        let labels: Vec<_> = book.codes(set, today).map(|code| code.label_zh.as_str()).collect();
        labels.join("、")
    };
    let how = match column.form {
        Form::Text => "文字".to_owned(),
        Form::Number => "编号，文本格式".to_owned(),
        Form::Uscc => "18 位统一社会信用代码，文本格式".to_owned(),
        Form::Day => "日期，如 2026-03-02；长期填“长期”".to_owned(),
        Form::Wan => "金额，单位万元，最多 6 位小数".to_owned(),
        Form::Count => "整数".to_owned(),
        Form::YesNo => "是 或 否".to_owned(),
        Form::Passed => "合格 或 不合格".to_owned(),
        Form::Code(set) => format!("可填: {}", labels(set)),
        Form::Codes(set) => format!("可填一项或多项，用分号隔开: {}", labels(set)),
        Form::List => "多项用分号隔开".to_owned(),
        Form::Division => "区划代码或名称，如 历下区".to_owned(),
        Form::Field => {
            let labels: Vec<_> = book.fields().iter().map(|field| field.label_zh.as_str()).collect();
            format!("可填: {}；不属于重点领域的不填", labels.join("、"))
        }
    };
    if column.required { format!("必填。{how}") } else { how }
}

fn uscc_zh(problem: &InvalidUscc) -> String {
    match problem {
        InvalidUscc::Length { found } => format!("应为 18 位，现为 {found} 位"),
        InvalidUscc::UnusedLetter { position, found } => {
            format!("第 {position} 位“{found}”: 信用代码不使用字母 I、O、S、V、Z")
        }
        InvalidUscc::Character { position, found } => format!("第 {position} 位“{found}”不是数字或大写字母"),
        InvalidUscc::DivisionDigit { position, found } => {
            format!("第 {position} 位“{found}”: 第 3 至 8 位应为数字")
        }
        InvalidUscc::Province { found } => format!("第 3 位起“{found}”不是省级区划"),
        InvalidUscc::CheckCharacter { expected, found } => {
            format!("第 18 位校验码为“{found}”，按前 17 位应为“{expected}”，请核对是否有一位写错")
        }
        InvalidUscc::EntityCheck { expected, found } => {
            format!("第 17 位校验码为“{found}”，按第 9 至 16 位应为“{expected}”，请核对是否有一位写错")
        }
    }
}

fn day_zh(problem: &InvalidDate) -> String {
    match problem {
        InvalidDate::Format { text } => format!("“{text}”不是日期，请写作 2026-03-02"),
        InvalidDate::ShortYear { text } => format!("“{text}”: 年份须写四位，请写作 2026-03-02"),
        InvalidDate::NoSuchDay { text } => format!("“{text}”: 没有这一天"),
        InvalidDate::OutOfRange { text } => format!("“{text}”不在 1900-01-01 至 2099-12-31 之间"),
    }
}

fn money_zh(problem: &InvalidMoney) -> String {
    match problem {
        InvalidMoney::Format { text } => format!("“{text}”不是金额"),
        InvalidMoney::Fraction { text, decimals } => format!("“{text}”小数超过 {decimals} 位"),
        InvalidMoney::NoUnit { text } => format!("“{text}”未写明单位"),
        InvalidMoney::Negative => "金额不能为负".to_owned(),
        _ => "金额过大".to_owned(),
    }
}
