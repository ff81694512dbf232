use std::ops::ControlFlow;

use contract::collection::v1::record::Content;
use proptest::prelude::*;
use rulebook::Rulebook;

use super::*;
use crate::convert::{Judge, read_record, read_ticket};
use crate::sheet::{self, Cell, Line};

pub(super) fn today() -> NaiveDate {
    domain::parse_date("2026-03-02").unwrap()
}

pub(super) fn line(cells: &[&str]) -> Line {
    let cell = |text: &&str| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) };
    Line { number: 2, cells: cells.iter().map(cell).collect() }
}

pub(super) fn headers(table: Table) -> Vec<&'static str> {
    table.columns().iter().map(|column| column.header).collect()
}

pub(super) fn layout(table: Table) -> Layout {
    Layout::of(table, &line(&headers(table))).unwrap()
}

/// A penalty as an officer writes it, one changed cell.
pub(super) fn penalty(header: &str, content: &str) -> Line {
    let filled = [
        ("行政相对人名称", "济南泉福食品有限公司"),
        ("统一社会信用代码", "91370102ma3c00011f"),
        ("重点领域", "食品生产"),
        ("所在区划", "历下区"),
        ("行政处罚决定书文号", "济市监罚〔2026〕1号"),
        ("处罚决定日期", "2026年2月3日"),
        ("违法行为类型", "未按规定检验"),
        ("处罚依据", "《食品安全法》第一百二十六条"),
        ("处罚类别", "罚款；警告"),
        ("罚款金额(万元)", "1.5"),
        ("是否普通程序", "是"),
        ("处罚机关", "济南市市场监督管理局"),
        ("数据来源单位", "济南市市场监督管理局"),
        ("责任单位", "综合行政执法支队"),
    ];
    let cells: Vec<&str> = headers(Table::Penalty)
        .into_iter()
        .map(|name| {
            if name == header {
                content
            } else {
                filled.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
            }
        })
        .collect();
    line(&cells)
}

pub(super) fn faults(header: &str, content: &str) -> Vec<(Option<usize>, String)> {
    let book = Rulebook::builtin();
    let found = layout(Table::Penalty).record(&penalty(header, content), &book, today());
    found.unwrap_err().into_iter().map(|fault| (fault.column, fault.problem)).collect()
}

#[test]
fn a_line_becomes_what_the_import_takes() {
    let book = Rulebook::builtin();
    let record = layout(Table::Penalty).record(&penalty("", ""), &book, today()).unwrap();
    let taken = read_record(&Judge { book: &book, today: today() }, record).unwrap().message;
    assert_eq!(
        (taken.uscc.as_str(), taken.field.as_str(), taken.division.as_str()),
        ("91370102MA3C00011F", "FOOD", "370102")
    );
    assert_eq!(taken.decided_on, "2026-02-03");
    let Some(contract::collection::v1::record::Content::Penalty(said)) = taken.content else {
        panic!("a penalty")
    };
    assert_eq!(
        (said.fine_fen, said.penalty_kinds, said.ordinary_procedure),
        (1_500_000, vec!["3".to_owned(), "1".to_owned()], true)
    );
}

#[test]
fn a_code_with_one_wrong_character_is_told_with_its_position() {
    let place = headers(Table::Penalty).iter().position(|header| *header == "统一社会信用代码");
    let expected = "第 18 位校验码为“G”，按前 17 位应为“F”，请核对是否有一位写错";
    assert_eq!(faults("统一社会信用代码", "91370102MA3C00011G"), [(place, expected.to_owned())]);
    assert_eq!(
        faults("统一社会信用代码", "9137O102MA3C00011F")[0].1,
        "第 5 位“O”: 信用代码不使用字母 I、O、S、V、Z"
    );
    assert_eq!(faults("统一社会信用代码", "9137010")[0].1, "应为 18 位，现为 7 位");
}

#[test]
fn every_way_people_write_a_cell_is_read_or_refused_in_words() {
    let book = Rulebook::builtin();
    let day = |cell: Cell| value::read(Form::Day, &cell, &book, today());
    for text in ["2026-3-2", "2026/03/02", "2026.3.2", "20260302", "２０２６年３月２日", "46083"] {
        assert_eq!(day(Cell::Text(text.to_owned())).unwrap(), "2026-03-02", "{text}");
    }
    assert_eq!(day(Cell::Number(46_083.0)).unwrap(), "2026-03-02");
    assert_eq!(day(Cell::Date { year: 2026, month: 3, day: 2 }).unwrap(), "2026-03-02");
    assert_eq!(day(Cell::Text("3/2/2026".to_owned())).unwrap_err(), "“3/2/2026”不是日期，请写作 2026-03-02");
    assert_eq!(day(Cell::Formula).unwrap_err(), "单元格是公式，请粘贴为数值");
    let wan = |text: &str| value::read(Form::Wan, &Cell::Text(text.to_owned()), &book, today());
    assert_eq!(
        (wan("3").unwrap(), wan("3元").unwrap(), wan("0.000001").unwrap()),
        ("3000000".to_owned(), "300".to_owned(), "1".to_owned())
    );
    let code = value::read(Form::Uscc, &Cell::Number(9.137_010_2e17), &book, today());
    assert_eq!(code.unwrap_err(), "以数字格式保存，位数已丢失，请将该列设为文本后重新填写");
    let text = value::read(Form::Text, &Cell::Text("甲\u{7}乙".to_owned()), &book, today());
    assert_eq!(text.unwrap_err(), "第 2 个字符是控制字符");
    assert!(faults("处罚类别", "打屁股")[0].1.starts_with("“打屁股”不在代码表中，可填: 警告"));
}

#[test]
fn what_must_be_filled_in_is_told_for_every_cell_at_once() {
    let book = Rulebook::builtin();
    let table = Table::Inspection;
    let found = layout(table).record(&line(&["甲"]), &book, today()).unwrap_err();
    let needed = table.columns().iter().filter(|column| column.required).count();
    assert_eq!(found.len(), needed - 1);
    assert!(found.iter().all(|fault| fault.problem == "必填"));
}

#[test]
fn what_the_import_refuses_is_told_under_its_column_in_chinese() {
    let layout = layout(Table::Penalty);
    let fault = layout.fault("penalty.penalty_kinds[1]", "stands twice");
    let place = headers(Table::Penalty).iter().position(|header| *header == "处罚类别");
    assert_eq!((fault.column, fault.problem.as_str()), (place, "重复"));
    assert_eq!(layout.fault("x", "strange").problem, "不符合要求，请核对后重新填写");
    assert_eq!(problem_zh("has more than 200 characters"), "超过 200 个字符或项");
}

#[test]
fn an_officer_is_told_in_chinese_whatever_is_wrong_with_a_permit() {
    let book = Rulebook::builtin();
    let unit = "济南市市场监督管理局";
    let told = |changes: &[(&str, &str)]| -> Vec<String> {
        let filled = [
            ("行政相对人名称", "济南泉福食品有限公司"),
            ("行政许可决定文书号", "1号"),
            ("许可决定日期", "2026-01-05"),
            ("许可类别", "普通"),
            ("许可编号", "SC10137010200018"),
            ("有效期自", "2026-01-05"),
            ("有效期至", "2031-01-04"),
            ("许可机关", unit),
            ("数据来源单位", unit),
            ("责任单位", unit),
        ];
        let content = |name: &str| {
            let found = changes.iter().chain(&filled).find(|(known, _)| *known == name);
            found.map_or("", |(_, text)| *text)
        };
        let cells: Vec<&str> = headers(Table::Permit).into_iter().map(content).collect();
        let layout = layout(Table::Permit);
        let record = layout.record(&line(&cells), &book, today()).unwrap();
        let faults = read_record(&Judge { book: &book, today: today() }, record).err().unwrap_or_default();
        faults.iter().map(|fault| layout.fault(&fault.path, &fault.problem).problem).collect()
    };
    assert_eq!(told(&[]), [""; 0]);
    let long = "长".repeat(101);
    let cases = [
        (&[("许可编号", "QS370112345678"), ("重点领域", "FOOD")][..], "不是许可证编号"),
        (&[("许可编号", "SC1013701020001")], "许可证编号应为 16 位"),
        (&[("许可编号", "SC10137010200019")], "许可证编号第 16 位校验码有误"),
        (&[("许可编号", "SC13237010200018")], "许可证编号第 3 至 5 位"),
        (&[("许可编号", "SC101370102000A8")], "第 15 位有误"),
        (&[("重点领域", "SE")], "与许可编号所属的重点领域不一致"),
        (&[("有效期至", "2026-01-04")], "早于有效期自"),
        (&[("行政许可决定文书号", &long)], "超过 100 个字符"),
    ];
    for (changes, expected) in cases {
        let found = told(changes);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{changes:?}: {found:?}");
        assert!(!found[0].contains(" is ") && !found[0].contains('`'), "{found:?}");
    }
}

#[test]
fn a_penalty_that_does_not_say_whether_its_procedure_was_ordinary_is_refused() {
    let place = headers(Table::Penalty).iter().position(|header| *header == "是否普通程序");
    assert_eq!(faults("是否普通程序", ""), [(place, "必填".to_owned())]);
    let without: Vec<&str> =
        headers(Table::Penalty).into_iter().filter(|header| *header != "是否普通程序").collect();
    let told = Layout::of(Table::Penalty, &line(&without)).unwrap_err().to_string();
    assert_eq!(told, "表头(第 2 行)缺少必填列: 是否普通程序");
}

#[test]
fn headers_are_found_in_any_order_by_any_name_and_below_a_title() {
    let mut names = headers(Table::Ticket);
    names.reverse();
    let other: Vec<String> = names.iter().map(|name| format!(" {name}* ")).collect();
    let found = line(&other.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(Layout::is_header(Table::Ticket, &found));
    assert!(Layout::of(Table::Ticket, &found).is_ok());
    assert!(!Layout::is_header(Table::Ticket, &line(&["一月工单"])));
    let alias: Vec<&str> = headers(Table::Ticket)
        .into_iter()
        .map(|name| if name == "受理时间" { "受理日期" } else { name })
        .collect();
    assert!(Layout::of(Table::Ticket, &line(&alias)).is_ok());
}

#[test]
fn what_only_the_standards_ask_for_is_read_and_checked_like_the_rest() {
    let book = Rulebook::builtin();
    let read = |header: &str, content: &str| {
        layout(Table::Penalty).record(&penalty(header, content), &book, today()).unwrap()
    };
    let code = "91370102MA3C00011F";
    assert_eq!(read("行政相对人类别", "法人及非法人组织").party_kind, "legal_or_unincorporated");
    assert_eq!(read("数据来源单位统一社会信用代码", "91370102ma3c00011f").source_unit_uscc, code);
    assert_eq!(read("备注", "分期缴纳").remark, "分期缴纳");
    let valid_to = match read("处罚有效期", "2027年2月3日").content {
        Some(Content::Penalty(penalty)) => penalty.valid_to,
        other => panic!("{other:?}"),
    };
    assert_eq!(valid_to, "2027-02-03");
    let refused = &faults("处罚机关统一社会信用代码", "91370102MA3C00012F")[0].1;
    assert!(refused.contains("校验码"), "{refused}");
    assert_eq!(problem_zh("lies before the day of the decision"), "早于处罚决定日期");
}

#[test]
fn headers_that_stand_twice_or_are_missing_are_named() {
    let told = |names: &[&str]| Layout::of(Table::Penalty, &line(names)).unwrap_err().to_string();
    let mut twice = headers(Table::Penalty);
    twice.push("处罚种类");
    assert_eq!(told(&twice), "表头(第 2 行)重复: 处罚类别(P 列“处罚类别”、AD 列“处罚种类”)");
    let mistyped: Vec<&str> = headers(Table::Penalty)
        .into_iter()
        .map(|name| if name == "处罚依据" { "处罚依椐" } else { name })
        .collect();
    assert_eq!(told(&mistyped), "表头(第 2 行)缺少必填列: 处罚依据；不认识的表头: “处罚依椐”");
    let long = "长".repeat(201);
    let mut overlong = headers(Table::Penalty);
    overlong.push(&long);
    assert_eq!(told(&overlong), "表头(第 2 行)的 AD 列超过 200 个字符");
    let more: Vec<&str> = headers(Table::Penalty).into_iter().chain(["承办人", "处罚依据·问题"]).collect();
    let layout = Layout::of(Table::Penalty, &line(&more)).unwrap();
    assert_eq!(layout.ignored().collect::<Vec<_>>(), ["承办人"]);
}

#[test]
fn a_template_that_is_filled_in_is_read_back() {
    let book = Rulebook::builtin();
    for table in Table::ALL {
        let mut lines = Vec::new();
        sheet::read(&workbook(table, &book, today()).unwrap(), |line| {
            lines.push(line);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(lines.len(), 1);
        let layout = Layout::of(table, &lines[0]).unwrap();
        assert_eq!(layout.ignored().count(), 0, "{table:?}");
        assert_eq!(table.as_str().parse(), Ok(table));
    }
}

#[test]
fn columns_of_a_table_have_headers_of_their_own() {
    for table in Table::ALL {
        let mut all: Vec<&str> = table
            .columns()
            .iter()
            .flat_map(|column| column.aliases.iter().copied().chain([column.header]))
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "{table:?}");
    }
}

#[test]
fn a_ticket_with_the_number_of_its_caller_is_refused() {
    let book = Rulebook::builtin();
    let cells: Vec<&str> = headers(Table::Ticket)
        .into_iter()
        .map(|name| match name {
            "工单编号" => "JN1",
            "渠道" => "12345",
            "诉求类型" => "投诉",
            "受理时间" => "2026-03-01",
            "诉求事项分类" => "联系 13812345678",
            _ => "",
        })
        .collect();
    let layout = layout(Table::Ticket);
    let ticket = layout.ticket(&line(&cells), &book, today()).unwrap();
    let refused = read_ticket(&Judge { book: &book, today: today() }, ticket).unwrap_err();
    let error = refused.iter().next().unwrap();
    assert!(layout.fault(&error.path, &error.problem).problem.starts_with("疑似含电话号码"));
}

#[test]
fn what_is_wrong_with_a_cell_of_a_ticket_is_told_without_what_stands_in_it() {
    let wrong = |header: &str, content: &str| {
        let cells: Vec<&str> = headers(Table::Ticket)
            .into_iter()
            .map(|name| match name {
                name if name == header => content,
                "工单编号" => "JN1",
                "渠道" => "12345",
                "诉求类型" => "投诉",
                "受理时间" => "2026-03-01",
                _ => "",
            })
            .collect();
        let refused = layout(Table::Ticket).ticket(&line(&cells), &Rulebook::builtin(), today()).unwrap_err();
        refused.into_iter().map(|fault| fault.problem).collect::<Vec<_>>()
    };
    for (header, told) in [
        ("是否属实", "所填内容无法识别，可填: 是、否"),
        ("办结时间", "所填内容不是日期，请写作 2026-03-02"),
        ("所在区划", "所填内容不是区划代码或本市区划名称"),
    ] {
        assert_eq!(wrong(header, "王先生"), [told], "{header}");
    }
}

proptest! {
    #[test]
    fn any_line_is_a_record_or_has_faults_under_columns(cells in proptest::collection::vec(".{0,20}", 0..19)) {
        let book = Rulebook::builtin();
        let found = line(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Ticket) {
            match layout(table).record(&found, &book, today()) {
                Ok(record) => for fault in read_record(&Judge { book: &book, today: today() }, record).err().unwrap_or_default().iter() {
                    let told = problem_zh(&fault.problem);
                    prop_assert!(!told.starts_with("不符合要求"), "{} has no words: {}", fault.path, fault.problem);
                    let is_word = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
                    prop_assert!(!told.split_whitespace().any(is_word), "{told}");
                },
                Err(faults) => prop_assert!(faults.iter().all(|fault| fault.column.is_some() && !fault.problem.is_empty())),
            }
        }
        let _ = layout(Table::Ticket).ticket(&found, &book, today());
    }

    #[test]
    fn one_wrong_character_of_a_code_is_always_refused(at in 0..18_usize, with in "[0-9A-HJ-NP-RTUWXY]") {
        let right = "91370102MA3C00011F";
        let mut code = right.to_owned();
        code.replace_range(at..=at, &with);
        prop_assume!(code != right);
        let found = value::read(Form::Uscc, &Cell::Text(code), &Rulebook::builtin(), today());
        prop_assert!(found.unwrap_err().contains('第'));
    }
}
