//! What inspection reads of other services: copies that can be thrown away and made again. They write no event, and what a
//! draw froze does not change with them.

mod attention;
mod checks;
mod measures;
mod registry;
mod risk;

pub use attention::Attention;
pub use checks::Checks;
pub use measures::Measures;
pub use registry::Register;
pub use risk::Classes;
