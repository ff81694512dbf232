//! What the public data standards know beside, as it stands in the files of officers.

use contract::collection::v1::record::Content;
use rulebook::Rulebook;

use super::tests::{layout, line, penalty, today};
use super::*;
use crate::convert::{Judge, read_record};
use crate::sheet::Cell;

/// A failed sample as the lists of food sampling show one: the shop where it was taken, and whose product it is.
#[test]
fn a_failed_sample_is_about_its_labelled_producer_wherever_it_was_taken() {
    let book = Rulebook::builtin();
    let columns = [
        ("抽样编号", "DC26370100"),
        ("被抽样单位", "历下区某超市"),
        ("标称生产企业名称", "济南泉福食品有限公司"),
        ("样品名称", "饼干"),
        ("规格型号", "200g/袋"),
        ("生产日期/批号", "2026-01-05"),
        ("检验结论", "不合格"),
        ("不合格项目", "菌落总数；大肠菌群"),
        ("实测值", "20000CFU/g；30CFU/g"),
        ("标准值", "≤10000CFU/g；≤10CFU/g"),
        ("抽样日期", "2026-02-03"),
        ("检验机构", "山东某检测公司"),
        ("组织抽检单位", "济南市市场监督管理局"),
        ("数据来源单位", "济南市市场监督管理局"),
        ("责任单位", "抽检特食处"),
        ("重点领域", "食品生产"),
    ];
    let named: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
    let layout = Layout::of(Table::Sampling, &line(&named)).unwrap();
    assert_eq!(layout.ignored().count(), 0);
    let read = |change: (&str, &str)| {
        let content = |(header, content): &(&'static str, &'static str)| {
            if *header == change.0 { change.1.to_owned() } else { (*content).to_owned() }
        };
        let cells: Vec<String> = columns.iter().map(content).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let record = layout.record(&line(&cells), &book, today()).unwrap();
        read_record(&Judge { book: &book, today: today() }, record)
    };
    let taken = read(("", "")).unwrap().message;
    assert_eq!(taken.party_name, "济南泉福食品有限公司");
    let Some(Content::Sampling(said)) = taken.content else { panic!("a sampling result") };
    assert_eq!(
        (said.sampled_unit.as_str(), said.testing_institution.as_str(), said.producer_confirmed),
        ("历下区某超市", "山东某检测公司", false)
    );
    assert_eq!((said.specification.as_str(), said.batch.as_str()), ("200g/袋", "2026-01-05"));
    assert_eq!(said.measured_values, ["20000CFU/g", "30CFU/g"]);
    assert_eq!(said.standard_values, ["≤10000CFU/g", "≤10CFU/g"]);
    let refused = read(("标准值", "≤10CFU/g")).unwrap_err();
    let fault = refused.iter().next().unwrap();
    let told = layout.fault(&fault.path, &fault.problem);
    assert_eq!((told.column, told.problem.as_str()), (Some(9), "应与不合格项目逐项对应，不合格项目共 2 项"));
    // A list of shops alone does not say whose products they are.
    let shops: Vec<&str> = named.into_iter().filter(|header| *header != "标称生产企业名称").collect();
    let told = Layout::of(Table::Sampling, &line(&shops)).unwrap_err().to_string();
    assert_eq!(told, "表头(第 2 行)缺少必填列: 标称生产企业");
}

#[test]
fn a_code_as_the_standard_writes_it_is_read_where_it_means_one_thing() {
    let book = Rulebook::builtin();
    let state = |written: &str| {
        let cell = Cell::Text(written.to_owned());
        value::read(Form::Code("licence_state"), &cell, &book, today())
    };
    for written in ["1", "有效", "Valid"] {
        assert_eq!(state(written).as_deref(), Ok("Valid"), "{written}");
    }
    // Suspended, run out or revoked: somebody has to say it.
    assert!(state("2").unwrap_err().starts_with("“2”不在代码表中，可填: 有效"));
}

#[test]
fn codes_beside_the_credit_code_are_read_and_an_identity_number_among_them_is_not_taken() {
    let book = Rulebook::builtin();
    let record = |header: &str, content: &str| {
        layout(Table::Penalty).record(&penalty(header, content), &book, today()).unwrap()
    };
    let codes = record("行政相对人代码_2(工商注册号)", "370102000012345").party_codes.unwrap();
    assert_eq!((codes.registration_no.as_str(), codes.tax_no.as_str()), ("370102000012345", ""));
    assert_eq!(record("", "").party_codes, None);
    // The number of an owner with two digits behind it, as tax registrations of sole traders were.
    let owner = record("行政相对人代码_4(税务登记号)", "44052418800101001401");
    let refused = read_record(&Judge { book: &book, today: today() }, owner).unwrap_err();
    let fault = refused.iter().next().unwrap();
    assert_eq!(fault.path, "party_codes.tax_no");
    assert_eq!(problem_zh(&fault.problem), "疑似含身份证号码，不予归集");
}

#[test]
fn a_list_that_others_keep_is_brought_as_a_file() {
    let book = Rulebook::builtin();
    let read = |removed_on: &str, list: &str| {
        let content = |header: &str| match header {
            "行政相对人名称" => "济南泉福食品有限公司".to_owned(),
            "统一社会信用代码" => "91370102MA3C00011F".to_owned(),
            "名单名称" => list.to_owned(),
            "文书号" => "(2025)鲁0102执1号".to_owned(),
            "列入日期" => "2025年12月1日".to_owned(),
            "移出日期" => removed_on.to_owned(),
            "列入机关" | "数据来源单位" => "济南市历下区人民法院".to_owned(),
            "责任单位" => "信用监管处".to_owned(),
            _ => String::new(),
        };
        let columns = Table::ListEntry.columns();
        let cells: Vec<String> = columns.iter().map(|column| content(column.header)).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        layout(Table::ListEntry).record(&line(&cells), &book, today())
    };
    let taken = |removed_on: &str| {
        let record = read(removed_on, "失信被执行人").unwrap();
        read_record(&Judge { book: &book, today: today() }, record)
    };
    for (removed_on, status) in [("", "Listed"), ("2026-03-01", "Removed")] {
        let Some(Content::ListEntry(said)) = taken(removed_on).unwrap().message.content else {
            panic!("an entry")
        };
        assert_eq!((said.list.as_str(), said.status.as_str()), ("COURT_DEFAULTER", status));
    }
    let refused = taken("2025-11-30").unwrap_err();
    let fault = refused.iter().next().unwrap();
    assert_eq!(layout(Table::ListEntry).fault(&fault.path, &fault.problem).problem, "早于列入日期");
    // The lists of this system are told by who keeps them.
    let ours = read("", "严重违法失信名单").unwrap_err();
    assert!(ours[0].problem.starts_with("“严重违法失信名单”不在代码表中"), "{ours:?}");
}
