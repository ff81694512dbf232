//! Letters of commitment, their texts and the keys that attest to them: the tables `commitment…` and `signing_key`.

mod breach;
mod breach_row;
mod check;
mod coverage;
mod finding;
mod issue;
mod list;
mod push;
mod recall;
mod retention;
mod revoke;
mod row;
mod sign;
mod signing_key;
mod step;
mod template;
mod term;

pub use breach::{BreachFilter, BreachRequest};
pub use check::Found;
pub use coverage::{CoverageFilter, Covered, Missing};
pub use issue::Issue;
pub use list::{CommitmentFilter, TemplateFilter};
pub use retention::Extension;
pub use sign::{Returned, SignedLetter};
pub use signing_key::SigningKey;
pub use step::LetterRequest;
pub use template::NewVersion;

pub(super) use push::{acknowledge, letter_of};
