//! What leaves the house: publications and notices to the publicity system, Credit China and other departments.
//!
//! The crate owns the table `delivery`, its state machine ([`DeliveryState`]) and the ways out ([`Sink`]). A service
//! [`enqueue`]s a delivery in the transaction that decides it, and a [`Dispatcher`] carries it: in order per receiver
//! and subject, with back-off and jitter, a bounded number of times. What a receiver acknowledges is written together
//! with what the service makes of it ([`Owner`]). A delivery that cannot be placed becomes a dead letter, which holds
//! its subject back until someone [`resend`]s it; one kind of deliveries may be tried until it is taken
//! ([`RetryPolicy::until_taken`]). [`DeliveryService`] shows deliveries and takes that wish by RPC.
//!
//! What is told is a [`notice`]; an [`Adapter`] writes it in its receiver's words, by tables of the rulebook.
//!
//! It decides nothing: what may be published, when and for how long is the business of the service. Delivery is at
//! least once; a receiver knows a repetition by `delivery_id`, or by subject and revision.

mod adapter;
mod api;
pub mod credit_china;
mod delivery;
mod dispatcher;
mod error;
pub mod notice;
pub mod publicity;
mod retry;
mod sink;
mod store;
mod way;

pub use adapter::{Adapter, Unmappable};
pub use api::DeliveryService;
pub use delivery::{Delivery, DeliveryState, NewDelivery};
pub use dispatcher::{Dispatcher, Owner, OwnerError, Round};
pub use error::ExchangeError;
pub use retry::RetryPolicy;
pub use sink::{FolderSink, GrpcSink, Sink, SinkError};
pub use store::{
    Backlog, Filter, MAX_PAGE, MAX_RESEND, Position, Resent, backlogs, enqueue, enqueue_all, erase, find,
    list, resend,
};
pub use way::WayError;

/// The table of this crate; versions 0060 to 0069, and the later steps that are listed here.
pub static MIGRATIONS: db::Migrations = db::migrations!["0060_delivery", "0393_given_up"];
