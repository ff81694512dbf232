//! Strata: which share of whom is drawn. They are cut by ratio only, so that a higher class never has a lower chance (R33), nor key
//! attention a lower one than none (R9).
//!
//! In a draw by class an enterprise with key attention, or under a measure of key supervision, stands with the ratio of its class times
//! a weight, at most 1; with both, times the greater one. A uniform draw knows neither: its pool is public, and a stratum would tell.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crypto::draw::{InvalidRatio, Ratio};
use rulebook::{RuleMissing, Rulebook};

use super::Stratification;

/// The class scheme of the combined class, as risk states it.
pub const SCHEME: &str = "shandong2020";
/// The code set of that scheme, whose tags give the rank of each class.
pub(super) const SCHEME_SET: &str = "risk_class.shandong2020";
/// The parameters with the ratio of each class: this, a dot, the class.
const RATIO: &str = "inspection.ratio.jinan";
/// The parameter by which key attention raises a ratio.
const ATTENTION: &str = "inspection.weight.attention";
/// The parameter by which a measure of key supervision does.
const KEY_SUPERVISION: &str = "inspection.weight.key_supervision";
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
    of_class: BTreeMap<String, Places>,
    without_class: Places,
}

/// What raises the chance of an enterprise above that of its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// Key attention in the field (R9).
    pub attention: bool,
    /// A measure of key supervision against the enterprise (order 44 art 15).
    pub supervision: bool,
}

impl Care {
    const NONE: Self = Self { attention: false, supervision: false };
    const ATTENTION: Self = Self { attention: true, supervision: false };
    const SUPERVISION: Self = Self { attention: false, supervision: true };
    const BOTH: Self = Self { attention: true, supervision: true };
    /// Every combination.
    const ALL: [Self; 4] = [Self::NONE, Self::ATTENTION, Self::SUPERVISION, Self::BOTH];

    /// Its place in [`Self::ALL`].
    fn place(self) -> usize {
        usize::from(self.attention) + 2 * usize::from(self.supervision)
    }
}

/// The weights by which care raises a ratio, as fractions.
#[derive(Clone, Copy, Debug)]
struct Weights {
    attention: (u64, u64),
    supervision: (u64, u64),
}

impl Weights {
    /// A ratio under care, at most 1. A weight below 1 would reward what it is for, so it counts for nothing.
    fn raise(self, ratio: Ratio, care: Care) -> Result<Ratio, StrataError> {
        let mut raised = ratio;
        for (_, weight) in [(care.attention, self.attention), (care.supervision, self.supervision)]
            .iter()
            .filter(|one| one.0)
        {
            raised = highest(raised, ratio.raised(*weight)?);
        }
        Ok(raised)
    }
}

/// Where the enterprises of one class stand, in the order of [`Care::ALL`].
type Places = [String; 4];

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
            without_class: Care::ALL.map(|_| ALL.to_owned()),
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
        let weight = |name| book.fraction(name, day).map(|weight| (weight.p(), weight.q()));
        let weights = Weights { attention: weight(ATTENTION)?, supervision: weight(KEY_SUPERVISION)? };
        Self::cut(&ratios.collect::<Result<Vec<_>, StrataError>>()?, weights)
    }

    /// Cuts strata for classes in ascending order of rank: one for each ratio, in ascending order.
    fn cut(classes: &[(String, Ratio)], weights: Weights) -> Result<Self, StrataError> {
        let falls = |pair: &&[(String, Ratio)]| order(pair[0].1, pair[1].1).is_gt();
        if let Some(pair) = classes.windows(2).find(falls) {
            return Err(StrataError::NotMonotone { class: pair[1].0.clone() });
        }
        let mut raised: Vec<(&String, Vec<Ratio>)> = Vec::with_capacity(classes.len());
        for (class, ratio) in classes {
            let of_class = Care::ALL.iter().map(|care| weights.raise(*ratio, *care));
            raised.push((class, of_class.collect::<Result<_, StrataError>>()?));
        }
        let mut all: Vec<Ratio> = raised.iter().flat_map(|(_, ratios)| ratios.iter().copied()).collect();
        all.sort_by(|one, other| order(*one, *other));
        all.dedup_by(|one, other| order(*one, *other).is_eq());
        let place = |ratio: Ratio| format!("S{}", all.partition_point(|one| order(*one, ratio).is_lt()) + 1);
        let places = |ratios: &[Ratio]| Care::ALL.map(|care| place(ratios[care.place()]));
        let of_class: BTreeMap<String, Places> =
            raised.iter().map(|(class, ratios)| ((*class).clone(), places(ratios))).collect();
        let middle = classes.get(classes.len() / 2).ok_or(StrataError::NoClasses)?;
        let without_class = of_class[&middle.0].clone();
        let ratios = all.iter().map(|ratio| (place(*ratio), *ratio)).collect();
        Ok(Self { ratios, of_class, without_class })
    }

    /// The stratum of an enterprise with this class, given as scheme and code, or without one; and under this care.
    pub fn of(&self, class: Option<(&str, &str)>, care: Care) -> &str {
        let places = class
            .filter(|(scheme, _)| *scheme == SCHEME)
            .and_then(|(_, code)| self.of_class.get(code))
            .unwrap_or(&self.without_class);
        &places[care.place()]
    }

    /// The ratio of each stratum.
    pub fn ratios(&self) -> &BTreeMap<String, Ratio> {
        &self.ratios
    }
}

fn highest(one: Ratio, other: Ratio) -> Ratio {
    if order(one, other).is_lt() { other } else { one }
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

    /// Cuts without any raising.
    fn cut(ratios: &[(u64, u64)]) -> Result<Strata, StrataError> {
        Strata::cut(&classes(ratios), Weights { attention: (1, 1), supervision: (1, 1) })
    }

    #[test]
    fn a_higher_class_never_has_a_lower_ratio_under_the_rules_in_force() {
        let day = "2026-11-01".parse().unwrap();
        let strata = Strata::on(Stratification::Class, &Rulebook::builtin(), day).unwrap();
        let ratio_of = |code, care| strata.ratios()[strata.of(Some((SCHEME, code)), care)];
        for care in Care::ALL {
            for pair in ["A", "B", "C", "D", "E"].windows(2) {
                let (lower, higher) = (ratio_of(pair[0], care), ratio_of(pair[1], care));
                assert!(order(lower, higher).is_le(), "{pair:?} under {care:?}");
            }
            for class in ["A", "B", "C", "D", "E"] {
                assert!(order(ratio_of(class, Care::NONE), ratio_of(class, care)).is_le(), "{care:?}");
            }
        }
        assert_eq!(ratio_of("E", Care::NONE), ratio(3, 10));
        assert_eq!(ratio_of("E", Care::SUPERVISION), ratio(3, 5));
    }

    #[test]
    fn key_attention_raises_the_ratio_by_its_weight_and_never_above_one() {
        let weights = Weights { attention: (2, 1), supervision: (1, 1) };
        let strata = Strata::cut(&classes(&[(1, 50), (1, 20), (1, 10), (3, 10), (4, 5)]), weights).unwrap();
        let ratio_of = |code, care| strata.ratios()[strata.of(Some((SCHEME, code)), care)];
        for (code, raised) in [
            ("A", ratio(1, 25)),
            ("B", ratio(1, 10)),
            ("C", ratio(1, 5)),
            ("D", ratio(3, 5)),
            ("E", ratio(1, 1)),
        ] {
            assert!(order(ratio_of(code, Care::ATTENTION), raised).is_eq(), "{code}");
        }
        // Strata are cut by ratio only: class B with attention stands with class C.
        let of = |code, care| strata.of(Some((SCHEME, code)), care);
        assert_eq!(of("B", Care::ATTENTION), of("C", Care::NONE));
        assert_eq!(strata.of(None, Care::ATTENTION), of("C", Care::ATTENTION));
        assert!(
            strata
                .ratios()
                .values()
                .zip(strata.ratios().values().skip(1))
                .all(|(one, next)| order(*one, *next).is_lt())
        );
    }

    #[test]
    fn with_attention_and_key_supervision_the_greater_weight_counts_and_not_both() {
        let weights = Weights { attention: (2, 1), supervision: (3, 1) };
        let strata = Strata::cut(&classes(&[(1, 50), (1, 5)]), weights).unwrap();
        let ratio_of = |code, care| strata.ratios()[strata.of(Some((SCHEME, code)), care)];
        for (care, raised) in [
            (Care::NONE, ratio(1, 50)),
            (Care::ATTENTION, ratio(1, 25)),
            (Care::SUPERVISION, ratio(3, 50)),
            (Care::BOTH, ratio(3, 50)),
        ] {
            assert!(order(ratio_of("A", care), raised).is_eq(), "{care:?}");
        }
        assert!(order(ratio_of("B", Care::BOTH), ratio(3, 5)).is_eq());
    }

    #[test]
    fn a_weight_below_one_rewards_nobody() {
        let weights = Weights { attention: (1, 2), supervision: (0, 1) };
        let strata = Strata::cut(&classes(&[(1, 50), (1, 20)]), weights).unwrap();
        let of = |care| strata.of(Some((SCHEME, "A")), care);
        assert_eq!(Care::ALL.map(of), ["S1"; 4]);
    }

    #[test]
    fn ratios_that_fall_with_the_class_are_refused_by_name() {
        let refused = cut(&[(1, 50), (1, 20), (1, 25)]).unwrap_err();
        assert!(matches!(refused, StrataError::NotMonotone { class } if class == "C"));
    }

    #[test]
    fn classes_with_one_ratio_share_a_stratum() {
        let strata = cut(&[(1, 50), (2, 100), (1, 10), (3, 30), (1, 5)]).unwrap();
        let of = |code| strata.of(Some((SCHEME, code)), Care::NONE);
        assert_eq!([of("A"), of("B"), of("C"), of("D"), of("E")], ["S1", "S1", "S2", "S2", "S3"]);
    }

    #[test]
    fn without_a_class_of_the_scheme_the_middle_one_holds() {
        let strata = cut(&[(1, 50), (1, 20), (1, 10), (1, 5), (3, 10)]).unwrap();
        for class in [None, Some(("food2016", "D")), Some((SCHEME, "Z"))] {
            assert_eq!(strata.of(class, Care::NONE), "S3", "{class:?}");
        }
    }

    #[test]
    fn a_uniform_draw_has_one_stratum_whatever_the_class_and_the_care() {
        let strata =
            Strata::on(Stratification::Uniform { percent: 30 }, &Rulebook::builtin(), NaiveDate::MIN)
                .unwrap();
        let with_class = strata.of(Some((SCHEME, "E")), Care::NONE);
        assert_eq!([with_class, strata.of(None, Care::BOTH)], ["ALL", "ALL"]);
        assert_eq!(strata.ratios()["ALL"], ratio(30, 100));
    }
}
