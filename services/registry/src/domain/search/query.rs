//! What is sought.

use domain::{LegalName, without_company_form};

use super::letters;
use super::rank::Fit;

/// A name or a part of one, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All that was typed, folded.
    pub(super) whole: Vec<char>,
    /// The same without the form of the company; the whole where nothing else was typed.
    pub(super) core: Vec<char>,
    /// The parts of the core that stood between blanks.
    pub(super) terms: Vec<Vec<char>>,
}

/// Why a text cannot be sought.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// No letter, no digit, no character of a script.
    #[error("holds nothing to look for")]
    Empty,
    /// Longer than any name.
    #[error("has {found} characters, a name has at most {}", LegalName::LONGEST)]
    TooLong {
        /// Number of characters found.
        found: usize,
    },
}

impl Query {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`InvalidQuery`] when there is nothing to look for, or too much.
    pub fn parse(text: &str) -> Result<Self, InvalidQuery> {
        let found = text.chars().count();
        if found > LegalName::LONGEST {
            return Err(InvalidQuery::TooLong { found });
        }
        let whole = letters(text);
        if whole.is_empty() {
            return Err(InvalidQuery::Empty);
        }
        let core = match without_company_form(&whole) {
            "" => &whole,
            core => core,
        };
        let core: Vec<char> = core.chars().collect();
        Ok(Self { terms: terms(text, core.len()), whole: whole.chars().collect(), core })
    }

    /// How well a name fits, both folded; `None` when it does not.
    pub(super) fn fit(&self, name: &[char]) -> Option<(Fit, usize)> {
        if let Some(at) = position(name, &self.whole) {
            let fit = match at {
                0 if name.len() == self.whole.len() => Fit::Same,
                0 if is_company_form(&name[self.whole.len()..]) => Fit::SameButForm,
                0 => Fit::Begins,
                _ => Fit::Holds,
            };
            return Some((fit, at));
        }
        if let Some(at) = position(name, &self.core) {
            let fit = if at == 0 && is_company_form(&name[self.core.len()..]) {
                Fit::SameButForm
            } else {
                Fit::HoldsButForm
            };
            return Some((fit, at));
        }
        let first = position(name, self.terms.first()?)?;
        self.terms.iter().all(|term| position(name, term).is_some()).then_some((Fit::HoldsTerms, first))
    }
}

/// The parts between blanks, folded, as far as they lie in the first `most` characters.
fn terms(text: &str, most: usize) -> Vec<Vec<char>> {
    let mut left = most;
    let mut cut = |part: &str| {
        let term: Vec<char> = letters(part).chars().take(left).collect();
        left -= term.len();
        term
    };
    text.split_whitespace().map(&mut cut).filter(|term| !term.is_empty()).collect()
}

fn is_company_form(rest: &[char]) -> bool {
    let rest: String = rest.iter().collect();
    without_company_form(&rest).is_empty()
}

/// Where `part` stands in `name` first.
fn position(name: &[char], part: &[char]) -> Option<usize> {
    let (first, rest) = part.split_first()?;
    let last = name.len().checked_sub(part.len())?;
    (0..=last).find(|at| name[*at] == *first && name[at + 1..].starts_with(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(query: &str, name: &str) -> Option<Fit> {
        let name: Vec<char> = letters(name).chars().collect();
        Query::parse(query).unwrap().fit(&name).map(|(fit, _)| fit)
    }

    #[test]
    fn a_name_fits_in_every_spelling_of_it() {
        for query in [
            "泉福食品（济南）有限公司",
            "泉福食品(济南)有限公司",
            " 泉福 食品 济南 有限公司",
            "泉福食品济南有限公司",
        ] {
            assert_eq!(fit(query, "泉福食品（济南）有限公司"), Some(Fit::Same), "{query}");
        }
        assert_eq!(fit("ａｂｃ食品", "ABC食品"), Some(Fit::Same));
    }

    #[test]
    fn a_name_fits_in_traditional_characters_and_one_registered_so_fits_in_simplified_ones() {
        assert_eq!(fit("濟南食品", "济南食品"), Some(Fit::Same));
        assert_eq!(fit("濟南食品有限責任公司", "济南食品有限公司"), Some(Fit::SameButForm));
        assert_eq!(fit("台湾面业", "臺灣麵業（濟南）有限公司"), Some(Fit::Begins));
        assert_eq!(fit("餅乾", "济南饼干厂"), Some(Fit::Holds));
    }

    #[test]
    fn the_form_of_a_company_may_be_left_out_or_mistaken() {
        for query in ["济南泉福食品", "济南泉福食品公司", "济南泉福食品有限责任公司"]
        {
            assert_eq!(fit(query, "济南泉福食品有限公司"), Some(Fit::SameButForm), "{query}");
        }
        assert_eq!(fit("泉福食品有限责任公司", "济南泉福食品有限公司"), Some(Fit::HoldsButForm));
    }

    #[test]
    fn a_branch_is_not_its_company() {
        assert_eq!(fit("泉福食品有限公司历下分公司", "泉福食品有限公司"), None);
        assert_eq!(fit("泉福食品有限公司", "泉福食品有限公司历下分公司"), Some(Fit::Begins));
    }

    #[test]
    fn a_part_fits_at_the_beginning_and_inside() {
        assert_eq!(fit("济南泉", "济南泉福食品有限公司"), Some(Fit::Begins));
        assert_eq!(fit("福食", "济南泉福食品有限公司"), Some(Fit::Holds));
        assert_eq!(fit("福品", "济南泉福食品有限公司"), None);
    }

    #[test]
    fn parts_between_blanks_may_stand_apart() {
        assert_eq!(fit("历下 烘焙 有限公司", "济南历下泉福烘焙店"), Some(Fit::HoldsTerms));
        assert_eq!(fit("历下 餐饮", "济南历下泉福烘焙店"), None);
    }

    #[test]
    fn a_form_alone_is_sought_as_it_stands() {
        assert_eq!(fit("有限公司", "济南泉福食品有限公司"), Some(Fit::Holds));
        assert_eq!(fit("有限公司", "泉福烘焙店"), None);
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(Query::parse(" （）·"), Err(InvalidQuery::Empty));
        assert_eq!(Query::parse(&"济".repeat(201)), Err(InvalidQuery::TooLong { found: 201 }));
    }
}
