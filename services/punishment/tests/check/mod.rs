//! Check at use through real channels: one party, many, by name, as of a day; replicas that are cut off; receipts.

mod asked;
mod history;
mod house;
mod receipts;
mod register;
mod replicas;
mod triggers;
