//! Objections to records: lodged, answered by two officers, and what a founded one does to the record.

mod answer;
mod decide;
mod list;
mod lodge;
mod row;

pub use answer::{ProposedAnswer, VerifyByOthers};
pub use decide::AnswerDecision;
pub use lodge::NewObjection;
