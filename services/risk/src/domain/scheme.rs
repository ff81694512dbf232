//! Class schemes: ordered lists of codes. `A` of one scheme is not `A` of another (rules (f)).

/// A class scheme, its codes from the lowest risk to the highest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Identifier, such as `food2016`.
    pub id: String,
    /// Codes with their Chinese labels, the lowest risk first; never empty.
    classes: Vec<(String, String)>,
}

/// Place of a code within its scheme: 0 is the lowest risk.
pub type Rank = usize;

impl Scheme {
    /// A scheme of (code, label), the lowest risk first. `None` without a code or with one twice.
    pub fn new(id: impl Into<String>, classes: Vec<(String, String)>) -> Option<Self> {
        let twice = |at: usize| classes[..at].iter().any(|earlier| earlier.0 == classes[at].0);
        let valid = !classes.is_empty() && !(0..classes.len()).any(twice);
        valid.then(|| Self { id: id.into(), classes })
    }

    /// The place of `code`, if the scheme has it.
    pub fn rank(&self, code: &str) -> Option<Rank> {
        self.classes.iter().position(|(known, _)| known == code)
    }

    /// The code at `rank`; a rank beyond the end is the highest risk.
    pub fn code(&self, rank: Rank) -> &str {
        &self.classes[rank.min(self.highest())].0
    }

    /// The Chinese label at `rank`.
    pub fn label(&self, rank: Rank) -> &str {
        &self.classes[rank.min(self.highest())].1
    }

    /// The place of the highest risk.
    pub fn highest(&self) -> Rank {
        self.classes.len() - 1
    }

    /// All codes, the lowest risk first.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.classes.iter().map(|(code, _)| code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ranked_from_low_to_high_risk() {
        let scheme = Scheme::new("x", vec![("A".into(), "低".into()), ("B".into(), "高".into())]).unwrap();
        assert_eq!((scheme.rank("A"), scheme.rank("B"), scheme.rank("C")), (Some(0), Some(1), None));
        assert_eq!((scheme.code(9), scheme.label(0)), ("B", "低"));
    }

    #[test]
    fn an_empty_scheme_and_a_double_code_are_none() {
        assert_eq!(Scheme::new("x", Vec::new()), None);
        assert_eq!(Scheme::new("x", vec![("A".into(), String::new()), ("A".into(), String::new())]), None);
    }
}
