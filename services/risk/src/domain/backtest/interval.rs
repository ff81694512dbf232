//! Intervals by resampling: how far a figure would move with other visits of the same kind.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::order::{Cases, Order};

/// A figure with the bounds that hold 95 % of its samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The figure itself.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Figures of an order, with bootstrap intervals: `resamples` samples, with replacement, drawn by `seed`.
pub fn bootstrap<const N: usize>(
    cases: &Cases<'_>,
    resamples: usize,
    seed: u64,
    figures: impl Fn(&Order) -> Option<[f64; N]>,
) -> Option<[Interval; N]> {
    let values = figures(&cases.order())?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut times = vec![0_usize; cases.len()];
    let mut drawn: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(resamples));
    for _ in 0..resamples {
        times.fill(0);
        for _ in 0..cases.len() {
            times[random.random_range(0..cases.len())] += 1;
        }
        // A sample in which nothing was found tells nothing.
        for (drawn, value) in drawn.iter_mut().zip(figures(&cases.sample(&times)).into_iter().flatten()) {
            drawn.push(value);
        }
    }
    let mut at = 0;
    Some(values.map(|value| {
        let drawn = &mut drawn[at];
        at += 1;
        drawn.sort_by(f64::total_cmp);
        Interval {
            value,
            low: quantile(drawn, 25).unwrap_or(value),
            high: quantile(drawn, 975).unwrap_or(value),
        }
    }))
}

/// The value below which so many thousandths of the sorted `values` lie.
fn quantile(values: &[f64], thousandths: usize) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    values.get((last * thousandths + 500) / 1000).copied()
}

#[cfg(test)]
mod tests {
    use super::super::order::Case;
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_interval_around_the_figure() {
        let rows: Vec<_> =
            (0..200).map(|at| Case { score: at % 7, day: at % 31, found: at % 5 == 0 }).collect();
        let cases = Cases::new(&rows);
        let figures = |order: &Order| Some([order.days_sooner()?]);
        let [first] = bootstrap(&cases, 200, 1, figures).unwrap();
        assert_eq!(bootstrap(&cases, 200, 1, figures), Some([first]));
        assert_ne!(bootstrap(&cases, 200, 2, figures), Some([first]));
        assert!(first.low < first.value && first.value < first.high, "{first:?}");
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (0..=1000).map(f64::from).collect();
        assert_eq!((quantile(&values, 25), quantile(&values, 975)), (Some(25.0), Some(975.0)));
        assert_eq!(quantile(&[], 25), None);
    }
}
