//! Objections to records: lodged, answered by two officers, and what a founded one does to the record.

mod answer;
mod decide;
mod erase;
mod list;
mod lodge;
mod row;

pub use answer::{ProposedAnswer, VerifyByOthers};
pub use decide::AnswerDecision;
pub(super) use erase::erase_of;
pub use lodge::NewObjection;
