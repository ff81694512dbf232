//! Control of the false discovery rate (Benjamini and Hochberg 1995).

/// The q-value of each p-value: the lowest level at which it is among the discoveries, when `tests` hypotheses were tested in all.
/// Those that are not in `p_values` count with a p-value of 1.
pub fn q_values(p_values: &[f64], tests: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (index, place) in order.iter().enumerate().rev() {
        least = least.min(p_values[*place] * share(tests, index + 1));
        q_values[*place] = least;
    }
    q_values
}

#[allow(clippy::cast_precision_loss, reason = "counts of tests are far below 2^52")]
fn share(tests: usize, rank: usize) -> f64 {
    tests as f64 / rank as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_authors_rejects_four_of_fifteen() {
        // Benjamini and Hochberg 1995, section 3.2: 15 tests at level 0.05.
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let rejected = q_values(&p_values, 15).into_iter().filter(|q| *q <= 0.05).count();
        assert_eq!(rejected, 4);
    }

    #[test]
    fn the_order_does_not_matter_and_untested_ones_count() {
        let q_values_of =
            |p: &[f64], tests| q_values(p, tests).iter().map(|q| (q * 1e6).round()).collect::<Vec<_>>();
        assert_eq!(q_values_of(&[0.02, 0.001], 2), [20_000.0, 2_000.0]);
        assert_eq!(q_values_of(&[0.02, 0.001], 20), [200_000.0, 20_000.0]);
        assert_eq!(q_values_of(&[0.9, 0.8], 100), [1e6, 1e6]);
        assert_eq!(q_values(&[], 0), Vec::<f64>::new());
    }
}
