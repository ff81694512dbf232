//! From record to points to class: what each indicator counted, what became of it, and which rule decided. Told in Chinese, by
//! the engine that computed the class and by the evidence that it read.

mod evidence;
mod fields;
mod words;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    engine::{Classification, Engine},
    general::Answered,
    hundredths::Hundredths,
    known::KnownPiece,
    model::{Effect, Model, Rule},
    scoring::{Contribution, Score, Scorer},
};

pub use evidence::EvidenceLine;

/// What codes are called in Chinese.
pub trait Labels {
    /// The label of a code of a set on `day`; `None` where the set does not have it. The set `field` holds the key fields, `sub_kind`
    /// their sub-kinds.
    fn label(&self, set: &str, code: &str, day: NaiveDate) -> Option<String>;
}

/// Most records shown behind one indicator.
const MOST_RECORDS: usize = 20;

/// Why an enterprise has its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What each model came to: the general one, behind a stand-in that spoke, then the professional one.
    pub models: Vec<ModelLine>,
    /// Indicators of both models, the largest contribution first.
    pub lines: Vec<Line>,
    /// Dimensions of both models, in their order.
    pub dimensions: Vec<DimensionLine>,
    /// Vetoes, floors and steps that fired.
    pub rules: Vec<RuleLine>,
    /// The same, and what was cut, in sentences.
    pub overriding_rules: Vec<String>,
}

/// What one model came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelLine {
    /// `id@version`.
    pub model: String,
    /// Scheme of its grades.
    pub scheme: String,
    /// Points before anything is counted.
    pub base_e2: i64,
    /// Points in all.
    pub points_e2: i64,
    /// Grade by points alone.
    pub by_points: String,
    /// Grade after steps, floors and vetoes.
    pub code: String,
    /// Document that it rests on.
    pub source: String,
    /// SM3 of its text, hex.
    pub hash: String,
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
    /// Chinese label of its dimension.
    pub dimension: String,
    /// What a record must fulfil to count.
    pub condition: String,
    /// Which days count.
    pub window: String,
    /// How the value became points.
    pub reckoning: String,
    /// Value in hundredths; 0 where nothing could be measured.
    pub value_e2: i64,
    /// Points in hundredths, before the cap of the dimension.
    pub points_e2: i64,
    /// Records behind it, the latest first.
    pub records: Vec<EvidenceLine>,
    /// Records behind it that are not shown.
    pub left_out: usize,
    /// Records that fulfil the condition and lie outside the window.
    pub outside: usize,
    /// Where the indicator comes from.
    pub cites: String,
}

/// What one dimension came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionLine {
    /// `models/{id}`.
    pub model: String,
    /// Identifier within the model.
    pub dimension: String,
    /// Chinese label.
    pub label: String,
    /// All points of its indicators, in hundredths.
    pub sum_e2: i64,
    /// What counts of them, in hundredths.
    pub counted_e2: i64,
    /// Why not all count; empty when they do.
    pub cut: String,
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// `models/{id}`.
    pub model: String,
    /// Identifier within the model.
    pub rule: String,
    /// Chinese label.
    pub label: String,
    /// What it did.
    pub effect: String,
    /// Where it comes from.
    pub cites: String,
}

/// Explains how `engine` came to `given` for an enterprise in `field`, by the evidence that it read, in the words of `labels`.
pub fn explain(
    engine: &Engine,
    field: &str,
    given: &Classification,
    pieces: &[KnownPiece],
    labels: &impl Labels,
) -> Explanation {
    let label = |set: &str, code: &str| labels.label(set, code, engine.as_of());
    let professional = given.professional.as_ref().zip(engine.professional(field));
    let stand_in = given.general.stand_in.as_ref().zip(engine.stand_in());
    // Of the general model only floors and vetoes count where another gives the general class, and what these rest on is shown.
    let answers = engine.answered(&given.general) == Answered::Model;
    let mut explanation = Explanation {
        models: Vec::new(),
        lines: Vec::new(),
        dimensions: Vec::new(),
        rules: Vec::new(),
        overriding_rules: Vec::new(),
    };
    if let Some((score, scorer)) = stand_in {
        explanation.add_points(score, scorer, pieces, &label);
        if given.general.spoken().is_some() {
            explanation.add_result(score, scorer);
        }
    }
    explanation.add_result(&given.general.own, engine.general());
    if answers {
        explanation.add_points(&given.general.own, engine.general(), pieces, &label);
    } else {
        explanation.add_grounds(&given.general.own, engine.general(), pieces, &label);
    }
    if let Some((score, scorer)) = professional {
        explanation.add_result(score, scorer);
        explanation.add_points(score, scorer, pieces, &label);
    }
    // Stable, so that indicators without points keep the order of their models.
    explanation.lines.sort_by_key(|line| std::cmp::Reverse(line.points_e2));
    explanation
}

impl Explanation {
    /// What a model came to, with the rules that fired and what was cut.
    fn add_result(&mut self, score: &Score, scorer: &Scorer) {
        let model = scorer.model();
        let by_points = (0..model.scheme.highest())
            .find(|rank| scorer.upper_bound(*rank).is_some_and(|bound| score.points <= bound));
        self.models.push(ModelLine {
            model: model.key(),
            scheme: model.scheme.id.clone(),
            base_e2: scorer.base().e2(),
            points_e2: score.points.e2(),
            by_points: model.scheme.code(by_points.unwrap_or_else(|| model.scheme.highest())).to_owned(),
            code: model.scheme.code(score.rank).to_owned(),
            source: model.source.clone(),
            hash: model.hash.clone(),
        });
        let fired: Vec<&Rule> = score.fired.iter().map(|at| &model.rules[*at]).collect();
        let down = step_down(&fired);
        for (at, rule) in fired.into_iter().enumerate() {
            let counts = steps_down(rule).is_none() || down == Some(at);
            self.rules.push(rule_line(model, rule, counts));
            self.overriding_rules.push(words::fired(rule, counts));
        }
    }

    /// The indicators on which rules that fired rest, of a model whose points do not count.
    fn add_grounds(
        &mut self,
        score: &Score,
        scorer: &Scorer,
        pieces: &[KnownPiece],
        label: &words::Label<'_>,
    ) {
        let contributions = scorer.contributions(score);
        let rules = score.fired.iter().map(|at| &scorer.model().rules[*at]);
        let grounds: BTreeSet<usize> = rules.flat_map(|rule| &rule.when).map(|when| when.indicator).collect();
        let ground = |place: usize| {
            let line = line(contributions[place], scorer, place, pieces, label);
            match line.points_e2 {
                0 => line,
                _ => Line { points_e2: 0, reckoning: words::without_points(&line.reckoning), ..line },
            }
        };
        self.lines.extend(grounds.into_iter().map(ground));
    }

    /// What each indicator and dimension of a model gave.
    fn add_points(
        &mut self,
        score: &Score,
        scorer: &Scorer,
        pieces: &[KnownPiece],
        label: &words::Label<'_>,
    ) {
        let model = scorer.model();
        let contributions = scorer.contributions(score);
        let given = contributions.iter().enumerate();
        self.lines.extend(given.map(|(place, given)| line(*given, scorer, place, pieces, label)));
        let dimensions = model.dimensions.iter().enumerate().map(|(place, dimension)| {
            let total = scorer.dimension_total(place, &contributions);
            DimensionLine {
                model: name(model),
                dimension: dimension.id.clone(),
                label: dimension.label.clone(),
                sum_e2: total.sum.e2(),
                counted_e2: total.counted.e2(),
                cut: words::cut(total),
            }
        });
        self.dimensions.extend(dimensions);
        let cut = score.cut.iter().map(|at| words::dimension_cut(&model.dimensions[*at]));
        self.overriding_rules.extend(cut);
    }
}

fn line(
    given: Contribution,
    scorer: &Scorer,
    place: usize,
    pieces: &[KnownPiece],
    label: &words::Label<'_>,
) -> Line {
    let model = scorer.model();
    let indicator = &model.indicators[place];
    let reckoning = scorer.reckoning(place, given);
    let (mut records, outside) = evidence::behind(scorer, place, pieces);
    let left_out = records.len().saturating_sub(MOST_RECORDS);
    records.truncate(MOST_RECORDS);
    Line {
        model: name(model),
        indicator: indicator.id.clone(),
        label: indicator.label.clone(),
        dimension: model.dimensions[indicator.dimension].label.clone(),
        condition: indicator
            .condition
            .as_ref()
            .map(|condition| words::condition(condition, label))
            .unwrap_or_default(),
        window: words::window(&reckoning),
        reckoning: words::reckoning(&indicator.measure, given, &reckoning),
        value_e2: given.value.map_or(0, Hundredths::e2),
        points_e2: given.points.e2(),
        records,
        left_out,
        outside,
        cites: indicator.cites.clone(),
    }
}

/// Steps by which a rule lowers the grade; `None` for every other rule.
fn steps_down(rule: &Rule) -> Option<u32> {
    match rule.effect {
        Effect::Steps(steps) if steps < 0 => Some(steps.unsigned_abs()),
        _ => None,
    }
}

/// Place of the one rule among those that fired whose steps down count: the longest, of equal ones the first.
fn step_down(fired: &[&Rule]) -> Option<usize> {
    let down =
        fired.iter().enumerate().filter_map(|(at, rule)| Some((steps_down(rule)?, std::cmp::Reverse(at))));
    down.max().map(|(_, std::cmp::Reverse(at))| at)
}

fn rule_line(model: &Model, rule: &Rule, counts: bool) -> RuleLine {
    let mut effect = match rule.effect {
        Effect::Steps(steps) if steps < 0 => format!("下调{}级", steps.unsigned_abs()),
        Effect::Steps(steps) => format!("上调{steps}级"),
        Effect::Floor(rank) => format!("不低于{}级", model.scheme.code(rank)),
        Effect::Veto => "一票否决".to_owned(),
    };
    if !counts {
        effect.push_str(words::ONE_DOWN);
    }
    RuleLine {
        model: name(model),
        rule: rule.id.clone(),
        label: rule.label.clone(),
        effect,
        cites: rule.cites.clone(),
    }
}

fn name(model: &Model) -> String {
    format!("models/{}", model.id)
}
