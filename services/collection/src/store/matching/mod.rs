//! Matches: proposed by one officer, decided by another; what they attach and detach.

mod decide;
mod erase;
mod list;
mod propose;
mod row;
mod subject;

pub use decide::Decision;
pub(super) use erase::{erase_of, live_of};
pub use list::MatchFilter;
pub use propose::{Proposal, UndoRequest};
pub(crate) use row::reasons_to_pb;
pub(super) use row::{move_one, move_with};
pub use subject::Subject;
