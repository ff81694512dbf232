//! Remedies against the decisions behind records: accepted, suspending or not, ended; what each does to the record.

mod enforcement;
mod erase;
mod list;
mod outcome;
mod register;
mod row;

pub use enforcement::Order;
pub(super) use erase::{erase_of, open_of};
pub use outcome::Outcome;
pub use register::NewRemedy;

use chrono::NaiveDate;
use service::{Error as Common, FieldErrors};

/// A day of a remedy does not lie before what it follows.
fn not_before(day: NaiveDate, earliest: NaiveDate, path: &str, what: &str) -> Result<(), Common> {
    if day >= earliest {
        return Ok(());
    }
    Err(FieldErrors::one(path, format!("lies before {what} of {earliest}")).into())
}

/// The day that a stored remedy names.
fn stored_day(text: &str, name: &str) -> Result<NaiveDate, Common> {
    domain::parse_date(text).map_err(|problem| Common::corrupt(format!("{name}: {problem}")))
}
