//! Which registered party a name that somebody wrote down may mean (machine 2, `Unmatched`; machine 4, `Matched`).
//!
//! Pure: names, places and divisions in, candidates with a score and its reasons out. [`Directory`] finds the few parties
//! worth a look among all of them (blocking), [`name_similarity`] compares two names, [`judge`] weighs the name with place
//! and division. It never decides: a record is attached by two officers, whatever the score says.

mod address;
mod directory;
mod edit;
mod fold;
mod forms;
mod pinyin;
mod score;
mod similarity;

pub use directory::{Candidate, Directory, Known};
pub use score::{Judgement, Reason, ReasonKind, Sought, judge};
pub use similarity::{SAME_NAME, name_similarity};
