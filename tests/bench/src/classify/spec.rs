//! The model as the peers are told it: plain numbers over the columns, taken from the checked model itself.

use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::{Datelike, NaiveDate};
use risk::domain::model::{Condition, Indicator, Length, Measure, Model, Number, Points, Test, Window};
use risk::domain::parameters::Span;
use serde::Serialize;

use super::columns::SOURCES;

/// `spec.json`.
#[derive(Debug, Serialize)]
pub(super) struct Spec {
    /// Number of the day in the common era.
    as_of: i32,
    enterprises: usize,
    indicators: Vec<Told>,
}

/// One indicator: rows of `source` whose day lies in the last `days`, and for which everything else that is not empty holds.
#[derive(Debug, Default, Serialize)]
struct Told {
    source: usize,
    days: u32,
    codes: Vec<usize>,
    flag: Option<bool>,
    at_least: Option<i64>,
    measure: &'static str,
    /// Value and points, both in hundredths, the smallest value first.
    bands: Vec<(i64, i64)>,
}

impl Spec {
    pub(super) fn of(model: &Model, as_of: NaiveDate, enterprises: usize) -> anyhow::Result<Self> {
        let told = |indicator: &Indicator| Told::of(indicator).with_context(|| indicator.id.clone());
        let indicators = model.indicators.iter().map(told).collect::<anyhow::Result<_>>()?;
        Ok(Self { as_of: as_of.num_days_from_ce(), enterprises, indicators })
    }

    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        Ok(std::fs::write(folder.join("spec.json"), serde_json::to_vec(self)?)?)
    }
}

impl Told {
    fn of(indicator: &Indicator) -> anyhow::Result<Self> {
        let name = indicator.source.name();
        let source = SOURCES.iter().position(|source| source.name == name).context("no column")?;
        let Window::Last(Length::Fixed(Span::Days(days))) = indicator.window else { bail!("no days") };
        let Points::Bands(bands) = &indicator.points else { bail!("no bands") };
        let measure = match indicator.measure {
            Measure::Count => "count",
            Measure::Exists => "exists",
            Measure::DaysSince => "days_since",
            Measure::Sum(_) => "sum",
            Measure::Max(_) => "max",
            Measure::Latest(_) | Measure::Share(_) => bail!("no such measure of the peers"),
        };
        let bands = bands.iter().map(|(from, points)| Ok((e2(from)?, e2(points)?)));
        let bands = bands.collect::<anyhow::Result<_>>()?;
        let mut told = Self { source, days, measure, bands, ..Self::default() };
        for test in tests(indicator.condition.as_ref())? {
            told.add(test)?;
        }
        Ok(told)
    }

    fn add(&mut self, test: &Test) -> anyhow::Result<()> {
        match test {
            Test::In(texts) | Test::Contains(texts) => {
                let codes = SOURCES[self.source].codes;
                let place = |text: &String| codes.iter().position(|code| code == text).context(text.clone());
                self.codes = texts.iter().map(place).collect::<anyhow::Result<_>>()?;
            }
            Test::Is(wanted) => self.flag = Some(*wanted),
            Test::Within(least, i64::MAX) => self.at_least = Some(*least),
            other => bail!("no column for {other:?}"),
        }
        Ok(())
    }
}

/// The tests that must all hold: each kind of test has its one column.
fn tests(condition: Option<&Condition>) -> anyhow::Result<Vec<&Test>> {
    Ok(match condition {
        None => Vec::new(),
        Some(Condition::Test(_, test)) => vec![test],
        Some(Condition::All(parts)) => {
            let parts: Vec<_> = parts.iter().map(|part| tests(Some(part))).collect::<anyhow::Result<_>>()?;
            parts.concat()
        }
        Some(Condition::Any(_) | Condition::Not(_)) => bail!("more than tests that all must hold"),
    })
}

fn e2(number: &Number) -> anyhow::Result<i64> {
    let Number::Fixed(number) = number else { bail!("a parameter") };
    Ok(number.e2())
}
