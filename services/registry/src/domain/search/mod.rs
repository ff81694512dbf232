//! Enterprises by their names, as an officer types them: a part of the name is enough, and width, case, blanks, brackets,
//! simplified or traditional characters and the form of the company do not matter.
//!
//! Pure: names in, codes out in the order of their [`Rank`]. The key of an enterprise is its code, never its name: what is
//! found is shown to a person, who chooses.

mod index;
mod query;
mod rank;

pub use index::Names;
pub use query::{InvalidQuery, Query};
pub use rank::{Fit, Rank};

/// The characters of a name that a search looks at.
fn letters(text: &str) -> String {
    let letters = domain::comparison_key(text);
    letters.chars().filter(|character| character.is_alphanumeric()).map(domain::simplified).collect()
}
