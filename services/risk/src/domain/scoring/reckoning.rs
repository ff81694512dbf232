//! How a score came about, for telling: windows as days, the band that was reached, caps, the totals of dimensions.

use chrono::{Datelike, NaiveDate};

use super::resolve::ReadyPoints;
use super::{Contribution, Scorer};
use crate::domain::{
    evidence::{DayNumber, Ordinal},
    hundredths::Hundredths,
};

/// How one indicator is reckoned on the day of the scorer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reckoning {
    /// First day that counts; `None`: all days up to `to`.
    pub from: Option<NaiveDate>,
    /// Last day that counts.
    pub to: NaiveDate,
    /// Whether only evidence that still holds on the day of the scorer counts.
    pub holding: bool,
    /// How the value became points.
    pub by: By,
    /// Most points that the indicator can give.
    pub cap: Option<Hundredths>,
}

/// How a value became points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Not at all: it serves rules only.
    Rules,
    /// So many points for each whole.
    Each(Hundredths),
    /// The band that begins at `from`.
    Band {
        /// Its beginning.
        from: Hundredths,
        /// Its points.
        points: Hundredths,
    },
    /// No band was reached.
    NoBand,
}

/// What became of the points of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimensionTotal {
    /// All points of its indicators.
    pub sum: Hundredths,
    /// What counts of them.
    pub counted: Hundredths,
    /// Whether only the largest indicator counts.
    pub largest_only: bool,
    /// Most points that it can give.
    pub cap: Option<Hundredths>,
}

impl Scorer {
    /// The ordinal of the indicator at `place`, by which its evidence is kept.
    pub fn ordinal(&self, place: usize) -> Ordinal {
        self.first + place as Ordinal
    }

    /// How the indicator at `place` is reckoned, and what its value became.
    pub fn reckoning(&self, place: usize, given: Contribution) -> Reckoning {
        let indicator = &self.indicators[place];
        let window = indicator.window;
        let by = match (&indicator.points, given.value) {
            (ReadyPoints::None, _) => By::Rules,
            (ReadyPoints::Each(each), _) => By::Each(*each),
            (ReadyPoints::Bands(bands), value) => {
                let reached = bands.iter().rev().find(|(from, _)| value.is_some_and(|value| *from <= value));
                reached.map_or(By::NoBand, |(from, points)| By::Band { from: *from, points: *points })
            }
        };
        Reckoning {
            from: (window.after > NaiveDate::MIN.num_days_from_ce())
                .then(|| date(window.after + 1))
                .flatten(),
            to: date(window.until).unwrap_or(NaiveDate::MIN),
            holding: window.holding,
            by,
            cap: indicator.cap,
        }
    }

    /// What became of the points of the dimension at `place`.
    pub fn dimension_total(&self, place: usize, contributions: &[Contribution]) -> DimensionTotal {
        let dimension = &self.dimensions[place];
        let sum = dimension.sum(contributions);
        let counted = dimension.counted(sum, contributions);
        DimensionTotal { sum, counted, largest_only: dimension.largest_only, cap: dimension.cap }
    }

    /// Points before anything is counted.
    pub fn base(&self) -> Hundredths {
        self.base
    }

    /// The largest points of the grade at `rank`; `None` for the highest.
    pub fn upper_bound(&self, rank: usize) -> Option<Hundredths> {
        self.upper_bounds.get(rank).copied()
    }
}

fn date(number: DayNumber) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(number)
}
