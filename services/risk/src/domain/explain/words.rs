//! Conditions, windows and reckonings in the officer's language.

use std::fmt::Write;

use super::fields;
use crate::domain::{
    hundredths::Hundredths,
    model::{Condition, Dimension, Effect, FieldPath, Measure, Rule, Test},
    scoring::{By, Contribution, DimensionTotal, Reckoning},
};

/// What a record must fulfil, such as `裁量等级 属于 从重 且 罚款金额(分) ≥ 5000000`. `label` knows what a code of a set is called; a field
/// or code without a name stands as the model writes it.
pub(super) fn condition(condition: &Condition, label: &Label<'_>) -> String {
    match condition {
        Condition::All(parts) => joined(parts, " 且 ", label),
        Condition::Any(parts) => joined(parts, " 或 ", label),
        Condition::Not(part) => format!("非({})", self::condition(part, label)),
        Condition::Test(path, test) => self::test(path, test, label),
    }
}

/// What a code of a set is called.
pub(super) type Label<'a> = dyn Fn(&str, &str) -> Option<String> + 'a;

fn joined(parts: &[Condition], by: &str, label: &Label<'_>) -> String {
    let part = |part: &Condition| match part {
        Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => {
            format!("({})", condition(part, label))
        }
        part => condition(part, label),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(by)
}

fn test(path: &FieldPath, test: &Test, label: &Label<'_>) -> String {
    let path = path.name();
    let known = fields::find(&path);
    let name = known.map_or(path.as_str(), |known| known.label);
    let list = |texts: &[String]| {
        let sets = known.map_or(&[][..], |known| known.sets);
        texts.iter().map(|code| called(sets, code, label)).collect::<Vec<_>>().join("、")
    };
    match test {
        Test::Exists => format!("{name} 有值"),
        Test::In(texts) => format!("{name} 属于 {}", list(texts)),
        Test::NotIn(texts) => format!("{name} 不属于 {}", list(texts)),
        Test::StartsWith(texts) => format!("{name} 以 {} 开头", texts.join("、")),
        Test::Contains(texts) => format!("{name} 含 {}", list(texts)),
        Test::Is(wanted) => format!("{name} 为{}", if *wanted { "是" } else { "否" }),
        Test::Within(least, most) if least == most => format!("{name} = {least}"),
        Test::Within(least, i64::MAX) => format!("{name} ≥ {least}"),
        Test::Within(i64::MIN, most) => format!("{name} ≤ {most}"),
        Test::Within(least, most) => format!("{least} ≤ {name} ≤ {most}"),
        Test::IsNot(unwanted) => format!("{name} ≠ {unwanted}"),
    }
}

fn called(sets: &[&str], code: &str, label: &Label<'_>) -> String {
    let in_set = |set: &&str| fields::word(set, code).map(str::to_owned).or_else(|| label(set, code));
    sets.iter().find_map(in_set).unwrap_or_else(|| code.to_owned())
}

/// Which days count, such as `2023-04-01 至 2026-03-31`.
pub(super) fn window(reckoning: &Reckoning) -> String {
    let to = reckoning.to;
    match (reckoning.from, reckoning.holding) {
        (_, true) => format!("{to} 当日有效"),
        (Some(from), false) => format!("{from} 至 {to}"),
        (None, false) => format!("截至 {to}"),
    }
}

/// How a value became points, such as `次数 2,达到“≥1”档,计 20 分`.
pub(super) fn reckoning(measure: &Measure, given: Contribution, reckoning: &Reckoning) -> String {
    let what = match measure {
        Measure::Count => "次数",
        Measure::Exists => "有无",
        Measure::DaysSince => "距今天数",
        Measure::Sum(_) => "合计",
        Measure::Max(_) => "最大值",
        Measure::Latest(_) => "最近一次的值",
        Measure::Share(_) => "占比(%)",
    };
    let mut text = match (measure, given.value) {
        (_, None) => return format!("{what}:无记录,不计分"),
        (Measure::Exists, Some(value)) if value == Hundredths::ZERO => "无".to_owned(),
        (Measure::Exists, Some(_)) => "有".to_owned(),
        (_, Some(value)) => format!("{what} {value}"),
    };
    let _ = match reckoning.by {
        By::Rules => write!(text, ",仅用于规则,不计分"),
        By::Each(each) => write!(text, ",每 1 计 {each} 分,计 {} 分", given.points),
        By::Band { from, .. } => write!(text, ",达到“≥{from}”档,计 {} 分", given.points),
        By::NoBand => write!(text, ",未达到计分档"),
    };
    if let Some(cap) = reckoning.cap.filter(|cap| given.points == *cap) {
        let _ = write!(text, "(指标上限 {cap} 分)");
    }
    text
}

/// A reckoning of a model whose points do not count.
pub(super) fn without_points(reckoning: &str) -> String {
    format!("{reckoning}(分值不采用,仅用于规则)")
}

/// Why not all points of a dimension count; empty when they do.
pub(super) fn cut(total: DimensionTotal) -> String {
    if total.counted == total.sum {
        return String::new();
    }
    match (total.largest_only, total.cap.filter(|cap| *cap == total.counted)) {
        (true, None) => "只计最高一项".to_owned(),
        (true, Some(cap)) => format!("只计最高一项,上限 {cap} 分"),
        (false, Some(cap)) => format!("上限 {cap} 分"),
        (false, None) => String::new(),
    }
}

/// Said of a rule that would lower the grade where another one does.
pub(super) const ONE_DOWN: &str = "(下调只计一项,本项不再下调)";

/// A rule that fired, in one sentence; `counts`: whether it has an effect beside the others.
pub(super) fn fired(rule: &Rule, counts: bool) -> String {
    let kind = match rule.effect {
        Effect::Steps(_) => "等级调整",
        Effect::Floor(_) => "等级下限",
        Effect::Veto => "一票否决",
    };
    let idle = if counts { "" } else { ONE_DOWN };
    format!("{kind}:{}({}){idle}", rule.label, rule.cites)
}

/// A dimension of which not all points count, in one sentence.
pub(super) fn dimension_cut(dimension: &Dimension) -> String {
    let how = if dimension.largest_only { "只计最高一项" } else { "达到分值上限" };
    format!("维度“{}”{how}", dimension.label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str, yaml: &str) -> String {
        let label = |set: &str, code: &str| (set == "penalty_kind" && code == "3").then(|| "罚款".to_owned());
        condition(&Condition::parse(yaml, source).unwrap(), &label)
    }

    #[test]
    fn a_condition_is_told_with_the_names_of_fields_and_codes() {
        assert_eq!(
            told("penalty", "{field: penalty.penalty_kinds, op: contains, value: ['3', '99']}"),
            "处罚种类 含 罚款、99"
        );
        assert_eq!(
            told(
                "ticket",
                "{all: [{field: substantiated, op: eq, value: true}, {not: {field: duplicate_of, op: exists}}]}"
            ),
            "属实 为是 且 非(同一事项的首次工单 有值)"
        );
        assert_eq!(
            told("list_entry", "{field: list_entry.status, op: eq, value: Listed}"),
            "名单状态 属于 列入"
        );
        assert_eq!(
            told("change", "{field: changed_fields, op: contains, value: [address]}"),
            "变更事项 含 住所"
        );
        assert_eq!(told("permit", "{field: permit.content, op: exists}"), "permit.content 有值");
    }
}
