//! The receivers of the built-in rulebook, and what a table of one's own can say.

use std::collections::BTreeSet;

use domain::{LONG_TERM_END, Money, Uscc};
use serde_json::{Value, json};

use super::*;
use crate::notice::{
    Action, CheckNotice, CommitmentNotice, ListingNotice, MarkNotice, MeasureNotice, PartyCodes,
    PenaltyNotice, PermitNotice, Withdrawal,
};
use crate::{credit_china, publicity};

fn party() -> Uscc {
    Uscc::parse("91370102MA3C00011F").unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn content<N: Notice>(receiver: &str, notice: &N) -> Result<String, Unmappable> {
    let book = Rulebook::builtin();
    let content = Adapter::new(&book, receiver, date("2025-06-02")).content(notice)?;
    Ok(String::from_utf8(content).unwrap())
}

fn read<N: Notice>(receiver: &str, notice: &N) -> Value {
    serde_json::from_str(&content(receiver, notice).unwrap()).unwrap()
}

fn penalty<'a>(uscc: &'a Uscc, kinds: &'a [String]) -> PenaltyNotice<'a> {
    PenaltyNotice {
        action: Action::Publish,
        party_name: "济南某食品有限公司",
        party_kind: "legal_or_unincorporated",
        uscc,
        party_codes: PartyCodes::default(),
        decision_no: "济市监处罚〔2021〕1号",
        violation_type: "生产不符合食品安全标准的食品",
        violation_facts: "抽检不合格",
        legal_basis: "食品安全法第一百二十四条",
        penalty_kinds: kinds,
        content: "没收违法所得,罚款",
        fine: Some(Money::from_fen(5_000_001).unwrap()),
        confiscated: None,
        affected_certificate: "",
        decided_on: date("2021-09-01"),
        valid_to: None,
        publication_end: None,
        authority: "济南市市场监督管理局",
        authority_uscc: "11370100MB2837500K",
        source_unit: "济南市市场监督管理局",
        source_unit_uscc: "11370100MB2837500K",
        decision_text: "",
        decision_text_digest: "",
        remark: "",
        revision: 1,
    }
}

#[test]
fn a_mark_is_told_in_the_words_of_the_publicity_system_and_in_the_order_of_the_table() {
    let (uscc, sub_kinds, licences) = (party(), ["普通食品".to_owned()], ["SC10137010200018".to_owned()]);
    let notice = MarkNotice {
        action: Action::Publish,
        label: "食品生产企业",
        uscc: &uscc,
        legal_name: "济南某食品有限公司",
        sub_kinds: &sub_kinds,
        licence_nos: &licences,
        division: "370102",
        effective_on: date("2021-09-01"),
        revision: 3,
    };
    let expected = r#"{"操作类型":"公示","标记名称":"食品生产企业","统一社会信用代码":"91370102MA3C00011F","企业名称":"济南某食品有限公司","标记类别":["普通食品"],"许可证编号":["SC10137010200018"],"行政区划代码":"370102","生效日期":"2021-09-01","数据版本":3}"#;
    assert_eq!(content(publicity::RECEIVER, &notice).unwrap(), expected);
    assert_eq!(notice.kind(), "mark.published");
    let refused = content(credit_china::RECEIVER, &notice).unwrap_err();
    assert!(matches!(refused, Unmappable::NotTaken { notice: "mark", .. }), "{refused}");
}

#[test]
fn the_publicity_system_takes_the_digest_of_a_penalty_and_credit_china_all_of_it() {
    let (uscc, kinds) = (party(), ["4".to_owned(), "3".to_owned()]);
    let notice = penalty(&uscc, &kinds);
    let digest = read(publicity::RECEIVER, &notice);
    assert_eq!((digest.get("违法事实"), digest.get("处罚类别")), (None, None), "order 45 art 4 has neither");
    let whole = read(credit_china::RECEIVER, &notice);
    assert_eq!(whole["处罚类别"], "没收违法所得;罚款");
    assert_eq!(whole["行政相对人类别"], "法人及非法人组织");
    assert_eq!(whole["违法事实"], "抽检不合格");
    assert_eq!(whole["行政相对人代码_1(统一社会信用代码)"], "91370102MA3C00011F");
}

#[test]
fn money_is_told_exactly_in_ten_thousands_and_left_out_when_there_is_none() {
    let (uscc, kinds) = (party(), ["3".to_owned()]);
    for receiver in [publicity::RECEIVER, credit_china::RECEIVER] {
        let told = read(receiver, &penalty(&uscc, &kinds));
        assert_eq!(told["罚款金额"], "5.000001");
        assert_eq!(told.get("没收违法所得、没收非法财物的金额"), None);
        let without = read(receiver, &PenaltyNotice { fine: None, ..penalty(&uscc, &kinds) });
        assert_eq!(without.get("罚款金额"), None);
    }
}

#[test]
fn a_required_fact_that_is_not_known_and_a_code_without_a_word_are_refused_by_name() {
    let (uscc, kinds) = (party(), ["99".to_owned()]);
    let no_facts = PenaltyNotice { violation_facts: "", ..penalty(&uscc, &[]) };
    let refused = content(credit_china::RECEIVER, &no_facts).unwrap_err();
    assert!(matches!(&refused, Unmappable::Missing { name, .. } if name == "违法事实"), "{refused}");
    let refused = content(credit_china::RECEIVER, &penalty(&uscc, &kinds)).unwrap_err();
    assert!(matches!(&refused, Unmappable::Code { code, .. } if code == "99"), "{refused}");
}

#[test]
fn a_permit_is_valid_or_not_for_credit_china_whatever_ended_it() {
    let uscc = party();
    let permit = |state| PermitNotice {
        action: Action::Publish,
        party_name: "济南某食品有限公司",
        party_kind: "sole_trader",
        uscc: &uscc,
        party_codes: PartyCodes { registration_no: "370102000012345", ..PartyCodes::default() },
        decision_title: "食品生产许可决定书",
        decision_no: "济市监许〔2021〕1号",
        permit_class: "普通",
        certificate_name: "食品生产许可证",
        permit_no: "SC10137010200018",
        content: "糕点",
        decided_on: date("2021-09-01"),
        valid_from: date("2021-09-01"),
        valid_to: LONG_TERM_END,
        authority: "济南市市场监督管理局",
        authority_uscc: "11370100MB2837500K",
        state,
        source_unit: "济南市市场监督管理局",
        source_unit_uscc: "11370100MB2837500K",
        remark: "",
        revision: 1,
    };
    let told = read(credit_china::RECEIVER, &permit("Valid"));
    assert_eq!((&told["当前状态"], &told["有效期至"]), (&json!("1"), &json!("2099-12-31")));
    let codes = (&told["行政相对人代码_2(工商注册号)"], told.get("行政相对人代码_3(组织机构代码)"));
    assert_eq!(codes, (&json!("370102000012345"), None));
    assert_eq!(read(credit_china::RECEIVER, &permit("Revoked"))["当前状态"], "2");
}

#[test]
fn a_withdrawn_check_result_says_so_in_words() {
    let uscc = party();
    let notice = CheckNotice {
        action: Action::Withdraw,
        uscc: &uscc,
        legal_name: "济南某食品有限公司",
        authority: "济南市市场监督管理局",
        kind: "抽查",
        checked_on: date("2025-05-06"),
        result: "1",
        plan_no: "",
        task_no: "2025-01-03",
        plan_name: "",
        items: &[],
        revision: 2,
    };
    let told = read(publicity::RECEIVER, &notice);
    assert_eq!((told.get("抽查计划名称"), told.get("抽查事项")), (None, None));
    let items = ["出厂检验".to_owned(), "标签".to_owned()];
    let whole = CheckNotice { plan_name: "2025年度抽查", items: &items, ..notice.clone() };
    let whole = read(publicity::RECEIVER, &whole);
    assert_eq!(
        (&whole["抽查计划名称"], &whole["抽查事项"]),
        (&json!("2025年度抽查"), &json!("出厂检验;标签"))
    );
    assert_eq!((&told["操作类型"], &told["结果"]), (&json!("撤下"), &json!("未发现问题")));
    assert_eq!((told.get("抽查计划编号"), notice.kind()), (None, "check.withdrawn".to_owned()));
}

/// A row that names a fact which no notice has would make every message of its kind impossible.
#[test]
fn every_row_of_the_table_names_a_fact_that_its_notice_has() {
    let book = Rulebook::builtin();
    let mut told = BTreeSet::new();
    for field in book.all_exchange_fields() {
        let facts = match field.notice.as_str() {
            MarkNotice::NAME => MarkNotice::FACTS,
            PermitNotice::NAME => PermitNotice::FACTS,
            PenaltyNotice::NAME => PenaltyNotice::FACTS,
            CheckNotice::NAME => CheckNotice::FACTS,
            CommitmentNotice::NAME => CommitmentNotice::FACTS,
            ListingNotice::NAME => ListingNotice::FACTS,
            MeasureNotice::NAME => MeasureNotice::FACTS,
            other => panic!("no notice is called `{other}`"),
        };
        assert!(facts.contains(&field.fact.as_str()), "{}.{}", field.notice, field.fact);
        told.insert((field.receiver.as_str(), field.notice.as_str()));
    }
    let expected = [
        ("approval", "measure"),
        ("credit-china", "penalty"),
        ("credit-china", "permit"),
        ("credit-platform", "measure"),
        ("procurement", "measure"),
        ("publicity", "check"),
        ("publicity", "commitment"),
        ("publicity", "listing"),
        ("publicity", "mark"),
        ("publicity", "penalty"),
    ];
    assert_eq!(told, expected.into());
}

#[test]
fn a_stop_names_what_identifies_it_and_goes_out_whatever_the_mapping_is() {
    let (book, uscc) = (Rulebook::builtin(), party());
    let stop = Withdrawal {
        notice: PenaltyNotice::NAME,
        uscc: uscc.as_str(),
        document_no: "济市监处罚〔2021〕1号",
        decided_on: Some(date("2021-11-01")),
        revision: 3,
    };
    let told = |receiver: &str, on| {
        String::from_utf8(Adapter::new(&book, receiver, date(on)).withdrawal(&stop)).unwrap()
    };
    let expected = r#"{"操作类型":"撤下","行政处罚决定书文号":"济市监处罚〔2021〕1号","统一社会信用代码":"91370102MA3C00011F","处罚决定日期":"2021-11-01","数据版本":3}"#;
    assert_eq!(told(publicity::RECEIVER, "2025-06-02"), expected);
    assert_eq!(stop.kind(), "penalty.withdrawn");
    // Before the receiver took anything, and of one that nobody has mapped.
    assert_eq!(
        (told(publicity::RECEIVER, "2020-01-01").as_str(), told("tax", "2025-06-02").as_str()),
        ("{}", "{}")
    );
}

#[test]
fn a_measure_is_told_with_its_basis_and_its_end_goes_out_whatever_the_mapping_is() {
    let (book, uscc) = (Rulebook::builtin(), party());
    let taken = MeasureNotice {
        action: Action::Publish,
        measure: "NoNotifyCommit",
        label: "不适用告知承诺制",
        object: "列入严重违法失信名单的当事人",
        uscc: &uscc,
        party_name: "济南某食品有限公司",
        list: "SERIOUS",
        decision_no: "济市监列〔2024〕1号",
        basis: "市场监督管理严重违法失信名单管理办法 (order 44) art 15",
        rights_basis: "",
        implementer: "法规处",
        edition: "2024",
        starts_on: date("2024-06-03"),
        ended_on: None,
        revision: 2,
    };
    let told = read("approval", &taken);
    assert_eq!(
        (&told["操作类型"], &told["列入名单"], &told["惩戒起始日期"]),
        (&json!("实施"), &json!("严重违法失信名单"), &json!("2024-06-03"))
    );
    assert_eq!((told.get("减损权益依据"), told.get("惩戒终止日期")), (None, None));
    let ended =
        MeasureNotice { action: Action::Withdraw, ended_on: Some(date("2025-06-02")), revision: 5, ..taken };
    assert_eq!(ended.kind(), "measure.withdrawn");
    let end = |receiver: &str| {
        let content = Adapter::new(&book, receiver, date("2025-06-02")).end(&ended);
        serde_json::from_slice::<Value>(&content).unwrap()
    };
    assert_eq!(
        (&end("procurement")["操作类型"], &end("procurement")["惩戒终止日期"]),
        (&json!("终止"), &json!("2025-06-02"))
    );
    // One that nobody has mapped.
    assert_eq!(end("tax"), json!({}));
}

#[test]
fn a_further_receiver_is_data_alone() {
    let rows = "tax,penalty,decision_no,文号,plain,yes,2025-01-01,,a test\n\
                tax,penalty,penalty_kinds,种类,joined,yes,2025-01-01,,a test\n\
                tax,penalty,fine,罚款,wan,no,2025-01-01,,a test\n";
    let files = Rulebook::builtin().archive().into_iter().map(|(name, text)| match name.as_str() {
        "exchange_fields.csv" => (name, [text, rows.as_bytes().to_vec()].concat()),
        _ => (name, text),
    });
    let book = Rulebook::from_archive(files).unwrap();
    let (uscc, kinds) = (party(), ["3".to_owned(), "4".to_owned()]);
    let content = |on| Adapter::new(&book, "tax", date(on)).content(&penalty(&uscc, &kinds));
    let told = r#"{"文号":"济市监处罚〔2021〕1号","种类":"3;4","罚款":"5.000001"}"#;
    assert_eq!(String::from_utf8(content("2025-01-01").unwrap()).unwrap(), told);
    assert!(matches!(content("2024-12-31"), Err(Unmappable::NotTaken { .. })));
}
