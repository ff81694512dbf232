//! Why an enterprise has its class: what is stored with it, told with the labels and sources of its models.

use std::collections::HashMap;

use super::{
    class::{Class, ModelDetail},
    engine::Models,
    model::{Effect, Model, Rule},
};

/// Most records shown behind one indicator.
const MOST_RECORDS: usize = 20;

/// Why an enterprise has its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Indicators of both models, the largest contribution first.
    pub lines: Vec<Line>,
    /// Vetoes, floors, steps and caps that had an effect, in Chinese.
    pub overriding_rules: Vec<String>,
}

/// What one indicator contributed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `models/{id}`.
    pub model: String,
    /// Identifier within the model.
    pub indicator: String,
    /// Chinese label.
    pub label: String,
    /// Value in hundredths; 0 where nothing could be measured.
    pub value_e2: i64,
    /// Points in hundredths, before the cap of the dimension.
    pub points_e2: i64,
    /// Records behind it, the latest first.
    pub records: Vec<String>,
    /// Where the indicator comes from.
    pub cites: String,
}

/// Explains a class. `records` gives the records that an indicator counted on the day of the class, by model key and place
/// of the indicator, the latest first.
pub fn explain(class: &Class, models: &Models, records: impl Fn(&str, usize) -> Vec<String>) -> Explanation {
    let mut explanation = Explanation { lines: Vec::new(), overriding_rules: Vec::new() };
    for detail in class.detail.models() {
        // A model stays in the rulebook when its time is over; one that was removed cannot be told by its labels.
        let Some(model) = models.by_key(&detail.model) else { continue };
        explanation.lines.extend(lines(model, detail, &records));
        explanation.overriding_rules.extend(rules(model, detail));
    }
    // Stable, so that indicators without points keep the order of their models.
    explanation.lines.sort_by_key(|line| std::cmp::Reverse(line.points_e2));
    explanation
}

fn lines(model: &Model, detail: &ModelDetail, records: &impl Fn(&str, usize) -> Vec<String>) -> Vec<Line> {
    let found: HashMap<&str, (i64, i64)> = detail
        .indicators
        .iter()
        .map(|(id, value, points)| (id.as_str(), (value.unwrap_or(0), *points)))
        .collect();
    let line = |(place, indicator): (usize, &super::model::Indicator)| {
        let (value_e2, points_e2) = found.get(indicator.id.as_str()).copied().unwrap_or_default();
        let mut records = records(&detail.model, place);
        records.truncate(MOST_RECORDS);
        Line {
            model: format!("models/{}", model.id),
            indicator: indicator.id.clone(),
            label: indicator.label.clone(),
            value_e2,
            points_e2,
            records,
            cites: indicator.cites.clone(),
        }
    };
    model.indicators.iter().enumerate().map(line).collect()
}

fn rules(model: &Model, detail: &ModelDetail) -> Vec<String> {
    let fired = model.rules.iter().filter(|rule| detail.fired.contains(&rule.id));
    let cut = model.dimensions.iter().filter(|dimension| detail.cut.contains(&dimension.id));
    let cut = cut.map(|dimension| {
        let how = if dimension.largest_only { "只计最高一项" } else { "达到分值上限" };
        format!("维度“{}”{how}", dimension.label)
    });
    fired.map(|rule| format!("{}:{}({})", kind(rule), rule.label, rule.cites)).chain(cut).collect()
}

fn kind(rule: &Rule) -> &'static str {
    match rule.effect {
        Effect::Steps(_) => "等级调整",
        Effect::Floor(_) => "等级下限",
        Effect::Veto => "一票否决",
    }
}
