//! Letters of commitment and their texts: the tables `commitment_template` and `commitment`.

mod breach;
mod breach_row;
mod check;
mod coverage;
mod issue;
mod list;
mod push;
mod row;
mod sign;
mod step;
mod template;
mod term;

pub use breach::{BreachFilter, BreachRequest};
pub use check::Found;
pub use coverage::{CoverageFilter, Covered, Missing};
pub use issue::Issue;
pub use list::{CommitmentFilter, TemplateFilter};
pub use sign::{Returned, SignedLetter};
pub use step::LetterRequest;
pub use template::NewVersion;

pub(super) use push::{acknowledge, letter_of};
