//! Money, exact to the fen (分).

use crate::text::{half_width, trimmed};

const FEN_PER_YUAN: i64 = 100;
const FEN_PER_WAN: i64 = 1_000_000;

/// An amount of renminbi in fen, never negative. The law speaks in 元, exchange files in 万元; inside it is fen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Money(i64);

/// Why a text or number is not an amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// Not digits with at most one decimal point.
    #[error("`{text}` is not an amount: digits, and at most one point with digits after it")]
    Format {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// A part of a fen.
    #[error("`{text}` is not a whole number of fen: at most {decimals} decimals count")]
    Fraction {
        /// The text as given, at most its first 64 characters.
        text: String,
        /// Decimals the unit allows: 2 for 元, 6 for 万元.
        decimals: usize,
    },
    /// A bare number where the unit decides by a factor of ten thousand.
    #[error("`{text}` does not say 元 or 万元")]
    NoUnit {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// Below zero.
    #[error("an amount of money is not negative")]
    Negative,
    /// More than fits (about 92 million 亿元).
    #[error("`{text}` is more money than can be counted")]
    TooLarge {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
}

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount in fen.
    ///
    /// # Errors
    /// [`InvalidMoney::Negative`] below zero.
    pub fn from_fen(fen: i64) -> Result<Self, InvalidMoney> {
        if fen < 0 { Err(InvalidMoney::Negative) } else { Ok(Self(fen)) }
    }

    /// The amount in fen, at least 0.
    pub fn fen(self) -> i64 {
        self.0
    }

    /// Reads an amount that names its unit, such as `5000元` or `3.5 万元`.
    ///
    /// # Errors
    /// [`InvalidMoney::NoUnit`] for a bare number; otherwise as [`Money::parse_yuan`].
    pub fn parse(text: &str) -> Result<Self, InvalidMoney> {
        match trimmed(text) {
            wan if wan.ends_with("万元") => Self::parse_wan(wan),
            yuan if yuan.ends_with('元') => Self::parse_yuan(yuan),
            _ => Err(InvalidMoney::NoUnit { text: cited(text) }),
        }
    }

    /// Reads an amount in 元 with at most two decimals that count; the word 元 may follow.
    ///
    /// # Errors
    /// What is wrong with the text; nothing is rounded.
    pub fn parse_yuan(text: &str) -> Result<Self, InvalidMoney> {
        let number = trimmed(text);
        decimal(text, number.strip_suffix('元').unwrap_or(number), 2)
    }

    /// Reads an amount in 万元 with at most six decimals that count; the word 万元 may follow.
    ///
    /// # Errors
    /// What is wrong with the text; nothing is rounded.
    pub fn parse_wan(text: &str) -> Result<Self, InvalidMoney> {
        let number = trimmed(text);
        decimal(text, number.strip_suffix("万元").unwrap_or(number), 6)
    }

    /// The amount in 元 with exactly two decimals, without the unit: `50000.00`.
    pub fn to_yuan(self) -> String {
        format!("{}.{:02}", self.0 / FEN_PER_YUAN, self.0 % FEN_PER_YUAN)
    }

    /// The amount in 万元 as the exchange standards write it, without the unit and without idle zeros: `3.5`.
    pub fn to_wan(self) -> String {
        let text = format!("{}.{:06}", self.0 / FEN_PER_WAN, self.0 % FEN_PER_WAN);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// The sum; `None` when it is more than can be counted.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

/// Prints 元 with the unit, as an officer reads it: `50000.00元`.
impl std::fmt::Display for Money {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}元", self.to_yuan())
    }
}

impl TryFrom<i64> for Money {
    type Error = InvalidMoney;

    fn try_from(fen: i64) -> Result<Self, Self::Error> {
        Self::from_fen(fen)
    }
}

impl From<Money> for i64 {
    fn from(money: Money) -> Self {
        money.fen()
    }
}

/// What an error cites of a text.
fn cited(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Reads a number exactly and scales it to fen; `text` is what the error cites.
fn decimal(text: &str, number: &str, decimals: usize) -> Result<Money, InvalidMoney> {
    let number: String = trimmed(number).chars().map(half_width).collect();
    if number.starts_with('-') {
        return Err(InvalidMoney::Negative);
    }
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(InvalidMoney::Format { text: cited(text) }),
        None => (number.as_str(), ""),
    };
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
        return Err(InvalidMoney::Format { text: cited(text) });
    }
    let counting = fraction.trim_end_matches('0');
    if counting.len() > decimals {
        return Err(InvalidMoney::Fraction { text: cited(text), decimals });
    }
    let fen = format!("{whole}{counting:0<decimals$}").parse();
    fen.map(Money).map_err(|_| InvalidMoney::TooLarge { text: cited(text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_and_wan_read_exactly() {
        for (text, fen) in [("5000", 500_000), ("0.1", 10), ("１２.34元", 1_234), ("007.10", 710)] {
            assert_eq!(Money::parse_yuan(text).unwrap().fen(), fen, "{text}");
        }
        for (text, fen) in
            [("3.5", 3_500_000), ("0.000001 万元", 1), ("20", 20_000_000), ("1.2000000", 1_200_000)]
        {
            assert_eq!(Money::parse_wan(text).unwrap().fen(), fen, "{text}");
        }
    }

    #[test]
    fn the_unit_in_the_text_decides_and_a_bare_number_is_refused() {
        assert_eq!(Money::parse("3.5万元").unwrap().to_yuan(), "35000.00");
        assert_eq!(Money::parse(" 3.5元 ").unwrap().fen(), 350);
        assert_eq!(Money::parse("3.5"), Err(InvalidMoney::NoUnit { text: "3.5".into() }));
    }

    #[test]
    fn a_part_of_a_fen_is_refused_and_never_rounded() {
        assert!(matches!(Money::parse_yuan("0.001"), Err(InvalidMoney::Fraction { decimals: 2, .. })));
        assert!(matches!(Money::parse_wan("0.0000001"), Err(InvalidMoney::Fraction { decimals: 6, .. })));
    }

    #[test]
    fn texts_that_are_no_amount_are_refused() {
        for text in ["", "1.", ".5", "1,000", "1.2.3", "1e3", "五千", "+5", "1 000"] {
            assert!(matches!(Money::parse_yuan(text), Err(InvalidMoney::Format { .. })), "{text}");
        }
        let endless = Money::parse_yuan(&"9".repeat(10_000)).unwrap_err();
        assert_eq!(endless, InvalidMoney::TooLarge { text: "9".repeat(64) });
        assert_eq!(Money::parse_yuan("-5"), Err(InvalidMoney::Negative));
        assert_eq!(Money::from_fen(-1), Err(InvalidMoney::Negative));
        assert!(matches!(Money::parse_yuan("92233720368547758.08"), Err(InvalidMoney::TooLarge { .. })));
    }

    #[test]
    fn amounts_print_as_the_law_and_as_the_exchange_files_write_them() {
        let fine = Money::from_fen(5_000_000).unwrap();
        assert_eq!((fine.to_string(), fine.to_wan()), ("50000.00元".to_owned(), "5".to_owned()));
        assert_eq!(Money::from_fen(1).unwrap().to_wan(), "0.000001");
        assert_eq!(Money::ZERO.to_wan(), "0");
    }

    #[test]
    fn a_sum_that_does_not_fit_is_seen() {
        let most = Money::from_fen(i64::MAX).unwrap();
        assert_eq!(most.checked_add(Money::from_fen(1).unwrap()), None);
    }

    proptest! {
        #[test]
        fn both_units_round_trip(fen in 0..=i64::MAX) {
            let money = Money::from_fen(fen).unwrap();
            prop_assert_eq!(Money::parse_yuan(&money.to_yuan()).unwrap(), money);
            prop_assert_eq!(Money::parse_wan(&money.to_wan()).unwrap(), money);
            prop_assert_eq!(Money::parse(&money.to_string()).unwrap(), money);
        }
    }
}
