//! Conditions, windows and reckonings in the officer's language.

use std::fmt::Write;

use crate::domain::{
    hundredths::Hundredths,
    model::{Condition, Dimension, Effect, FieldPath, Measure, Rule, Test},
    scoring::{By, Contribution, DimensionTotal, Reckoning},
};

/// What a record must fulfil, such as `penalty.fine_fen ≥ 5000000 且 state 属于 Valid`.
pub(super) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::All(parts) => joined(parts, " 且 "),
        Condition::Any(parts) => joined(parts, " 或 "),
        Condition::Not(part) => format!("非({})", self::condition(part)),
        Condition::Test(path, test) => self::test(path, test),
    }
}

fn joined(parts: &[Condition], by: &str) -> String {
    let part = |part: &Condition| match part {
        Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => format!("({})", condition(part)),
        part => condition(part),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(by)
}

fn test(path: &FieldPath, test: &Test) -> String {
    let (name, list) = (path.name(), |texts: &[String]| texts.join("、"));
    match test {
        Test::Exists => format!("{name} 有值"),
        Test::In(texts) => format!("{name} 属于 {}", list(texts)),
        Test::NotIn(texts) => format!("{name} 不属于 {}", list(texts)),
        Test::StartsWith(texts) => format!("{name} 以 {} 开头", list(texts)),
        Test::Contains(texts) => format!("{name} 含 {}", list(texts)),
        Test::Is(wanted) => format!("{name} 为{}", if *wanted { "是" } else { "否" }),
        Test::Within(least, most) if least == most => format!("{name} = {least}"),
        Test::Within(least, i64::MAX) => format!("{name} ≥ {least}"),
        Test::Within(i64::MIN, most) => format!("{name} ≤ {most}"),
        Test::Within(least, most) => format!("{least} ≤ {name} ≤ {most}"),
        Test::IsNot(unwanted) => format!("{name} ≠ {unwanted}"),
    }
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

/// A rule that fired, in one sentence.
pub(super) fn fired(rule: &Rule) -> String {
    let kind = match rule.effect {
        Effect::Steps(_) => "等级调整",
        Effect::Floor(_) => "等级下限",
        Effect::Veto => "一票否决",
    };
    format!("{kind}:{}({})", rule.label, rule.cites)
}

/// A dimension of which not all points count, in one sentence.
pub(super) fn dimension_cut(dimension: &Dimension) -> String {
    let how = if dimension.largest_only { "只计最高一项" } else { "达到分值上限" };
    format!("维度“{}”{how}", dimension.label)
}
