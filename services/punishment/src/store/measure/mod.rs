//! Joint measures: derived and ended in the transaction that publishes or ends their entry, or by a job that follows the records; told to
//! systems, reported on.

mod act;
mod care;
mod derive;
mod list;
mod push;
mod record;
mod report;
mod row;
mod step;

pub use act::{ContestAnswer, MeasureChange};
pub use list::MeasureFilter;
pub use push::MeasureOwner;
pub use report::UseCount;
pub(crate) use report::UseRow;

/// Kind of the event that tells of a measure.
const CHANGED: &str = "punishment.measure.changed";
/// Kind of the event that tells of its use.
const REPORTED: &str = "punishment.measure.reported";
