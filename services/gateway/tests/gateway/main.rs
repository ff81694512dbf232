//! The gateway through real channels and real HTTP, with services that are away or never answer. With services that do, it is
//! tested end to end in `tests/e2e`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certified;
mod conditions;
mod datasets;
mod dispatch;
mod house;
mod inside;
mod openapi;
mod outside;
mod proofs;
mod rates;
mod schema;
mod slow;
mod smuggling;
mod streams;
mod web;
