//! Complaints, the scans over them, and the signals and flags that came of it. Who reads is noted by the caller, before the answer
//! leaves.

mod complaint;
mod decide;
mod list;
mod read;
mod scan;
mod signal_row;

pub use complaint::{ComplaintBatch, ComplaintFact, MarkFact, PartyFact};
pub use decide::Decision;
pub use list::{Ended, SignalFilter};
