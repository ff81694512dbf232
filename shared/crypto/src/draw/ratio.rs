//! The exact share of a stratum that is drawn.

/// A share p/q between 0 and 1, kept as announced (never reduced), so that the table prints what was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    p: u64,
    q: u64,
}

/// A pair of numbers that is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRatio {
    /// The denominator is zero.
    #[error("the ratio {0}/0 has no value")]
    ZeroDenominator(u64),
    /// More than all would be drawn.
    #[error("the ratio {p}/{q} is greater than 1")]
    AboveOne {
        /// Numerator.
        p: u64,
        /// Denominator.
        q: u64,
    },
    /// The exact product does not fit 64 bits.
    #[error("the raised ratio does not fit 64 bits; use a weight with smaller numbers")]
    TooLarge,
}

impl Ratio {
    /// The share p/q.
    ///
    /// # Errors
    /// When q is zero or p is greater than q.
    pub fn new(p: u64, q: u64) -> Result<Self, InvalidRatio> {
        match (p, q) {
            (p, 0) => Err(InvalidRatio::ZeroDenominator(p)),
            (p, q) if p > q => Err(InvalidRatio::AboveOne { p, q }),
            _ => Ok(Self { p, q }),
        }
    }

    /// Numerator.
    pub fn p(self) -> u64 {
        self.p
    }

    /// Denominator, never zero.
    pub fn q(self) -> u64 {
        self.q
    }

    /// min(1, r · weight) for objects with an attention flag or a key-supervision measure; weight = w.0/w.1.
    ///
    /// # Errors
    /// When the weight has a zero denominator, or the reduced product does not fit.
    pub fn raised(self, weight: (u64, u64)) -> Result<Self, InvalidRatio> {
        if weight.1 == 0 {
            return Err(InvalidRatio::ZeroDenominator(weight.0));
        }
        let p = u128::from(self.p) * u128::from(weight.0);
        let q = u128::from(self.q) * u128::from(weight.1);
        if p >= q {
            return Ok(Self { p: 1, q: 1 });
        }
        let divisor = gcd(p, q);
        let fit = |n: u128| u64::try_from(n / divisor).map_err(|_| InvalidRatio::TooLarge);
        Ok(Self { p: fit(p)?, q: fit(q)? })
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_one_are_shares() {
        assert!(Ratio::new(0, 1).is_ok());
        assert!(Ratio::new(1, 1).is_ok());
    }

    #[test]
    fn more_than_all_and_nothing_of_nothing_are_refused() {
        assert_eq!(Ratio::new(5, 4), Err(InvalidRatio::AboveOne { p: 5, q: 4 }));
        assert_eq!(Ratio::new(0, 0), Err(InvalidRatio::ZeroDenominator(0)));
    }

    #[test]
    fn a_weight_raises_a_share_exactly_and_never_above_all() {
        let fifth = Ratio::new(1, 5).unwrap();
        assert_eq!(fifth.raised((3, 2)), Ratio::new(3, 10));
        assert_eq!(fifth.raised((7, 1)), Ratio::new(1, 1));
        assert_eq!(Ratio::new(0, 1).unwrap().raised((9, 1)), Ratio::new(0, 1));
        assert_eq!(fifth.raised((1, 0)), Err(InvalidRatio::ZeroDenominator(1)));
        let odd = Ratio::new(1, u64::MAX).unwrap();
        assert_eq!(odd.raised((2, 7)), Err(InvalidRatio::TooLarge));
    }
}
