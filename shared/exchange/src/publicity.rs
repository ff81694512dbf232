//! The publicity system (国家企业信用信息公示系统, Shandong node): our facts in its words.
//!
//! Field names are the Chinese ones of the exchange standards, dates are `YYYY-MM-DD`, money is 万元 as a decimal text
//! of at most six places (a JSON number would round). Every message carries `数据版本`, by which the system tells a
//! repetition or a late arrival from news.

use chrono::NaiveDate;
use domain::{Money, Uscc};
use serde::Serialize;

/// Name of this receiver in the table of deliveries.
pub const RECEIVER: &str = "publicity";
/// Kind of a delivery that shows a mark or brings it up to date.
pub const MARK_PUBLISHED: &str = "mark.published";
/// Kind of a delivery that takes a mark away.
pub const MARK_WITHDRAWN: &str = "mark.withdrawn";
/// Kind of a delivery that shows the digest of a penalty.
pub const PENALTY_PUBLISHED: &str = "penalty.published";
/// Kind of a delivery that shows the result of a check.
pub const CHECK_PUBLISHED: &str = "check.published";

/// Whether a message shows something or takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Action {
    /// Show it, or replace what is shown.
    #[serde(rename = "公示")]
    Publish,
    /// Stop showing it; the history stays with us.
    #[serde(rename = "撤下")]
    Withdraw,
}

/// A mark of an enterprise in a key field (R22 to R24).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarkNotice<'a> {
    /// Show or take away.
    #[serde(rename = "操作类型")]
    pub action: Action,
    /// The label as published: 食品生产企业 or 特种设备获证企业.
    #[serde(rename = "标记名称")]
    pub label: &'a str,
    /// Credit code of the enterprise.
    #[serde(rename = "统一社会信用代码", serialize_with = "uscc")]
    pub uscc: &'a Uscc,
    /// Its legal name.
    #[serde(rename = "企业名称")]
    pub legal_name: &'a str,
    /// Labels of the sub-kinds, in Chinese; empty on withdrawal.
    #[serde(rename = "标记类别")]
    pub sub_kinds: &'a [String],
    /// Numbers of the valid licences that carry the mark; empty on withdrawal.
    #[serde(rename = "许可证编号")]
    pub licence_nos: &'a [String],
    /// Division of the enterprise.
    #[serde(rename = "行政区划代码")]
    pub division: &'a str,
    /// Date from which it holds.
    #[serde(rename = "生效日期")]
    pub effective_on: NaiveDate,
    /// Revision of the mark.
    #[serde(rename = "数据版本")]
    pub revision: i64,
}

/// The digest of a penalty: what S-45 art 4 says is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PenaltyDigest<'a> {
    /// Show or take away.
    #[serde(rename = "操作类型")]
    pub action: Action,
    /// Number of the decision.
    #[serde(rename = "行政处罚决定书文号")]
    pub decision_no: &'a str,
    /// Name of the party.
    #[serde(rename = "行政相对人名称")]
    pub party_name: &'a str,
    /// Credit code of the party.
    #[serde(rename = "统一社会信用代码", serialize_with = "uscc")]
    pub uscc: &'a Uscc,
    /// Kind of violation.
    #[serde(rename = "违法行为类型")]
    pub violation_type: &'a str,
    /// What was decided.
    #[serde(rename = "处罚内容")]
    pub content: &'a str,
    /// Fine; absent when none was imposed.
    #[serde(rename = "罚款金额", serialize_with = "wan", skip_serializing_if = "Option::is_none")]
    pub fine: Option<Money>,
    /// Confiscated gains and goods; absent when there are none.
    #[serde(
        rename = "没收违法所得、没收非法财物的金额",
        serialize_with = "wan",
        skip_serializing_if = "Option::is_none"
    )]
    pub confiscated: Option<Money>,
    /// Authority that decided.
    #[serde(rename = "处罚机关")]
    pub authority: &'a str,
    /// Date of the decision.
    #[serde(rename = "处罚决定日期")]
    pub decided_on: NaiveDate,
    /// Revision of the record.
    #[serde(rename = "数据版本")]
    pub revision: i64,
}

/// The result of a check on one enterprise (R34).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckNotice<'a> {
    /// Show or take away.
    #[serde(rename = "操作类型")]
    pub action: Action,
    /// Credit code of the enterprise.
    #[serde(rename = "统一社会信用代码", serialize_with = "uscc")]
    pub uscc: &'a Uscc,
    /// Its legal name.
    #[serde(rename = "企业名称")]
    pub legal_name: &'a str,
    /// Authority that checked.
    #[serde(rename = "检查实施机关")]
    pub authority: &'a str,
    /// 抽查 or 检查.
    #[serde(rename = "类型")]
    pub kind: &'a str,
    /// Date of the check.
    #[serde(rename = "日期")]
    pub checked_on: NaiveDate,
    /// Result code with its words, from the rulebook.
    #[serde(rename = "结果")]
    pub result: &'a str,
    /// Number of the plan.
    #[serde(rename = "抽查计划编号")]
    pub plan_no: &'a str,
    /// Number of the task.
    #[serde(rename = "抽查任务编号")]
    pub task_no: &'a str,
    /// Revision of the result.
    #[serde(rename = "数据版本")]
    pub revision: i64,
}

/// A message to the publicity system: one of the structs of this module.
pub trait Notice: Serialize {
    /// The content of its delivery: JSON in UTF-8, fields in the order of the standard.
    fn content(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and dates always become JSON")
    }
}

impl Notice for MarkNotice<'_> {}
impl Notice for PenaltyDigest<'_> {}
impl Notice for CheckNotice<'_> {}

fn uscc<S: serde::Serializer>(uscc: &Uscc, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(uscc.as_str())
}

fn wan<S: serde::Serializer>(money: &Option<Money>, serializer: S) -> Result<S::Ok, S::Error> {
    match money {
        Some(money) => serializer.serialize_str(&money.to_wan()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn party() -> Uscc {
        Uscc::parse("91370102MA3C00011F").unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(notice: &impl Notice) -> Value {
        serde_json::from_slice(&notice.content()).unwrap()
    }

    #[test]
    fn a_mark_is_told_in_the_words_of_the_publicity_system() {
        let notice = MarkNotice {
            action: Action::Publish,
            label: "食品生产企业",
            uscc: &party(),
            legal_name: "济南某食品有限公司",
            sub_kinds: &["普通食品".to_owned()],
            licence_nos: &["SC10137010200018".to_owned()],
            division: "370102",
            effective_on: date("2021-09-01"),
            revision: 3,
        };
        let expected = json!({
            "操作类型": "公示", "标记名称": "食品生产企业", "统一社会信用代码": "91370102MA3C00011F",
            "企业名称": "济南某食品有限公司", "标记类别": ["普通食品"], "许可证编号": ["SC10137010200018"],
            "行政区划代码": "370102", "生效日期": "2021-09-01", "数据版本": 3,
        });
        assert_eq!(read(&notice), expected);
    }

    #[test]
    fn a_fine_is_told_exactly_in_ten_thousands_and_left_out_when_there_is_none() {
        let mut digest = PenaltyDigest {
            action: Action::Publish,
            decision_no: "济市监处罚〔2021〕1号",
            party_name: "济南某食品有限公司",
            uscc: &party(),
            violation_type: "生产不符合食品安全标准的食品",
            content: "罚款",
            fine: Some(Money::from_fen(5_000_001).unwrap()),
            confiscated: None,
            authority: "济南市市场监督管理局",
            decided_on: date("2021-09-01"),
            revision: 1,
        };
        assert_eq!(read(&digest)["罚款金额"], "5.000001");
        assert_eq!(read(&digest).get("没收违法所得、没收非法财物的金额"), None);
        digest.fine = None;
        assert_eq!(read(&digest).get("罚款金额"), None);
    }

    #[test]
    fn a_withdrawn_check_result_says_so() {
        let notice = CheckNotice {
            action: Action::Withdraw,
            uscc: &party(),
            legal_name: "济南某食品有限公司",
            authority: "济南市市场监督管理局",
            kind: "抽查",
            checked_on: date("2025-05-06"),
            result: "未发现问题",
            plan_no: "2025-01",
            task_no: "2025-01-03",
            revision: 2,
        };
        assert_eq!(
            (&read(&notice)["操作类型"], &read(&notice)["日期"]),
            (&json!("撤下"), &json!("2025-05-06"))
        );
    }
}
