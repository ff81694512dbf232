//! The main job as officers do it: permit → mark → record → class → draw → result → list → check → profile.
//!
//! Every step goes through the services' own RPCs with the token of an office that may take it. The demo of the product does the same
//! with code of its own; here each step is checked against what the generated city says must come out.

mod after;
mod attention;
mod before;
mod during;
mod import;
pub mod promise;

pub use after::{check, decide_entry, list_serious, list_serious_since, profile};
pub use attention::{COMPLAINTS, attention, complaints};
pub use before::{confirm_marks, marked_by, marks_in};
pub use during::{
    approve, close, draw, enter_and_review, full_proof, publish_plan, register_inspectors, score, visits_of,
};
pub use import::{Taken, enterprises, records, tickets};

use standalone::demo::city::City;

use crate::people::People;
use crate::wait;

/// Brings a generated city into the register and the collection, and waits until all services have read it.
pub async fn fill(people: &People, city: &City) -> (Taken, Taken, Taken) {
    let registered = enterprises(&people.officer("importer", "LEGAL"), city.enterprises.clone()).await;
    let collected = records(&people.officer("importer", "LEGAL"), city.records.clone()).await;
    let called = tickets(&people.officer("hotline", "CREDIT"), city.tickets.clone()).await;
    wait::quiet(people).await;
    (registered, collected, called)
}
