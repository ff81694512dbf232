//! Published figures that nobody could know when the draw was announced, and the rules that read them.

use super::word;

/// Most digits one round may give.
const MAX_DIGITS: usize = 1024;

/// A named way from published figures to digits. It is announced, so that the reader has no choice later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntropyRule {
    /// `digits`: the ASCII digits in their order. Blanks and ASCII punctuation between them are skipped; a letter or
    /// any other sign is refused, because it could be a figure in another script.
    Digits,
}

/// Why figures cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntropyRefused {
    /// The figures hold no digit.
    #[error("the figures `{0}` hold no digit")]
    NoDigit(String),
    /// The figures hold a sign the rule does not know.
    #[error("`{found}` at position {position} of the figures is neither a digit nor punctuation")]
    Sign {
        /// Position of the sign in characters, from 0.
        position: usize,
        /// The sign.
        found: char,
    },
    /// More digits than one round may give.
    #[error("the figures have {0} characters, the most is 1024")]
    TooLong(usize),
    /// The text is not digits only, as the rule writes them.
    #[error("`{0}` is not what rule `digits` gives: ASCII digits and nothing else")]
    NotByRule(String),
    /// The figures are of a round that was not announced.
    #[error("round `{found}` was not announced; announced are `{announced}` and, as fallback, `{fallback}`")]
    OtherRound {
        /// The round the figures come from.
        found: String,
        /// The announced round.
        announced: String,
        /// The announced fallback round.
        fallback: String,
    },
    /// The round has no proper name.
    #[error(transparent)]
    Word(#[from] word::InvalidWord),
}

impl EntropyRule {
    /// The name in the announcement.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
        }
    }

    /// The rule of that name.
    pub fn named(name: &str) -> Option<Self> {
        (name == Self::Digits.as_str()).then_some(Self::Digits)
    }

    /// Reads the figures a source published for a round.
    ///
    /// # Errors
    /// When the figures hold no digit, too many, or a sign the rule does not know.
    pub fn read(self, round: &str, figures: &str) -> Result<Entropy, EntropyRefused> {
        if figures.len() > MAX_DIGITS {
            return Err(EntropyRefused::TooLong(figures.len()));
        }
        let skipped = |c: char| c.is_ascii_whitespace() || c.is_ascii_punctuation();
        let mut digits = String::new();
        for (position, found) in figures.chars().enumerate() {
            match found {
                digit if digit.is_ascii_digit() => digits.push(digit),
                sign if skipped(sign) => {}
                _ => return Err(EntropyRefused::Sign { position, found }),
            }
        }
        Entropy::of_digits(round, &digits).map_err(|refused| match refused {
            EntropyRefused::NotByRule(_) => EntropyRefused::NoDigit(figures.to_owned()),
            other => other,
        })
    }
}

/// The digits of one published round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entropy {
    round: String,
    digits: String,
}

impl Entropy {
    /// Takes digits that a rule has already read, as a proof carries them.
    ///
    /// # Errors
    /// When the text is empty, too long, or holds anything but ASCII digits.
    pub fn of_digits(round: &str, digits: &str) -> Result<Self, EntropyRefused> {
        word::check_ascii("entropy round", round)?;
        if digits.len() > MAX_DIGITS {
            return Err(EntropyRefused::TooLong(digits.len()));
        }
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EntropyRefused::NotByRule(digits.to_owned()));
        }
        Ok(Self { round: round.to_owned(), digits: digits.to_owned() })
    }

    /// The round the digits come from: the announced one or its fallback.
    pub fn round(&self) -> &str {
        &self.round
    }

    /// The digits, as they enter the seed.
    pub fn digits(&self) -> &str {
        &self.digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(figures: &str) -> Result<String, EntropyRefused> {
        EntropyRule::Digits.read("2026321", figures).map(|entropy| entropy.digits)
    }

    #[test]
    fn digits_are_read_in_order_through_blanks_and_punctuation() {
        assert_eq!(read("4, 2 3").unwrap(), "423");
        assert_eq!(read("0-0-7").unwrap(), "007");
    }

    #[test]
    fn letters_and_digits_of_other_scripts_are_refused_with_their_position() {
        assert_eq!(read("42３"), Err(EntropyRefused::Sign { position: 2, found: '３' }));
        assert_eq!(read("4O2"), Err(EntropyRefused::Sign { position: 1, found: 'O' }));
    }

    #[test]
    fn figures_without_a_digit_or_without_end_are_refused() {
        assert_eq!(read(" - "), Err(EntropyRefused::NoDigit(" - ".into())));
        assert_eq!(read(&"1".repeat(1025)), Err(EntropyRefused::TooLong(1025)));
        assert!(Entropy::of_digits("2026321", "4 2").is_err());
        assert!(Entropy::of_digits("", "42").is_err());
    }
}
