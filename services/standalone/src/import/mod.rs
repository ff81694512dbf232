//! Import of foreign tables: a mapping says how the columns of a CSV file become enterprises, records and tickets.
//!
//! A mapping is one YAML file a source; it is checked whole, against the contract, before the first row is read. Every row is
//! imported, found to be there already, or refused with field and reason: the counts of a report always add up. Rows travel
//! through the services' own import RPCs; this module never touches a database.

pub(crate) mod columns;
mod convert;
mod expression;
#[cfg(test)]
mod large;
mod mapping;
mod near;
mod read;
mod report;
mod send;
mod source;
mod synthetic;

pub use convert::{Row, RowRefused};
pub use mapping::{Mapping, MappingError, Output, Target};
pub use report::{OutputReport, Refusal, Report};
pub use send::{ImportError, Progress, run};
