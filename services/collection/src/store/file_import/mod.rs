//! Imports of files: receiving them, working on them, what became of them.

mod bytes;
mod create;
mod erase;
mod keep;
mod preview;
mod read;
mod row;
mod scope;
mod taken;
mod work;

pub use bytes::FileBytes;
pub use create::NewImport;
pub(super) use erase::erase_refused;
pub use read::RefusedLines;
pub use row::{KeptFault, KeptLine};
pub use taken::{TakenFilter, TakenLine};
pub use work::{Outcome, Progress, Task};
