//! Sets of codes as one text.

use std::collections::BTreeSet;

/// A set of codes or numbers: sorted, without repeats, none empty and none with a line feed.
///
/// Kept as one text with a line feed between the members, so that equal sets are equal texts on both engines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(BTreeSet<String>);

impl Codes {
    /// The members of a text written by [`Codes::to_text`].
    pub fn from_text(text: &str) -> Self {
        text.lines().collect()
    }

    /// The members, sorted, a line feed between them.
    pub fn to_text(&self) -> String {
        self.iter().collect::<Vec<_>>().join("\n")
    }

    /// The members, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The members as a list, sorted.
    pub fn to_vec(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds every member of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }
}

impl<T: Into<String>> FromIterator<T> for Codes {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        Self(members.into_iter().map(Into::into).filter(|member: &String| !member.is_empty()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_as_text_in_one_order() {
        let set: Codes = ["SeRepair", "SeAlter", "SeRepair", ""].into_iter().collect();
        assert_eq!(set.to_text(), "SeAlter\nSeRepair");
        assert_eq!(Codes::from_text(&set.to_text()), set);
        assert!(Codes::from_text("").is_empty());
    }
}
