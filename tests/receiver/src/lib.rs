//! The reference receiver: a system of another department, as `xinjian.exchange.v1.Receiver` asks for it, over real gRPC.
//!
//! It takes each delivery once, knows a repetition by its identifier, ignores revisions that are behind what it has, and
//! acknowledges by identifier and digest. It can be told to fail, to be slow, to answer twice, to lie, and it can be
//! switched off and on again at its address, so that a sender can be held to what the contract promises.
//!
//! It serves tests and trials; nothing of it is durable. Start reading at [`Inbox`].

mod does;
mod door;
mod inbox;
mod running;

pub use does::Does;
pub use inbox::{Inbox, Taken};
pub use running::Running;
