//! Points and measured values: integer hundredths, so that 60 and 60.01 fall on the right sides of a bound.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, Sub},
};

use serde::{Deserialize, Deserializer, de};

/// A number with two decimals, exact: points, counts, days, yuan. Sums and differences saturate instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hundredths(i64);

/// Largest number that a model may write: what lies above is a slip of the pen.
const LARGEST: f64 = 1e12;

/// The text or number is not one with at most two decimals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a number with at most two decimals")]
pub struct InvalidNumber(String);

impl Hundredths {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `value` hundredths.
    pub const fn from_e2(value: i64) -> Self {
        Self(value)
    }

    /// The whole number `value`.
    pub const fn whole(value: i64) -> Self {
        Self(value.saturating_mul(100))
    }

    /// The number of hundredths.
    pub const fn e2(self) -> i64 {
        self.0
    }

    /// Reads a decimal such as `60`, `-3` or `60.01`.
    ///
    /// # Errors
    /// [`InvalidNumber`] for another form or more than two decimals.
    pub fn parse(text: &str) -> Result<Self, InvalidNumber> {
        let refused = || InvalidNumber(text.chars().take(40).collect());
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed = !whole.is_empty() && whole.len() <= 13 && decimals.len() <= 2;
        if !well_formed || !plain(whole) || !plain(decimals) {
            return Err(refused());
        }
        let e2: i64 = format!("{whole}{decimals:0<2}").parse().map_err(|_| refused())?;
        Ok(Self(if negative { -e2 } else { e2 }))
    }

    /// A number as YAML read it. Two decimals of this size survive the way through binary floating point.
    fn from_f64(value: f64) -> Result<Self, InvalidNumber> {
        let e2 = (value * 100.0).round();
        let exact = value.is_finite() && value.abs() <= LARGEST && (value * 100.0 - e2).abs() < 1e-3;
        if !exact {
            return Err(InvalidNumber(value.to_string()));
        }
        // The bound above keeps it far inside the range of i64.
        Ok(Self(e2 as i64))
    }
}

impl Add for Hundredths {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Hundredths {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Hundredths {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match size % 100 {
            0 => write!(formatter, "{sign}{}", size / 100),
            decimals if decimals % 10 == 0 => write!(formatter, "{sign}{}.{}", size / 100, decimals / 10),
            decimals => write!(formatter, "{sign}{}.{decimals:02}", size / 100),
        }
    }
}

impl<'de> Deserialize<'de> for Hundredths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_f64(f64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_decimals_are_exact() {
        for (text, e2) in [
            ("60", 6000),
            ("60.01", 6001),
            ("0.5", 50),
            ("-3", -300),
            ("1000000000000.99", 100_000_000_000_099),
        ] {
            assert_eq!(Hundredths::parse(text).unwrap().e2(), e2, "{text}");
        }
        assert_eq!(Hundredths::from_f64(60.01).unwrap().e2(), 6001);
        assert_eq!(Hundredths::from_f64(0.29).unwrap().e2(), 29);
    }

    #[test]
    fn a_third_decimal_and_other_texts_are_refused() {
        for text in ["60.001", "", ".5", "1e3", "６０", "--1", "true", "ABCD", "99999999999999"] {
            assert!(Hundredths::parse(text).is_err(), "{text}");
        }
        assert!(Hundredths::from_f64(60.001).is_err());
        assert!(Hundredths::from_f64(f64::NAN).is_err());
    }

    #[test]
    fn it_prints_as_people_write_it() {
        for (e2, text) in [(6001, "60.01"), (6000, "60"), (6050, "60.5"), (-50, "-0.5")] {
            assert_eq!(Hundredths::from_e2(e2).to_string(), text);
        }
    }
}
