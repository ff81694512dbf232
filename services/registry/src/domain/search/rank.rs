//! The order of what was found.

use domain::Uscc;

/// How a name fits what was sought, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is what was sought.
    Same,
    /// It is what was sought, but for the form of the company.
    SameButForm,
    /// It begins with what was sought.
    Begins,
    /// It holds what was sought.
    Holds,
    /// It holds what was sought without the form of the company.
    HoldsButForm,
    /// It holds every part of what was sought, apart from each other.
    HoldsTerms,
}

/// Place of a found enterprise among the others: a better fit first, then the shorter name, of which more was sought, then
/// the earlier place in it. No two enterprises have the same one, so that a page can begin where another ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// How its name fits.
    pub fit: Fit,
    /// Characters of the name that count.
    pub length: usize,
    /// Where in the name the fit begins, from 0.
    pub position: usize,
    /// The enterprise.
    pub uscc: Uscc,
}

impl Rank {
    /// The rank as text, for the token of a page.
    pub fn to_token(&self) -> String {
        format!("{}.{}.{}.{}", self.fit as u8, self.length, self.position, self.uscc)
    }

    /// A rank from its text; `None` when it is none.
    pub fn from_token(text: &str) -> Option<Self> {
        const FITS: [Fit; 6] =
            [Fit::Same, Fit::SameButForm, Fit::Begins, Fit::Holds, Fit::HoldsButForm, Fit::HoldsTerms];
        let mut parts = text.split('.');
        let fit = *FITS.get(parts.next()?.parse::<usize>().ok()?)?;
        let length = parts.next()?.parse().ok()?;
        let position = parts.next()?.parse().ok()?;
        let uscc = Uscc::parse(parts.next()?).ok()?;
        parts.next().is_none().then_some(Self { fit, length, position, uscc })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_survives_as_text_and_nothing_else_is_one() {
        let uscc = Uscc::parse("91370000723286858L").unwrap();
        for fit in [Fit::Same, Fit::HoldsTerms] {
            let rank = Rank { fit, length: 200, position: 7, uscc: uscc.clone() };
            assert_eq!(Rank::from_token(&rank.to_token()), Some(rank));
        }
        for text in ["", "6.1.1.91370000723286858L", "0.1.91370000723286858L", "0.1.1.91370000723286858L.1"] {
            assert_eq!(Rank::from_token(text), None, "{text}");
        }
    }
}
