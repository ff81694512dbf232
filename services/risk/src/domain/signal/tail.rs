//! The upper tail of a compound negative binomial distribution, exactly.

/// Below this nothing is said: differences so small are rounding.
pub const SMALLEST: f64 = 1e-12;
/// Largest weighted count that is computed; what lies above is at least as unlikely as this.
const LARGEST: usize = 5_000;

/// How many events are expected and how far the true rate may lie from that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Expected number of events; above 0.
    pub mean: f64,
    /// Variance of the rate over its mean squared; above 0.
    pub spread: f64,
}

/// The chance that the weights of all events come to `at_least` or more. `shares[w - 1]` is the share of events of weight `w`; they
/// add up to 1.
///
/// With N negative binomial of mean μ and shape r = 1 / spread, the sum is in Panjer's class: g(0) = (1 + β)^-r and
/// g(y) = Σ_w (a + b·w/y) f(w) g(y − w), with β = μ / r, a = β / (1 + β), b = (r − 1) a (Panjer 1981).
pub fn upper(rate: Rate, shares: &[f64], at_least: u64) -> f64 {
    if at_least == 0 {
        return 1.0;
    }
    let shape = 1.0 / rate.spread;
    let beta = rate.mean / shape;
    let a = beta / (1.0 + beta);
    let b = (shape - 1.0) * a;
    let bound = usize::try_from(at_least).unwrap_or(LARGEST).min(LARGEST);
    let mut density = Vec::with_capacity(bound);
    density.push((1.0 + beta).powf(-shape));
    for sum in 1..bound {
        let of = |(index, share): (usize, &f64)| {
            let weight = index + 1;
            if weight > sum { 0.0 } else { (a + b * ratio(weight, sum)) * share * density[sum - weight] }
        };
        density.push(shares.iter().enumerate().map(of).sum());
    }
    (1.0 - density.iter().sum::<f64>()).clamp(SMALLEST, 1.0)
}

#[allow(clippy::cast_precision_loss, reason = "both are at most a few thousand")]
fn ratio(weight: usize, sum: usize) -> f64 {
    weight as f64 / sum as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn with_shape_one_and_equal_weights_it_is_the_geometric_tail() {
        // P(N >= n) = (μ / (1 + μ))^n.
        for n in 0..12 {
            close(
                upper(Rate { mean: 2.0, spread: 1.0 }, &[1.0], n),
                (2.0_f64 / 3.0).powi(n.try_into().unwrap()),
            );
        }
    }

    #[test]
    fn with_hardly_any_spread_it_is_the_poisson_tail() {
        let poisson = 1.0 - (-3.0_f64).exp() * (1.0 + 3.0 + 4.5 + 4.5);
        let found = upper(Rate { mean: 3.0, spread: 1e-9 }, &[1.0], 4);
        assert!((found - poisson).abs() < 1e-6, "{found} is not {poisson}");
    }

    #[test]
    fn if_every_event_weighs_two_an_odd_bound_is_the_next_even_one() {
        let rate = Rate { mean: 1.5, spread: 0.4 };
        close(upper(rate, &[0.0, 1.0], 5), upper(rate, &[0.0, 1.0], 6));
        close(upper(rate, &[0.0, 1.0], 6), upper(rate, &[1.0], 3));
    }

    #[test]
    fn more_is_never_likelier_and_a_higher_rate_never_makes_it_less_likely() {
        let shares = [0.7, 0.3];
        let mut last = 1.0;
        for at_least in 1..60 {
            let found = upper(Rate { mean: 4.0, spread: 0.3 }, &shares, at_least);
            assert!(found <= last, "{at_least}");
            assert!(upper(Rate { mean: 5.0, spread: 0.3 }, &shares, at_least) >= found, "{at_least}");
            last = found;
        }
        assert!(last < 1e-4);
    }

    #[test]
    fn what_is_beyond_all_doubt_is_told_as_the_smallest() {
        assert_eq!(upper(Rate { mean: 0.01, spread: 0.25 }, &[1.0], u64::MAX), SMALLEST);
    }
}
