//! Strata: which share of whom is drawn. They are cut by ratio only, so that a higher class never has a lower chance (R33).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crypto::draw::{InvalidRatio, Ratio};
use rulebook::{RuleMissing, Rulebook};

use super::Stratification;

/// The class scheme of the combined class, as risk states it.
pub const SCHEME: &str = "shandong2020";
/// The code set of that scheme, whose tags give the rank of each class.
const SCHEME_SET: &str = "risk_class.shandong2020";
/// The parameters with the ratio of each class: this, a dot, the class.
const RATIO: &str = "inspection.ratio.jinan";
/// The one stratum of a uniform draw.
const ALL: &str = "ALL";

/// Why the strata cannot be cut.
#[derive(Debug, thiserror::Error)]
pub enum StrataError {
    /// A class has a lower ratio than a class below it.
    #[error(
        "class `{class}` has a lower ratio than the class before it: the parameters `{RATIO}.*` are not monotone"
    )]
    NotMonotone {
        /// The class.
        class: String,
    },
    /// The scheme has no classes on this day.
    #[error("the rulebook has no classes in the set `{SCHEME_SET}`")]
    NoClasses,
    /// A ratio is above 1.
    #[error(transparent)]
    Ratio(#[from] InvalidRatio),
    /// A parameter is missing.
    #[error(transparent)]
    Rule(#[from] RuleMissing),
}

/// The strata of one draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strata {
    ratios: BTreeMap<String, Ratio>,
    of_class: BTreeMap<String, String>,
    without_class: String,
}

impl Strata {
    /// The strata on the day of the announcement.
    ///
    /// An enterprise without a class of the scheme stands with the middle class: the lowest ratio would reward what nobody
    /// has looked at yet, the highest would swamp the draw with newcomers.
    ///
    /// # Errors
    /// [`StrataError`].
    pub fn on(stratify: Stratification, book: &Rulebook, day: NaiveDate) -> Result<Self, StrataError> {
        match stratify {
            Stratification::Uniform { percent } => Self::uniform(percent),
            Stratification::Class => Self::by_class(book, day),
        }
    }

    fn uniform(percent: u32) -> Result<Self, StrataError> {
        let ratio = Ratio::new(percent.into(), 100)?;
        Ok(Self {
            ratios: [(ALL.to_owned(), ratio)].into(),
            of_class: BTreeMap::new(),
            without_class: ALL.to_owned(),
        })
    }

    fn by_class(book: &Rulebook, day: NaiveDate) -> Result<Self, StrataError> {
        let rank = |code: &&rulebook::Code| code.tag_value("rank").and_then(|rank| rank.parse::<u32>().ok());
        let mut classes: Vec<_> = book.codes(SCHEME_SET, day).collect();
        classes.sort_by_key(rank);
        let ratios = classes.iter().map(|class| {
            let fraction = book.fraction(&format!("{RATIO}.{}", class.code), day)?;
            Ok((class.code.clone(), Ratio::new(fraction.p(), fraction.q())?))
        });
        Self::cut(&ratios.collect::<Result<Vec<_>, StrataError>>()?)
    }

    /// Cuts strata for classes in ascending order of rank: classes with one ratio share a stratum.
    fn cut(classes: &[(String, Ratio)]) -> Result<Self, StrataError> {
        let mut ratios = BTreeMap::new();
        let mut of_class = BTreeMap::new();
        let mut last: Option<Ratio> = None;
        for (class, ratio) in classes {
            match last.map(|last| order(last, *ratio)) {
                Some(std::cmp::Ordering::Greater) => {
                    return Err(StrataError::NotMonotone { class: class.clone() });
                }
                Some(std::cmp::Ordering::Equal) => {}
                _ => {
                    ratios.insert(format!("S{}", ratios.len() + 1), *ratio);
                }
            }
            last = Some(*ratio);
            of_class.insert(class.clone(), format!("S{}", ratios.len()));
        }
        let middle = classes.get(classes.len() / 2).ok_or(StrataError::NoClasses)?;
        let without_class = of_class[&middle.0].clone();
        Ok(Self { ratios, of_class, without_class })
    }

    /// The stratum of an enterprise with this class, given as scheme and code; `None` for one without.
    pub fn of(&self, class: Option<(&str, &str)>) -> &str {
        class
            .filter(|(scheme, _)| *scheme == SCHEME)
            .and_then(|(_, code)| self.of_class.get(code))
            .unwrap_or(&self.without_class)
    }

    /// The ratio of each stratum.
    pub fn ratios(&self) -> &BTreeMap<String, Ratio> {
        &self.ratios
    }
}

/// Compares p/q exactly.
fn order(a: Ratio, b: Ratio) -> std::cmp::Ordering {
    let cross = |x: Ratio, y: Ratio| u128::from(x.p()) * u128::from(y.q());
    cross(a, b).cmp(&cross(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(p: u64, q: u64) -> Ratio {
        Ratio::new(p, q).unwrap()
    }

    fn classes(ratios: &[(u64, u64)]) -> Vec<(String, Ratio)> {
        "ABCDE".chars().zip(ratios).map(|(class, (p, q))| (class.to_string(), ratio(*p, *q))).collect()
    }

    #[test]
    fn a_higher_class_never_has_a_lower_ratio_under_the_rules_in_force() {
        let day = "2026-11-01".parse().unwrap();
        let strata = Strata::on(Stratification::Class, &Rulebook::builtin(), day).unwrap();
        let ratio_of = |code| strata.ratios()[strata.of(Some((SCHEME, code)))];
        for pair in ["A", "B", "C", "D", "E"].windows(2) {
            assert_ne!(order(ratio_of(pair[0]), ratio_of(pair[1])), std::cmp::Ordering::Greater, "{pair:?}");
        }
        assert_eq!(ratio_of("E"), ratio(3, 10));
    }

    #[test]
    fn ratios_that_fall_with_the_class_are_refused_by_name() {
        let refused = Strata::cut(&classes(&[(1, 50), (1, 20), (1, 25)])).unwrap_err();
        assert!(matches!(refused, StrataError::NotMonotone { class } if class == "C"));
    }

    #[test]
    fn classes_with_one_ratio_share_a_stratum() {
        let strata = Strata::cut(&classes(&[(1, 50), (2, 100), (1, 10), (3, 30), (1, 5)])).unwrap();
        let of = |code| strata.of(Some((SCHEME, code)));
        assert_eq!([of("A"), of("B"), of("C"), of("D"), of("E")], ["S1", "S1", "S2", "S2", "S3"]);
    }

    #[test]
    fn without_a_class_of_the_scheme_the_middle_one_holds() {
        let strata = Strata::cut(&classes(&[(1, 50), (1, 20), (1, 10), (1, 5), (3, 10)])).unwrap();
        for class in [None, Some(("food2016", "D")), Some((SCHEME, "Z"))] {
            assert_eq!(strata.of(class), "S3", "{class:?}");
        }
    }

    #[test]
    fn a_uniform_draw_has_one_stratum_whatever_the_class() {
        let strata =
            Strata::on(Stratification::Uniform { percent: 30 }, &Rulebook::builtin(), NaiveDate::MIN)
                .unwrap();
        assert_eq!(strata.of(Some((SCHEME, "E"))), "ALL");
        assert_eq!(strata.ratios()["ALL"], ratio(30, 100));
    }
}
