//! What the fields of evidence are called in the officer's language, and which set their codes are of.

/// A field that conditions test.
pub(super) struct Named {
    /// Path in the messages of its source.
    path: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// Sets of the rulebook that its codes may be of; empty where it holds no codes.
    pub(super) sets: &'static [&'static str],
}

const FIELDS: [Named; 26] = [
    named("field", "重点领域", &["field"]),
    named("registration_state", "登记状态", &["registration_state"]),
    named("changed_fields", "变更事项", &["changed_field"]),
    named("licence_no", "许可证编号", &[]),
    named("state", "许可状态", &["licence_state"]),
    named("sub_kinds", "许可类别", &["sub_kind"]),
    named("kind", "诉求类型", &["ticket_kind"]),
    named("substantiated", "属实", &[]),
    named("duplicate_of", "同一事项的首次工单", &[]),
    named("penalty.discretion_grade", "裁量等级", &["discretion_grade"]),
    named("penalty.penalty_kinds", "处罚种类", &["penalty_kind"]),
    named("penalty.fine_fen", "罚款金额(分)", &[]),
    named("inspection.mode", "检查方式", &["inspection_mode"]),
    named("inspection.result", "检查结果", &["inspection_result"]),
    named("inspection.critical_count", "关键问题项数", &[]),
    named("inspection.serious_count", "严重问题项数", &[]),
    named("inspection.minor_count", "一般问题项数", &[]),
    named("sampling.level", "抽检级别", &["sampling_level"]),
    named("sampling.passed", "抽检合格", &[]),
    named("sampling.producer_confirmed", "生产者已确认", &[]),
    named("list_entry.list", "名单", &["measure_trigger", "external_list"]),
    named("list_entry.ground", "列入事由", &["abnormal_ground"]),
    named("list_entry.status", "名单状态", &["list_status"]),
    named("list_entry.removed_on", "移出日期", &[]),
    named("permit.permit_class", "许可种类", &["permit_class"]),
    named("scheme", "分类体系", &["scheme"]),
];

const fn named(path: &'static str, label: &'static str, sets: &'static [&'static str]) -> Named {
    Named { path, label, sets }
}

/// The field at `path`, if it has a name.
pub(super) fn find(path: &str) -> Option<&'static Named> {
    FIELDS.iter().find(|field| field.path == path)
}

/// Words that are no codes of the law: names of fields in the contract, and states of an entry.
pub(super) fn word(set: &str, code: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str, &str); 10] = [
        ("changed_field", "address", "住所"),
        ("changed_field", "legal_representative", "法定代表人"),
        ("changed_field", "legal_name", "名称"),
        ("changed_field", "capital_fen", "注册资本"),
        ("changed_field", "industry", "行业"),
        ("list_status", "Listed", "列入"),
        ("list_status", "Suspended", "停止执行"),
        ("list_status", "Removed", "移出"),
        ("scheme", "shandong2020", "山东五级"),
        ("scheme", "national2022", "全国四级"),
    ];
    WORDS.iter().find(|(of, word, _)| (*of, *word) == (set, code)).map(|(.., label)| *label)
}
