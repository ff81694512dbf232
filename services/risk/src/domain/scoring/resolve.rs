//! A model made ready for one day: parameters looked up, windows turned into numbers of days, and what no evidence gives
//! reckoned once.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::{Contribution, measure};
use crate::domain::{
    evidence::{DayNumber, Item, Ordinal},
    hundredths::Hundredths,
    model::{Effect, Indicator, Length, Measure, Model, Number, Points, Window},
    parameters::{MissingParameter, Parameters, Span},
};

/// Most points that an indicator gives either way, in hundredths: twenty million, far above every scale, and they fit 32 bits.
pub(super) const MOST_POINTS_E2: i64 = 2_000_000_000;

/// A model made ready for one day.
#[derive(Debug)]
pub struct Scorer {
    pub(super) model: Arc<Model>,
    pub(super) base: Hundredths,
    /// Ordinal of the first indicator; those of the others follow.
    pub(super) first: Ordinal,
    pub(super) indicators: Vec<ReadyIndicator>,
    /// What each indicator gives to an enterprise without evidence.
    pub(super) of_nothing: Vec<Contribution>,
    pub(super) dimensions: Vec<ReadyDimension>,
    /// The points of each dimension without evidence.
    pub(super) sums_of_nothing: Vec<Hundredths>,
    pub(super) rules: Vec<ReadyRule>,
    pub(super) upper_bounds: Vec<Hundredths>,
    /// Whether the contributions of single indicators are looked at: by a rule, or where only the largest counts.
    pub(super) looks_at_single: bool,
}

#[derive(Debug)]
pub(super) struct ReadyIndicator {
    /// Place of its dimension.
    pub(super) dimension: usize,
    pub(super) window: Days,
    pub(super) measure: Kind,
    pub(super) points: ReadyPoints,
    pub(super) cap: Option<Hundredths>,
}

/// The days that count: after `after`, up to and with `until`; if `holding`, only what has not ended before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) after: DayNumber,
    pub(super) until: DayNumber,
    pub(super) holding: bool,
    /// The day of the run, from which days are counted.
    pub(super) as_of: DayNumber,
}

/// A measure without its field: the value is in the items already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Count,
    Exists,
    DaysSince,
    Sum,
    Max,
    Latest,
    Share,
}

#[derive(Debug)]
pub(super) enum ReadyPoints {
    None,
    Bands(Vec<(Hundredths, Hundredths)>),
    Each(Hundredths),
}

#[derive(Debug)]
pub(super) struct ReadyDimension {
    /// Places of its indicators.
    pub(super) indicators: Vec<usize>,
    pub(super) largest_only: bool,
    pub(super) cap: Option<Hundredths>,
}

#[derive(Debug)]
pub(super) struct ReadyRule {
    pub(super) when: Vec<(usize, bool, Hundredths)>,
    pub(super) effect: Effect,
}

impl ReadyRule {
    pub(super) fn fires(&self, contributions: &[Contribution]) -> bool {
        self.when.iter().all(|(indicator, at_least, bound)| {
            contributions[*indicator]
                .value
                .is_some_and(|value| if *at_least { value >= *bound } else { value <= *bound })
        })
    }
}

impl ReadyDimension {
    /// All points of its indicators.
    pub(super) fn sum(&self, contributions: &[Contribution]) -> Hundredths {
        self.indicators.iter().map(|at| contributions[*at].points).sum()
    }

    /// What counts of `sum`.
    pub(super) fn counted(&self, sum: Hundredths, contributions: &[Contribution]) -> Hundredths {
        let points = || self.indicators.iter().map(|at| contributions[*at].points);
        let joined = if self.largest_only { points().max().unwrap_or_default() } else { sum };
        self.cap.map_or(joined, |cap| joined.min(cap))
    }
}

impl ReadyIndicator {
    /// What it gives by its own items, the earliest first.
    pub(super) fn contribution(&self, items: &[Item]) -> Contribution {
        let value = measure::value(self.measure, items, self.window);
        let points = value.map_or(Hundredths::ZERO, |value| self.points.of(value));
        let points = self.cap.map_or(points, |cap| points.min(cap)).e2();
        Contribution { value, points: Hundredths::from_e2(points.clamp(-MOST_POINTS_E2, MOST_POINTS_E2)) }
    }
}

impl ReadyPoints {
    fn of(&self, value: Hundredths) -> Hundredths {
        match self {
            Self::None => Hundredths::ZERO,
            Self::Each(each) => Hundredths::from_e2(value.e2().saturating_mul(each.e2()) / 100),
            // A model has few bands: walking them all is faster than finding out where to stop.
            Self::Bands(bands) => {
                bands.iter().fold(
                    Hundredths::ZERO,
                    |reached, (from, points)| if *from <= value { *points } else { reached },
                )
            }
        }
    }
}

impl Scorer {
    /// Makes `model` ready for `as_of`. `first` is the ordinal of its first indicator.
    ///
    /// # Errors
    /// [`MissingParameter`] when the rulebook lacks a parameter that the model names.
    pub fn new(
        model: Arc<Model>,
        first: Ordinal,
        parameters: &impl Parameters,
        as_of: NaiveDate,
    ) -> Result<Self, MissingParameter> {
        let lookup = Lookup { model: &model, parameters, as_of };
        let indicators = model.indicators.iter().map(|indicator| lookup.indicator(indicator));
        let indicators = indicators.collect::<Result<Vec<_>, _>>()?;
        let of_nothing: Vec<_> = indicators.iter().map(|indicator| indicator.contribution(&[])).collect();
        let dimensions = (0..model.dimensions.len()).map(|place| lookup.dimension(place));
        let dimensions = dimensions.collect::<Result<Vec<_>, _>>()?;
        let sums_of_nothing = dimensions.iter().map(|dimension| dimension.sum(&of_nothing)).collect();
        let rules = model
            .rules
            .iter()
            .map(|rule| {
                let when = rule.when.iter();
                let when = when.map(|when| Ok((when.indicator, when.at_least, lookup.number(&when.bound)?)));
                Ok(ReadyRule { when: when.collect::<Result<_, _>>()?, effect: rule.effect })
            })
            .collect::<Result<_, _>>()?;
        let upper_bounds =
            model.upper_bounds.iter().map(|bound| lookup.number(bound)).collect::<Result<_, _>>()?;
        let base = lookup.number(&model.base)?;
        let looks_at_single =
            !model.rules.is_empty() || dimensions.iter().any(|dimension| dimension.largest_only);
        Ok(Self {
            base,
            first,
            indicators,
            of_nothing,
            dimensions,
            sums_of_nothing,
            rules,
            upper_bounds,
            looks_at_single,
            model,
        })
    }

    /// The model that it scores by.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Place of the band that `value` reaches at the indicator at `place`; `None` below the first band, and without bands.
    pub fn band(&self, place: usize, value: Hundredths) -> Option<usize> {
        match &self.indicators[place].points {
            ReadyPoints::Bands(bands) => bands.partition_point(|(from, _)| *from <= value).checked_sub(1),
            ReadyPoints::None | ReadyPoints::Each(_) => None,
        }
    }

    /// Whether a piece of evidence counts for the indicator at `place`, for showing it.
    pub fn counts(&self, place: usize, item: Item) -> bool {
        self.indicators[place].window.holds(item)
    }
}

/// Looks up what a model names.
struct Lookup<'a, P> {
    model: &'a Model,
    parameters: &'a P,
    as_of: NaiveDate,
}

impl<P: Parameters> Lookup<'_, P> {
    fn number(&self, number: &Number) -> Result<Hundredths, MissingParameter> {
        match number {
            Number::Fixed(number) => Ok(*number),
            Number::Parameter(name) => {
                self.parameters.number(name, self.as_of).ok_or_else(|| self.missing(name))
            }
        }
    }

    fn span(&self, length: &Length) -> Result<Span, MissingParameter> {
        match length {
            Length::Fixed(span) => Ok(*span),
            Length::Parameter(name) => {
                self.parameters.span(name, self.as_of).ok_or_else(|| self.missing(name))
            }
        }
    }

    fn missing(&self, name: &str) -> MissingParameter {
        MissingParameter { model: self.model.key(), name: name.to_owned(), day: self.as_of }
    }

    fn dimension(&self, place: usize) -> Result<ReadyDimension, MissingParameter> {
        let dimension = &self.model.dimensions[place];
        let indicators = (0..).zip(&self.model.indicators);
        let own = indicators.filter(|(_, indicator)| indicator.dimension == place);
        Ok(ReadyDimension {
            indicators: own.map(|(at, _)| at).collect(),
            largest_only: dimension.largest_only,
            cap: dimension.cap.as_ref().map(|cap| self.number(cap)).transpose()?,
        })
    }

    fn indicator(&self, indicator: &Indicator) -> Result<ReadyIndicator, MissingParameter> {
        Ok(ReadyIndicator {
            dimension: indicator.dimension,
            window: self.days(&indicator.window)?,
            measure: kind(&indicator.measure),
            points: self.points(&indicator.points)?,
            cap: indicator.cap.as_ref().map(|cap| self.number(cap)).transpose()?,
        })
    }

    fn days(&self, window: &Window) -> Result<Days, MissingParameter> {
        let as_of = self.as_of.num_days_from_ce();
        let before = |length| Ok(self.span(length)?.before(self.as_of).num_days_from_ce());
        let all = Days { after: DayNumber::MIN, until: as_of, holding: false, as_of };
        Ok(match window {
            Window::All => all,
            Window::Open => Days { holding: true, ..all },
            Window::Last(length) => Days { after: before(length)?, ..all },
            Window::OlderThan(length) => Days { until: before(length)?, ..all },
        })
    }

    fn points(&self, points: &Points) -> Result<ReadyPoints, MissingParameter> {
        Ok(match points {
            Points::None => ReadyPoints::None,
            Points::Each(each) => ReadyPoints::Each(self.number(each)?),
            Points::Bands(bands) => {
                let bands = bands.iter().map(|(from, points)| Ok((self.number(from)?, self.number(points)?)));
                ReadyPoints::Bands(bands.collect::<Result<_, _>>()?)
            }
        })
    }
}

fn kind(measure: &Measure) -> Kind {
    match measure {
        Measure::Count => Kind::Count,
        Measure::Exists => Kind::Exists,
        Measure::DaysSince => Kind::DaysSince,
        Measure::Sum(_) => Kind::Sum,
        Measure::Max(_) => Kind::Max,
        Measure::Latest(_) => Kind::Latest,
        Measure::Share(_) => Kind::Share,
    }
}
