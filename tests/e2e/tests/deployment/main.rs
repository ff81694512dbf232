//! Holds `docker-compose.yml` and `deploy/` together without Docker: what they name exists, what they set is taken, and
//! nothing in them is secret, unpinned or run as root.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test is read by its name, and its modules are its own"
)]

mod compose;
mod images;
mod instruments;
mod settings;
mod structure;
