//! The three ways in which two models become one class, and their numbers on one day.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::Combiner;
use crate::domain::{
    hundredths::Hundredths,
    model::Number,
    parameters::{MissingParameter, Parameters},
    scheme::Rank,
};

/// How two models become one class.
#[derive(Clone, Debug)]
pub(super) enum Method {
    /// A table: one row for each general class, one column for each professional grade.
    Matrix(Vec<BTreeMap<String, Rank>>),
    /// The points of the professional model and what the general class is worth (method of Anhui).
    Add { general: Vec<Number>, bounds: Bounds },
    /// A share of the points of either model (method of Shanxi, DB14/T 3556-2025).
    Weighted { general: Number, professional: Number, bounds: Bounds },
}

/// Which sum gives which class: classes from the lowest risk, and the largest sum of each but the last.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) classes: Vec<Rank>,
    pub(super) upper: Vec<Number>,
}

/// What the models say of one enterprise.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// General class.
    pub general: Rank,
    /// Points of the general model.
    pub general_points: Hundredths,
    /// Grade and points of the professional model; `None` for a field without one.
    pub professional: Option<(&'a str, Hundredths)>,
    /// Whether a veto of either fired.
    pub vetoed: bool,
    /// The least that floors of either model, and steps up of the professional one, leave: a sum of points knows nothing of them. The
    /// table has them in its rows and columns.
    pub floor: Rank,
}

/// A combination with its numbers of one day.
#[derive(Debug)]
pub struct Combination {
    combiner: Arc<Combiner>,
    sums: Option<Sums>,
}

/// The numbers of a method that adds points.
#[derive(Debug)]
struct Sums {
    /// What each general class is worth; empty where the share of its points counts.
    of_class: Vec<Hundredths>,
    general_share: Hundredths,
    professional_share: Hundredths,
    classes: Vec<Rank>,
    upper: Vec<Hundredths>,
}

const WHOLE: Hundredths = Hundredths::whole(1);

impl Combination {
    /// Makes `combiner` ready for `day`.
    ///
    /// # Errors
    /// [`MissingParameter`] when the rulebook lacks a parameter that it names.
    pub fn new(
        combiner: Arc<Combiner>,
        parameters: &impl Parameters,
        day: NaiveDate,
    ) -> Result<Self, MissingParameter> {
        let number = |number: &Number| match number {
            Number::Fixed(number) => Ok(*number),
            Number::Parameter(name) => parameters.number(name, day).ok_or_else(|| MissingParameter {
                model: format!("combination@{}", combiner.version),
                name: name.clone(),
                day,
            }),
        };
        let numbers = |all: &[Number]| all.iter().map(number).collect::<Result<Vec<_>, _>>();
        let sums = match &combiner.method {
            Method::Matrix(_) => None,
            Method::Add { general, bounds } => Some(Sums {
                of_class: numbers(general)?,
                general_share: Hundredths::ZERO,
                professional_share: WHOLE,
                classes: bounds.classes.clone(),
                upper: numbers(&bounds.upper)?,
            }),
            Method::Weighted { general, professional, bounds } => Some(Sums {
                of_class: Vec::new(),
                general_share: number(general)?,
                professional_share: number(professional)?,
                classes: bounds.classes.clone(),
                upper: numbers(&bounds.upper)?,
            }),
        };
        Ok(Self { combiner, sums })
    }

    /// The combination itself.
    pub fn combiner(&self) -> &Combiner {
        &self.combiner
    }

    /// The combination itself, to keep.
    pub fn shared(&self) -> Arc<Combiner> {
        self.combiner.clone()
    }

    /// The combined class. A veto of either model gives the highest; without a professional model the general class stands. By no
    /// method is it lower than the floors that fired.
    pub fn rank(&self, given: &Given<'_>) -> Rank {
        let highest = self.combiner.scheme.highest();
        let Some((grade, points)) = given.professional else {
            return if given.vetoed { highest } else { given.general };
        };
        match (&self.combiner.method, &self.sums) {
            _ if given.vetoed => highest,
            (Method::Matrix(rows), _) => {
                // A grade that the table does not have counts as the highest.
                rows[given.general.min(highest)].get(grade).copied().unwrap_or(highest)
            }
            (_, Some(sums)) => {
                let by_sum = sums.rank(given.general.min(highest), given.general_points, points);
                by_sum.max(given.floor.min(highest))
            }
            // Made together in `new`: a method without a table has its sums.
            (_, None) => highest,
        }
    }

    /// The class that a sum alone gives, without what floors and steps hold; `None` for a table.
    pub fn by_sum(&self, general: Rank, general_points: Hundredths, points: Hundredths) -> Option<Rank> {
        let sums = self.sums.as_ref()?;
        Some(sums.rank(general.min(self.combiner.scheme.highest()), general_points, points))
    }

    /// The sum by which the class was found; `None` for a table.
    pub fn sum(&self, general: Rank, general_points: Hundredths, points: Hundredths) -> Option<Hundredths> {
        let sums = self.sums.as_ref()?;
        Some(sums.of(general.min(self.combiner.scheme.highest()), general_points, points))
    }
}

impl Sums {
    fn of(&self, general: Rank, general_points: Hundredths, points: Hundredths) -> Hundredths {
        let worth = self.of_class.get(general).copied();
        let worth = worth.unwrap_or_else(|| share(general_points, self.general_share));
        worth + share(points, self.professional_share)
    }

    fn rank(&self, general: Rank, general_points: Hundredths, points: Hundredths) -> Rank {
        let sum = self.of(general, general_points, points);
        self.classes[self.upper.partition_point(|bound| *bound < sum)]
    }
}

/// So much of the points, to the nearest hundredth, the half upwards.
fn share(points: Hundredths, share: Hundredths) -> Hundredths {
    let product = i128::from(points.e2()) * i128::from(share.e2());
    let rounded = (product + 50).div_euclid(100);
    Hundredths::from_e2(i64::try_from(rounded).unwrap_or(i64::MAX))
}
