//! From what a file says to a model that can be used: every name exists, every value fits, every figure has a source.

use std::collections::HashSet;

use super::{
    Condition, Dimension, Effect, End, GENERAL, Indicator, Measure, Model, ModelError, Number, Rule,
    STAND_IN, Scope, Source, When, Window, cites,
    error::Faults,
    length::window,
    path::{FieldKind, FieldPath},
    points::points,
    raw::{RawDimension, RawGrade, RawIndicator, RawJoin, RawMeasure, RawModel, RawNumber, RawRule, RawWhen},
};
use crate::domain::scheme::Scheme;

/// Longest identifier and longest version, in bytes.
const LONGEST_NAME: usize = 39;
/// Indicators that a model has at most. All versions of all models share 65,535 numbers.
const MOST_INDICATORS: usize = 1_000;

/// What is wrong with a part; [`Faults`] adds where.
type Problem = String;

pub(super) fn model(
    file: &str,
    text: &str,
    raw: RawModel,
    hash: &str,
    scheme: impl Fn(&str) -> Option<Scheme>,
) -> Result<Model, ModelError> {
    let mut faults = Faults::default();
    let read = read(raw, hash, scheme, &mut faults);
    faults.unless_any(file, text, read)
}

/// The model; `None`, or a model that lacks parts, where something is noted in `faults`.
fn read(
    raw: RawModel,
    hash: &str,
    scheme: impl Fn(&str) -> Option<Scheme>,
    faults: &mut Faults,
) -> Option<Model> {
    for (path, text) in [("id", &raw.id), ("version", &raw.version)] {
        faults.take(path, plain(text));
    }
    for (path, text) in [("scope", &raw.scope), ("source", &raw.source)] {
        faults.take(path, stated(text));
    }
    faults.take("base.cites", cites::check(&raw.base.cites));
    if raw.effective_to.is_some_and(|last| last < raw.effective_from) {
        faults.note("effective_to", "it ends before it begins");
    }
    if raw.indicators.len() > MOST_INDICATORS {
        faults.note("indicators", format!("there are more than {MOST_INDICATORS}"));
    }
    for (at, dimension) in raw.dimensions.iter().enumerate() {
        faults.take(format!("dimensions[{at}]"), cited(dimension.cap.as_ref(), dimension.cites.as_deref()));
    }
    for (at, grade) in raw.grades.iter().enumerate() {
        faults.take(format!("grades[{at}]"), cited(grade.upper_inclusive.as_ref(), grade.cites.as_deref()));
    }
    distinct("dimensions", raw.dimensions.iter().map(|dimension| &dimension.id), faults);
    distinct("indicators", raw.indicators.iter().map(|indicator| &indicator.id), faults);
    let dimensions: Vec<_> = raw.dimensions.into_iter().map(dimension).collect();
    // A rule finds its indicator by name also where something else is wrong with the indicator.
    let names: Vec<_> = raw.indicators.iter().map(|indicator| indicator.id.clone()).collect();
    let mut indicators = Vec::with_capacity(raw.indicators.len());
    for (at, raw) in raw.indicators.into_iter().enumerate() {
        indicators.extend(indicator(&format!("indicators[{at}]"), raw, &dimensions, faults));
    }
    let own = scheme(&raw.scheme);
    let Some(scheme) = own else {
        faults.note("scheme", unknown_scheme(&raw.scheme));
        return None;
    };
    let mut rules: Vec<Rule> = Vec::new();
    for (heading, raws, form) in [
        ("steps", raw.steps, Form::Steps),
        ("floors", raw.floors, Form::Floor),
        ("vetoes", raw.vetoes, Form::Veto),
    ] {
        for (at, raw) in raws.into_iter().enumerate() {
            let path = format!("{heading}[{at}]");
            if rules.iter().any(|rule| rule.id == raw.id) {
                faults.note(&path, format!("`{}` stands twice", raw.id));
            }
            rules.extend(rule(&path, raw, form, &names, &scheme, faults));
        }
    }
    let upper_bounds = faults.take("grades", grades(raw.grades, &scheme))?;
    Some(Model {
        scope: scope(raw.scope),
        id: raw.id,
        version: raw.version,
        scheme,
        effective_from: raw.effective_from,
        effective_to: raw.effective_to,
        standing: raw.state,
        source: raw.source,
        hash: hash.to_owned(),
        base: number(raw.base.points),
        dimensions,
        indicators,
        rules,
        upper_bounds,
    })
}

fn scope(text: String) -> Scope {
    match text.as_str() {
        GENERAL => Scope::General,
        STAND_IN => Scope::StandIn,
        _ => Scope::Field(text),
    }
}

/// A scheme is a set of codes.
pub(in crate::domain) fn unknown_scheme(id: &str) -> Problem {
    format!(
        "unknown class scheme `{id}`; expected one whose classes are codes of the rulebook, in the set `risk_class.{id}`"
    )
}

/// Whether the text can be part of a name.
pub(in crate::domain) fn plain(text: &str) -> Result<(), Problem> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(fits) {
        return Ok(());
    }
    Err(format!("`{text}` is not 1 to {LONGEST_NAME} letters, digits, `.`, `-` and `_`"))
}

fn stated(text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(()) }
}

/// Every figure that stands in the file says where it comes from.
fn cited(figure: Option<&RawNumber>, cites: Option<&str>) -> Result<(), Problem> {
    match (figure, cites) {
        (_, Some(text)) => cites::check(text),
        (Some(RawNumber::Fixed(_)), None) => {
            Err("its figure has no `cites`: a document and article, or `local parameter`".to_owned())
        }
        _ => Ok(()),
    }
}

fn distinct<'a>(list: &str, ids: impl Iterator<Item = &'a String>, faults: &mut Faults) {
    let mut seen = HashSet::new();
    for (at, id) in ids.enumerate() {
        if !seen.insert(id) {
            faults.note(format!("{list}[{at}].id"), format!("`{id}` stands twice"));
        }
    }
}

/// A number of the file.
pub(in crate::domain) fn number(raw: RawNumber) -> Number {
    match raw {
        RawNumber::Fixed(number) => Number::Fixed(number),
        RawNumber::Named(named) => Number::Parameter(named.parameter),
    }
}

fn dimension(raw: RawDimension) -> Dimension {
    Dimension {
        id: raw.id,
        label: raw.label,
        largest_only: raw.combine == RawJoin::Max,
        cap: raw.cap.map(number),
    }
}

fn indicator(
    path: &str,
    raw: RawIndicator,
    dimensions: &[Dimension],
    faults: &mut Faults,
) -> Option<Indicator> {
    let at = |part: &str| format!("{path}.{part}");
    faults.take(at("label"), stated(&raw.label));
    faults.take(at("cites"), cites::check(&raw.cites));
    let dimension = faults.take(at("dimension"), place_of(&raw.dimension, dimensions));
    let points_at = if raw.bands.is_empty() { "points_each" } else { "bands" };
    let points = faults.take(at(points_at), points(raw.bands, raw.points_each));
    let window = faults.take(at("window"), raw.window.map_or(Ok(Window::All), window));
    // Fields are looked for in the messages of the source: without it nothing more can be said.
    let source = faults.take(at("source"), source(&raw.source))?;
    let named = raw.day.as_deref().or(source.usual_day());
    let day = faults.take(at("day"), named.map(|path| source.date(path)).transpose());
    let end_at = if raw.last_day.is_some() { "last_day" } else { "ended_on" };
    let end = faults.take(at(end_at), end(&source, raw.last_day.as_deref(), raw.ended_on.as_deref()));
    let condition = match raw.condition {
        None => Some(None),
        Some(condition) => Condition::check(&at("condition"), &condition, &source, faults).map(Some),
    };
    let windowed = window.as_ref().is_some_and(|window| *window != Window::All);
    let timed = windowed || matches!(raw.measure, RawMeasure::DaysSince);
    if timed && matches!(day, Some(None)) {
        faults.note(at("day"), "its evidence has no day: name one with `day`");
    }
    let measure = measure(&at("measure"), raw.measure, &source, faults);
    Some(Indicator {
        condition: condition?,
        measure: measure?,
        points: points?,
        cap: raw.cap.map(number),
        id: raw.id,
        label: raw.label,
        dimension: dimension?,
        source,
        day: day?,
        end: end?,
        window: window?,
        cites: raw.cites,
    })
}

fn place_of(id: &str, dimensions: &[Dimension]) -> Result<usize, Problem> {
    let known = || dimensions.iter().map(|dimension| dimension.id.as_str()).collect::<Vec<_>>().join(", ");
    dimensions
        .iter()
        .position(|dimension| dimension.id == id)
        .ok_or_else(|| format!("unknown dimension `{id}`; expected one of {}", known()))
}

fn source(name: &str) -> Result<Source, Problem> {
    Source::named(name)
        .ok_or_else(|| format!("unknown source `{name}`; expected one of {}", Source::names().join(", ")))
}

fn end(source: &Source, last_day: Option<&str>, ended_on: Option<&str>) -> Result<Option<End>, Problem> {
    match (last_day, ended_on) {
        (None, None) => Ok(None),
        (Some(path), None) => Ok(Some(End { path: source.date(path)?, inclusive: true })),
        (None, Some(path)) => Ok(Some(End { path: source.date(path)?, inclusive: false })),
        (Some(_), Some(_)) => Err("`last_day` and `ended_on` exclude each other".to_owned()),
    }
}

fn measure(path: &str, raw: RawMeasure, source: &Source, faults: &mut Faults) -> Option<Measure> {
    let whole_number = |path: &str| -> Result<FieldPath, Problem> {
        let field = source.field(path)?;
        match field.kind() {
            FieldKind::Integer => Ok(field),
            kind => Err(format!("`{path}` holds no whole number but {}", kind.words())),
        }
    };
    let measure = match raw {
        RawMeasure::Count => Ok(Measure::Count),
        RawMeasure::Exists => Ok(Measure::Exists),
        RawMeasure::DaysSince => Ok(Measure::DaysSince),
        RawMeasure::Sum(field) => whole_number(&field).map(Measure::Sum),
        RawMeasure::Max(field) => whole_number(&field).map(Measure::Max),
        RawMeasure::Latest(field) => whole_number(&field).map(Measure::Latest),
        RawMeasure::Share(condition) => {
            let condition = Condition::check(&format!("{path}.share"), &condition, source, faults);
            return condition.map(Measure::Share);
        }
    };
    faults.take(path, measure)
}

/// Under which heading a rule stands.
#[derive(Clone, Copy)]
enum Form {
    Steps,
    Floor,
    Veto,
}

fn rule(
    path: &str,
    raw: RawRule,
    form: Form,
    indicators: &[String],
    scheme: &Scheme,
    faults: &mut Faults,
) -> Option<Rule> {
    faults.take(format!("{path}.label"), stated(&raw.label));
    faults.take(format!("{path}.cites"), cites::check(&raw.cites));
    let effect = faults.take(path, effect(form, raw.steps, raw.grade.as_deref(), scheme));
    if raw.when.is_empty() {
        faults.note(format!("{path}.when"), "it is empty");
    }
    let mut bounds = Vec::with_capacity(raw.when.len());
    for (at, raw) in raw.when.into_iter().enumerate() {
        bounds.push(faults.take(format!("{path}.when[{at}]"), when(raw, indicators)));
    }
    let when = bounds.into_iter().collect::<Option<_>>()?;
    Some(Rule { id: raw.id, label: raw.label, when, effect: effect?, cites: raw.cites })
}

fn effect(form: Form, steps: Option<i32>, grade: Option<&str>, scheme: &Scheme) -> Result<Effect, Problem> {
    match (form, steps, grade) {
        (Form::Steps, Some(steps), None) if steps != 0 => Ok(Effect::Steps(steps)),
        (Form::Floor, None, Some(grade)) => {
            let rank = scheme.rank(grade).ok_or_else(|| {
                let known: Vec<_> = scheme.codes().collect();
                format!("`{grade}` is no grade of `{}`; expected one of {}", scheme.id, known.join(", "))
            })?;
            Ok(Effect::Floor(rank))
        }
        (Form::Veto, None, None) => Ok(Effect::Veto),
        _ => Err("a step has `steps`, a floor has `grade`, a veto has neither".to_owned()),
    }
}

fn when(raw: RawWhen, indicators: &[String]) -> Result<When, Problem> {
    let indicator = indicators.iter().position(|id| *id == raw.indicator).ok_or_else(|| {
        format!("unknown indicator `{}`; expected one of {}", raw.indicator, indicators.join(", "))
    })?;
    match (raw.at_least, raw.at_most) {
        (Some(bound), None) => Ok(When { indicator, at_least: true, bound: number(bound) }),
        (None, Some(bound)) => Ok(When { indicator, at_least: false, bound: number(bound) }),
        _ => Err(format!("`{}` needs one of `at_least` and `at_most`", raw.indicator)),
    }
}

/// The grades must be those of the scheme, in its order; all but the last have a bound, and fixed bounds rise.
fn grades(raw: Vec<RawGrade>, scheme: &Scheme) -> Result<Vec<Number>, Problem> {
    if !raw.iter().map(|grade| grade.code.as_str()).eq(scheme.codes()) {
        let known: Vec<_> = scheme.codes().collect();
        return Err(format!(
            "they must be those of `{}`, the lowest risk first: {}",
            scheme.id,
            known.join(", ")
        ));
    }
    let mut bounds = Vec::with_capacity(scheme.highest());
    for (rank, grade) in raw.into_iter().enumerate() {
        match grade.upper_inclusive {
            Some(bound) if rank < scheme.highest() => bounds.push(number(bound)),
            None if rank == scheme.highest() => {}
            _ => return Err(format!("`{}`: every grade but the last has `upper_inclusive`", grade.code)),
        }
    }
    let falls =
        |pair: &[Number]| matches!((&pair[0], &pair[1]), (Number::Fixed(a), Number::Fixed(b)) if a >= b);
    if bounds.windows(2).any(falls) {
        return Err("the bounds must rise".to_owned());
    }
    Ok(bounds)
}
