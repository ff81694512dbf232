//! Values of parameters, read by their unit.

use crate::{error::RowProblem, unit::Unit};
use chrono::NaiveDate;
use domain::Money;

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A length, count or year, not negative.
    Integer(i64),
    /// An exact ratio, factor or score.
    Fraction(Fraction),
    /// Yes or no.
    Flag(bool),
    /// An amount.
    Money(Money),
    /// A day of every year.
    MonthDay {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
    /// A word.
    Text(String),
    /// The authority that sets the value has not supplied it.
    NotSupplied,
}

/// An exact fraction p/q in lowest terms; q is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    p: u64,
    q: u64,
}

impl Fraction {
    /// p/q in lowest terms; `None` when q is 0.
    pub fn new(p: u64, q: u64) -> Option<Self> {
        let divisor = greatest_common_divisor(p, q);
        if q == 0 { None } else { Some(Self { p: p / divisor, q: q / divisor }) }
    }

    /// Numerator.
    pub fn p(self) -> u64 {
        self.p
    }

    /// Denominator, at least 1.
    pub fn q(self) -> u64 {
        self.q
    }

    /// The whole number it is, if it is one.
    pub fn whole(self) -> Option<u64> {
        (self.q == 1).then_some(self.p)
    }

    /// Reads decimal digits and divides them by `divisor`; `None` when they are none or do not fit.
    fn parse(text: &str, divisor: u64) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return None;
        }
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let p = format!("{whole}{fraction}").parse().ok()?;
        Self::new(p, scale.checked_mul(divisor)?)
    }
}

impl std::fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.whole() {
            Some(whole) => write!(formatter, "{whole}"),
            None => write!(formatter, "{}/{}", self.p, self.q),
        }
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let cross = |p: u64, q: u64| u128::from(p) * u128::from(q);
        cross(self.p, other.q).cmp(&cross(other.p, self.q))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Value {
    /// Reads a cell by its unit; an empty cell is a value that was not supplied.
    pub(crate) fn parse(text: &str, unit: Unit) -> Result<Self, RowProblem> {
        if text.is_empty() {
            return Ok(Self::NotSupplied);
        }
        let value = match unit {
            Unit::Bool => text.parse().ok().map(Self::Flag),
            Unit::Cny => Money::parse_yuan(text).ok().map(Self::Money),
            Unit::Percent => Fraction::parse(text, 100).map(Self::Fraction),
            Unit::Point | Unit::Multiple => Fraction::parse(text, 1).map(Self::Fraction),
            Unit::MonthDay => month_day(text),
            Unit::Enum => Some(Self::Text(text.to_owned())),
            _ => text.parse::<u32>().ok().map(|number| Self::Integer(number.into())),
        };
        value.ok_or_else(|| RowProblem::Value { value: text.to_owned(), unit: unit.as_str().to_owned() })
    }
}

/// `MM-DD` of a day that every year has.
fn month_day(text: &str) -> Option<Value> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // 2023 is no leap year, so that 02-29 is refused.
    NaiveDate::from_ymd_opt(2023, month, day).map(|_| Value::MonthDay { month, day })
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, unit: Unit) -> Value {
        Value::parse(text, unit).unwrap()
    }

    #[test]
    fn a_percentage_is_an_exact_fraction_of_one() {
        let fraction = |p, q| Value::Fraction(Fraction::new(p, q).unwrap());
        assert_eq!(read("3", Unit::Percent), fraction(3, 100));
        assert_eq!(read("2.5", Unit::Percent), fraction(1, 40));
        assert_eq!(read("100", Unit::Percent), fraction(1, 1));
    }

    #[test]
    fn each_unit_reads_its_own_form() {
        assert_eq!(read("20", Unit::WorkingDay), Value::Integer(20));
        assert_eq!(read("60.5", Unit::Point), Value::Fraction(Fraction::new(121, 2).unwrap()));
        assert_eq!(read("10000", Unit::Cny), Value::Money(Money::from_fen(1_000_000).unwrap()));
        assert_eq!(read("06-30", Unit::MonthDay), Value::MonthDay { month: 6, day: 30 });
        assert_eq!(read("false", Unit::Bool), Value::Flag(false));
        assert_eq!(read("publication_date", Unit::Enum), Value::Text("publication_date".into()));
        assert_eq!(read("", Unit::Cny), Value::NotSupplied);
    }

    #[test]
    fn a_value_that_does_not_fit_its_unit_is_refused() {
        for (text, unit) in [
            ("-1", Unit::WorkingDay),
            ("1.5", Unit::Count),
            ("yes", Unit::Bool),
            ("02-29", Unit::MonthDay),
            ("13-01", Unit::MonthDay),
            ("3%", Unit::Percent),
            ("1.", Unit::Multiple),
            ("1e9", Unit::Cny),
        ] {
            assert!(matches!(Value::parse(text, unit), Err(RowProblem::Value { .. })), "{text} {unit}");
        }
    }

    #[test]
    fn fractions_compare_and_print_exactly() {
        let fraction = |p, q| Fraction::new(p, q).unwrap();
        assert!(fraction(1, 3) < fraction(334, 1000));
        assert_eq!((fraction(10, 4).to_string(), fraction(8, 4).to_string()), ("5/2".into(), "2".into()));
        assert_eq!(Fraction::new(1, 0), None);
    }

    proptest! {
        #[test]
        fn lowest_terms_keep_the_value(p in 0..1_000_000u64, q in 1..1_000_000u64) {
            let fraction = Fraction::new(p, q).unwrap();
            prop_assert_eq!(fraction.p() * q, p * fraction.q());
            prop_assert_eq!(greatest_common_divisor(fraction.p(), fraction.q()), 1);
        }
    }
}
