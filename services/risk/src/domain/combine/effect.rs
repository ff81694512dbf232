//! Which results take effect without review, as data: by what has happened to the enterprise, and by whether its class gets riskier.

use std::collections::BTreeSet;

use super::raw::{RawEffect, RawWhen};
use crate::domain::model::{Faults, Source, check_source};

/// What can happen beside evidence of a source: a record is corrected, withdrawn or suspended; a day begins, on which a window or a
/// term has ended; a version of a model begins or ends; the enterprise comes into a field or leaves it; evidence has come while a
/// run was computed or reviewed; anything that no other line names.
pub const CORRECTED: &str = "corrected";
/// See [`CORRECTED`].
pub const DAY: &str = "day";
/// See [`CORRECTED`].
pub const MODEL: &str = "model";
/// See [`CORRECTED`].
pub const MARK: &str = "mark";
/// See [`CORRECTED`].
pub const RUN: &str = "run";
/// See [`CORRECTED`].
pub const OTHER: &str = "other";

/// All of these.
const BESIDE_SOURCES: [&str; 6] = [CORRECTED, DAY, MODEL, MARK, RUN, OTHER];

/// Everything that a line can name.
pub(super) fn triggers() -> Vec<String> {
    BESIDE_SOURCES.map(str::to_owned).into_iter().chain(Source::names()).collect()
}

/// The table.
#[derive(Clone, Debug)]
pub struct Effects {
    rules: Vec<EffectRule>,
}

/// One line of the table.
#[derive(Clone, Debug)]
struct EffectRule {
    trigger: String,
    label: String,
    /// Whether a riskier class takes effect at once.
    worse: bool,
    /// Whether a less risky class does.
    better: bool,
    cites: String,
}

/// Whether a result takes effect at once, and by which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it takes effect at once; otherwise it waits for the next approved run.
    pub at_once: bool,
    /// The line, as it is told.
    pub why: Why,
}

/// The line by which a result takes effect or waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What has happened.
    pub trigger: String,
    /// The same in Chinese.
    pub label: String,
    /// Whether the class gets riskier.
    pub worse: bool,
    /// Document and article, or `local parameter`.
    pub cites: String,
}

impl Effects {
    /// Reads and checks the table. What can be read and is not to be submitted is noted as `stricter`.
    pub(super) fn read(raw: Vec<RawEffect>, faults: &mut Faults, stricter: &mut Faults) -> Self {
        let mut rules: Vec<EffectRule> = Vec::with_capacity(raw.len());
        for (at, line) in raw.into_iter().enumerate() {
            let path = format!("effects[{at}]");
            let RawEffect { trigger, label, worse, better, cites } = line;
            if !BESIDE_SOURCES.contains(&trigger.as_str()) && Source::named(&trigger).is_none() {
                let known = triggers().join(", ");
                faults.note(
                    format!("{path}.trigger"),
                    format!("unknown trigger `{trigger}`; expected one of {known}"),
                );
            }
            if rules.iter().any(|rule| rule.trigger == trigger) {
                faults.note(format!("{path}.trigger"), format!("`{trigger}` stands twice"));
            }
            if label.trim().is_empty() {
                faults.note(format!("{path}.label"), "it is empty");
            }
            stricter.take(format!("{path}.cites"), check_source(&cites));
            let (worse, better) = (worse == RawWhen::AtOnce, better == RawWhen::AtOnce);
            rules.push(EffectRule { trigger, label, worse, better, cites });
        }
        if !rules.iter().any(|rule| rule.trigger == OTHER) {
            faults.note("effects", format!("a line for `{OTHER}` is missing: what no other line names"));
        }
        Self { rules }
    }

    /// Whether a line names this trigger.
    pub fn names(&self, trigger: &str) -> bool {
        self.rules.iter().any(|rule| rule.trigger == trigger)
    }

    /// Whether a result can take effect at once after this alone.
    pub fn lets(&self, trigger: &str) -> bool {
        self.rule(trigger).is_some_and(|rule| rule.worse || rule.better)
    }

    /// Whether a result takes effect after all that has happened: one trigger that lets it is enough, the first of the table
    /// is told.
    pub fn decide(&self, happened: &BTreeSet<String>, worse: bool) -> Verdict {
        let lines = happened.iter().filter_map(|trigger| Some((trigger, self.place(trigger)?)));
        let at_once = |rule: &EffectRule| if worse { rule.worse } else { rule.better };
        // False sorts before true: first those that let it, of these the first line.
        let best = lines.min_by_key(|(_, place)| (!at_once(&self.rules[*place]), *place));
        let Some((trigger, rule)) = best.map(|(trigger, place)| (trigger.as_str(), &self.rules[place]))
        else {
            return Verdict { at_once: false, why: Why::nothing(worse) };
        };
        let why =
            Why { trigger: trigger.to_owned(), label: rule.label.clone(), worse, cites: rule.cites.clone() };
        Verdict { at_once: at_once(rule), why }
    }

    fn rule(&self, trigger: &str) -> Option<&EffectRule> {
        self.place(trigger).map(|place| &self.rules[place])
    }

    /// The line for a trigger: its own, or that of all others.
    fn place(&self, trigger: &str) -> Option<usize> {
        let of = |trigger: &str| self.rules.iter().position(|rule| rule.trigger == trigger);
        of(trigger).or_else(|| of(OTHER))
    }
}

impl Why {
    /// Nothing is known to have happened.
    fn nothing(worse: bool) -> Self {
        Self { trigger: OTHER.to_owned(), label: String::new(), worse, cites: String::new() }
    }

    /// The line in a sentence, for the officer.
    pub fn sentence(&self, at_once: bool) -> String {
        let way = if self.worse { "风险类别升高" } else { "风险类别降低" };
        let effect = if at_once { "立即生效" } else { "待下一次分类结果审批后生效" };
        format!("{},{way}:{effect}(依据:{})。", self.label, self.cites)
    }
}
