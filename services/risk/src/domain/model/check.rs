//! From what a file says to a model that can be used: every name exists, every value fits, every figure has a source.

use std::collections::HashSet;

use super::{
    Condition, Dimension, Effect, End, Indicator, Length, Measure, Model, ModelError, Number, Points, Rule,
    Scope, Source, When, Window,
    error::{Place, Problem},
    path::{FieldKind, FieldPath},
    raw::{
        RawBand, RawDimension, RawGrade, RawIndicator, RawJoin, RawMeasure, RawModel, RawNumber, RawRule,
        RawWhen, RawWindow,
    },
};
use crate::domain::{parameters::Span, scheme::Scheme};

pub(super) fn model(
    file: &str,
    raw: RawModel,
    hash: &str,
    scheme: impl Fn(&str) -> Option<Scheme>,
) -> Result<Model, ModelError> {
    let mut place = Place { file, part: "model".to_owned() };
    for (name, text) in
        [("id", &raw.id), ("version", &raw.version), ("scope", &raw.scope), ("source", &raw.source)]
    {
        stated(text, name).map_err(|problem| place.error(problem))?;
    }
    stated(&raw.base.cites, "base.cites").map_err(|problem| place.error(problem))?;
    if raw.effective_to.is_some_and(|last| last < raw.effective_from) {
        return Err(place.error("it ends before it begins"));
    }
    let scheme =
        scheme(&raw.scheme).ok_or_else(|| place.error(format!("unknown class scheme `{}`", raw.scheme)))?;

    distinct(raw.dimensions.iter().map(|dimension| &dimension.id)).map_err(|problem| place.error(problem))?;
    distinct(raw.indicators.iter().map(|indicator| &indicator.id)).map_err(|problem| place.error(problem))?;
    let dimensions: Vec<_> = raw.dimensions.into_iter().map(dimension).collect();
    let mut indicators = Vec::with_capacity(raw.indicators.len());
    for raw in raw.indicators {
        place.part = format!("indicator {}", raw.id);
        indicators.push(indicator(raw, &dimensions).map_err(|problem| place.error(problem))?);
    }
    let mut rules = Vec::new();
    for (raws, form) in [(raw.steps, Form::Steps), (raw.floors, Form::Floor), (raw.vetoes, Form::Veto)] {
        for raw in raws {
            place.part = format!("rule {}", raw.id);
            rules.push(rule(raw, form, &indicators, &scheme).map_err(|problem| place.error(problem))?);
        }
    }
    place.part = "grades".to_owned();
    distinct(rules.iter().map(|rule| &rule.id)).map_err(|problem| place.error(problem))?;
    let upper_bounds = grades(raw.grades, &scheme).map_err(|problem| place.error(problem))?;
    Ok(Model {
        scope: if raw.scope == "general" { Scope::General } else { Scope::Field(raw.scope) },
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

fn stated(text: &str, name: &str) -> Result<(), Problem> {
    if text.trim().is_empty() { Err(format!("`{name}` is empty")) } else { Ok(()) }
}

fn distinct<'a>(ids: impl Iterator<Item = &'a String>) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("`{id}` stands twice"));
        }
    }
    Ok(())
}

fn number(raw: RawNumber) -> Number {
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

fn indicator(raw: RawIndicator, dimensions: &[Dimension]) -> Result<Indicator, Problem> {
    stated(&raw.label, "label")?;
    stated(&raw.cites, "cites")?;
    let dimension = dimensions
        .iter()
        .position(|dimension| dimension.id == raw.dimension)
        .ok_or_else(|| format!("unknown dimension `{}`", raw.dimension))?;
    let source = Source::named(&raw.source).ok_or_else(|| format!("unknown source `{}`", raw.source))?;
    let day = raw.day.as_deref().or(source.usual_day()).map(|path| source.date(path)).transpose()?;
    let end = end(&source, raw.last_day.as_deref(), raw.ended_on.as_deref())?;
    let window = raw.window.map_or(Ok(Window::All), window)?;
    let timed = !matches!(window, Window::All) || matches!(raw.measure, RawMeasure::DaysSince);
    if timed && day.is_none() {
        return Err("its evidence has no day: name one with `day`".to_owned());
    }
    Ok(Indicator {
        condition: raw.condition.map(|condition| Condition::check(&condition, &source)).transpose()?,
        measure: measure(raw.measure, &source)?,
        points: points(raw.bands, raw.points_each)?,
        cap: raw.cap.map(number),
        id: raw.id,
        label: raw.label,
        dimension,
        source,
        day,
        end,
        window,
        cites: raw.cites,
    })
}

fn end(source: &Source, last_day: Option<&str>, ended_on: Option<&str>) -> Result<Option<End>, Problem> {
    match (last_day, ended_on) {
        (None, None) => Ok(None),
        (Some(path), None) => Ok(Some(End { path: source.date(path)?, inclusive: true })),
        (None, Some(path)) => Ok(Some(End { path: source.date(path)?, inclusive: false })),
        (Some(_), Some(_)) => Err("`last_day` and `ended_on` exclude each other".to_owned()),
    }
}

fn window(raw: RawWindow) -> Result<Window, Problem> {
    match raw {
        RawWindow {
            days: None,
            months: None,
            years: None,
            parameter: None,
            older_than: None,
            open: true,
        } => Ok(Window::Open),
        RawWindow {
            days: None,
            months: None,
            years: None,
            parameter: None,
            older_than: Some(inner),
            open: false,
        } => length(*inner).map(Window::OlderThan),
        other => length(other).map(Window::Last),
    }
}

fn length(raw: RawWindow) -> Result<Length, Problem> {
    match raw {
        RawWindow {
            days: Some(days),
            months: None,
            years: None,
            parameter: None,
            older_than: None,
            open: false,
        } => Ok(Length::Fixed(Span::Days(days))),
        RawWindow {
            days: None,
            months: Some(months),
            years: None,
            parameter: None,
            older_than: None,
            open: false,
        } => Ok(Length::Fixed(Span::Months(months))),
        RawWindow {
            days: None,
            months: None,
            years: Some(years),
            parameter: None,
            older_than: None,
            open: false,
        } => Ok(Length::Fixed(Span::Years(years))),
        RawWindow {
            days: None,
            months: None,
            years: None,
            parameter: Some(name),
            older_than: None,
            open: false,
        } => Ok(Length::Parameter(name)),
        _ => Err("a window is one of `days`, `months`, `years`, `parameter`, `older_than`, `open: true`"
            .to_owned()),
    }
}

fn measure(raw: RawMeasure, source: &Source) -> Result<Measure, Problem> {
    let whole_number = |path: &str| -> Result<FieldPath, Problem> {
        let field = source.field(path)?;
        match field.kind() {
            FieldKind::Integer => Ok(field),
            _ => Err(format!("`{path}` holds no whole number")),
        }
    };
    Ok(match raw {
        RawMeasure::Count => Measure::Count,
        RawMeasure::Exists => Measure::Exists,
        RawMeasure::DaysSince => Measure::DaysSince,
        RawMeasure::Sum(path) => Measure::Sum(whole_number(&path)?),
        RawMeasure::Max(path) => Measure::Max(whole_number(&path)?),
        RawMeasure::Latest(path) => Measure::Latest(whole_number(&path)?),
        RawMeasure::Share(condition) => Measure::Share(Condition::check(&condition, source)?),
    })
}

fn points(bands: Vec<RawBand>, each: Option<RawNumber>) -> Result<Points, Problem> {
    match (bands.is_empty(), each) {
        (true, None) => Ok(Points::None),
        (true, Some(each)) => Ok(Points::Each(number(each))),
        (false, Some(_)) => Err("`bands` and `points_each` exclude each other".to_owned()),
        (false, None) => {
            let bands: Vec<_> =
                bands.into_iter().map(|band| (number(band.from), number(band.points))).collect();
            let falls = |pair: &[(Number, Number)]| match (&pair[0].0, &pair[1].0) {
                (Number::Fixed(lower), Number::Fixed(higher)) => lower >= higher,
                _ => false,
            };
            if bands.windows(2).any(falls) {
                return Err("`bands` must begin at rising values".to_owned());
            }
            Ok(Points::Bands(bands))
        }
    }
}

/// Under which heading a rule stands.
#[derive(Clone, Copy)]
enum Form {
    Steps,
    Floor,
    Veto,
}

fn rule(raw: RawRule, form: Form, indicators: &[Indicator], scheme: &Scheme) -> Result<Rule, Problem> {
    stated(&raw.label, "label")?;
    stated(&raw.cites, "cites")?;
    let effect = match (form, raw.steps, raw.grade) {
        (Form::Steps, Some(steps), None) if steps != 0 => Effect::Steps(steps),
        (Form::Floor, None, Some(grade)) => Effect::Floor(
            scheme.rank(&grade).ok_or_else(|| format!("`{grade}` is no grade of `{}`", scheme.id))?,
        ),
        (Form::Veto, None, None) => Effect::Veto,
        _ => return Err("a step has `steps`, a floor has `grade`, a veto has neither".to_owned()),
    };
    if raw.when.is_empty() {
        return Err("`when` is empty".to_owned());
    }
    let when = raw.when.into_iter().map(|raw| self::when(raw, indicators)).collect::<Result<_, _>>()?;
    Ok(Rule { id: raw.id, label: raw.label, when, effect, cites: raw.cites })
}

fn when(raw: RawWhen, indicators: &[Indicator]) -> Result<When, Problem> {
    let indicator = indicators
        .iter()
        .position(|indicator| indicator.id == raw.indicator)
        .ok_or_else(|| format!("unknown indicator `{}`", raw.indicator))?;
    match (raw.at_least, raw.at_most) {
        (Some(bound), None) => Ok(When { indicator, at_least: true, bound: number(bound) }),
        (None, Some(bound)) => Ok(When { indicator, at_least: false, bound: number(bound) }),
        _ => Err(format!("`{}` needs one of `at_least` and `at_most`", raw.indicator)),
    }
}

/// The grades must be those of the scheme, in its order; all but the last have a bound, and fixed bounds rise.
fn grades(raw: Vec<RawGrade>, scheme: &Scheme) -> Result<Vec<Number>, Problem> {
    if !raw.iter().map(|grade| grade.code.as_str()).eq(scheme.codes()) {
        return Err(format!("they must be those of `{}`, the lowest risk first", scheme.id));
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
