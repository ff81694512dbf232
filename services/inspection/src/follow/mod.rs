//! What inspection reads of other services: copies that can be thrown away and made again, which write no event; and the one act on what
//! another service tells, the withdrawal of a result. What a draw froze does not change with any of it.

mod attention;
mod cases;
mod checks;
mod clues;
mod measures;
mod registry;
mod risk;
mod withdrawals;

pub use attention::Attention;
pub use cases::Cases;
pub use checks::Checks;
pub use clues::{Records, Signals, Tickets};
pub use measures::Measures;
pub use registry::Register;
pub use risk::Classes;
pub use withdrawals::Withdrawals;

/// Origin of the records that our own visits became.
const OWN: &str = "inspection";
