//! The papers of an application, and what is missing: asked for once, in one list.

use chrono::NaiveDate;
use rulebook::Rulebook;

/// Set of the papers that an application needs.
const PAPERS: &str = "repair_paper";

/// A paper, by the digest of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Kind, a code of the set `repair_paper`.
    pub kind: String,
    /// SM3 of the file, 64 characters of lower-case hex.
    pub digest: String,
    /// What it is.
    pub title: String,
}

/// Kinds of paper that the law of a day asks for and that are not among those given.
pub fn missing_papers<'b>(book: &'b Rulebook, given: &[&str], on: NaiveDate) -> Vec<&'b str> {
    book.codes(PAPERS, on).map(|code| code.code.as_str()).filter(|code| !given.contains(code)).collect()
}

/// Of the gaps of a later answer, those that the first list did not name: an authority asks once (一次性告知).
pub fn gaps_beyond<'g>(first: &[&str], later: &[&'g str]) -> Vec<&'g str> {
    later.iter().copied().filter(|kind| !first.contains(kind)).collect()
}
