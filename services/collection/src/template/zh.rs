//! What the import says about a field, in the words of officers.

/// Beginnings of what the import says, and what it means. `{}` stands for the first number in it.
const WORDS: &[(&str, &str)] = &[
    ("must be above 0: the kinds of the penalty hold a fine", "处罚类别含罚款，须填写罚款金额"),
    (
        "must be 0: the kinds of the penalty hold no fine",
        "处罚类别不含罚款，却填写了罚款金额：请补填类别或删去金额",
    ),
    (
        "must be 0: the kinds of the penalty hold no confiscation",
        "处罚类别不含没收，却填写了没收金额：请补填类别或删去金额",
    ),
    (
        "must be given: the kinds of the penalty hold the suspension",
        "处罚类别含暂扣或吊销，须填写证照名称及编号",
    ),
    ("must be given", "必填"),
    ("the name is empty", "必填"),
    ("must be empty: the sample passed", "检验合格，不应有不合格项目"),
    ("must be empty: the party is a natural person", "自然人不填此项"),
    ("holds an identity number", "疑似含身份证号码，不予归集"),
    ("must name one for each failed item", "应与不合格项目逐项对应，不合格项目共 {} 项"),
    ("lies in the future", "不得晚于今天"),
    ("lies before the day of acceptance", "早于受理时间"),
    ("lies before the day of the decision", "早于处罚决定日期"),
    ("lies before the day of the listing", "早于列入日期"),
    ("names a natural person", "自然人没有统一社会信用代码"),
    ("has more than", "超过 {} 个字符或项"),
    ("is not one of", "不在该日期适用的代码表中"),
    ("is not a sub-kind of", "不是该重点领域的细类"),
    ("stands twice", "重复"),
    ("is negative", "不能为负"),
    ("names the ticket itself", "不能是本工单"),
    ("it seems to hold a telephone number", "疑似含电话号码，工单中不得有诉求人信息"),
    ("it seems to hold an identity number", "疑似含身份证号码，工单中不得有诉求人信息"),
    ("RECORD_DIFFERS", "同一文书号的记录已归集且内容不同；更正须另行办理"),
    (
        "RECORD_WITHDRAWN",
        "该记录已依据文书撤回，不能重新导入；决定仍有效的，按载明该情况的新文书及其文号归集",
    ),
    ("OUTSIDE_CATALOGUE", "不在归集事项清单内，不予归集"),
    ("FIELD_NOT_PERMITTED", "不属于本单位负责的重点领域，应由负责该领域的单位报送"),
    ("DIVISION_NOT_PERMITTED", "不在本单位辖区内，应由所在区县或市级单位报送"),
    ("TICKET_DIFFERS", "同一渠道和编号的工单已归集且内容不同"),
    ("a licence number of this kind has", "许可证编号应为 {} 位"),
    ("positions 3 to 5: there is no food category", "许可证编号第 3 至 5 位不是食品类别"),
    ("position 16: the check digit", "许可证编号第 16 位校验码有误，请核对是否有一位写错"),
    ("a name has at most", "超过 {} 个字符"),
    ("the document number is empty", "必填"),
    ("a document number has at most", "超过 {} 个字符"),
    ("lies before the first day of validity", "早于有效期自"),
    ("cannot be sealed", "本系统未配置密封诉求人信息的密钥，不能接收诉求人信息和诉求内容"),
    ("position", "第 {} 位有误"),
];

/// Parts of what the import says that begins with what was sent, and what it means.
const WITHIN: &[(&str, &str)] = &[
    ("is not a licence number", "不是许可证编号，应为 SC 加 14 位数字，或形如 TS2210890-2028"),
    ("but the permit number is one of", "与许可编号所属的重点领域不一致"),
    ("is more money than can be counted", "金额过大"),
];

/// A problem that the import told, for officers: in their language alone. What has no words of its own is told as no more than that
/// it is wrong; the field beside it says where.
pub fn problem_zh(problem: &str) -> String {
    let words = WORDS.iter().find(|(beginning, _)| problem.starts_with(beginning));
    let within = || WITHIN.iter().find(|(part, _)| problem.contains(part));
    match words.or_else(within) {
        Some((_, words)) => words.replace("{}", &first_number(problem)),
        None => "不符合要求，请核对后重新填写".to_owned(),
    }
}

fn first_number(text: &str) -> String {
    text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect()
}
