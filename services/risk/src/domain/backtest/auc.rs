//! The area under the ROC curve: how often a visit that found something had a higher score than one that did not.

use super::interval::Interval;
use super::order::{Case, real};

/// Standard deviations on either side that hold 95 % of a normal distribution.
const NORMAL_95: f64 = 1.959_964;

/// The area with its 95 % interval after DeLong, DeLong and Clarke-Pearson (1988). `None` where all found it or none did.
pub fn auc(cases: &[Case]) -> Option<Interval> {
    let scores = |found: bool| cases.iter().filter(move |case| case.found == found).map(|case| case.score);
    let all = ranks(cases.iter().map(|case| case.score).collect());
    let (with, without) = (ranks(scores(true).collect()), ranks(scores(false).collect()));
    let (m, n) = (real(with.len()), real(without.len()));
    if with.is_empty() || without.is_empty() {
        return None;
    }
    // For each visit the share of the other side that it beats, ties counted half: the placements of the paper.
    let of_all = |found: bool| cases.iter().zip(&all).filter(move |(case, _)| case.found == found);
    let beats: Vec<f64> = of_all(true).zip(&with).map(|((_, all), own)| (all - own) / n).collect();
    let beaten: Vec<f64> = of_all(false).zip(&without).map(|((_, all), own)| 1.0 - (all - own) / m).collect();
    let value = beats.iter().sum::<f64>() / m;
    let error = (variance(&beats, value) / m + variance(&beaten, value) / n).sqrt();
    let bound = |side: f64| (value + side * NORMAL_95 * error).clamp(0.0, 1.0);
    Some(Interval { value, low: bound(-1.0), high: bound(1.0) })
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: Vec<i64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|at| values[*at]);
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for at in tied {
            ranks[*at] = real(before) + real(tied.len() + 1) / 2.0;
        }
        before += tied.len();
    }
    ranks
}

fn variance(values: &[f64], mean: f64) -> f64 {
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / real(values.len().saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(with: &[i64], without: &[i64]) -> Vec<Case> {
        let side = |scores: &[i64], found| -> Vec<Case> {
            scores.iter().map(|&score| Case { score, day: 0, found }).collect()
        };
        [side(with, true), side(without, false)].concat()
    }

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    #[test]
    fn it_is_the_share_of_pairs_in_the_right_order() {
        // 4 beats both, 2 beats one and ties none, 1 ties one: (2 + 1 + 0.5) of 6 pairs.
        let area = auc(&cases(&[4, 2, 1], &[1, 3])).unwrap();
        close(area.value, 3.5 / 6.0);
        // Placements 1, 0.5, 0.25 and (1 + 1 + 0.5) / 3, 1 / 3; variances 7/48 and 1/8.
        let error = (7.0_f64 / 48.0 / 3.0 + 0.125 / 2.0).sqrt();
        close(area.low, (3.5 / 6.0 - NORMAL_95 * error).max(0.0));
        close(area.high, 1.0_f64.min(3.5 / 6.0 + NORMAL_95 * error));
    }

    #[test]
    fn a_perfect_order_has_all_and_a_constant_score_half() {
        close(auc(&cases(&[3, 4], &[1, 2])).unwrap().value, 1.0);
        close(auc(&cases(&[1, 1], &[1, 1, 1])).unwrap().value, 0.5);
        assert_eq!(auc(&cases(&[1], &[])), None);
    }
}
